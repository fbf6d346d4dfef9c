/** Rows of telemetry in the shape of each format, all of them different. */

const START = Date.parse('2026-01-01T00:00:00Z');
/** Tasks are some seconds apart, so that a million of them are a season. */
const APART_MS = 7_000;

const at = (index: number, afterMs = 0) => new Date(START + index * APART_MS + afterMs).toISOString();

export const TELEMETRY_ROWS: Readonly<Record<string, (index: number) => object>> = {
  jsonl: (index) => ({
    ...{ id: `task-${index}`, ended_at: at(index), model: `openai/model-${index % 12}`, class: `bench/class-${index % 20}` },
    ...{ outcome: 'completed', score: index % 9 === 0 ? 0 : 1, grader: 'unit-tests', cost_usd: 0.01 + (index % 100) / 10_000 },
    ...{ latency_ms: 800 + (index % 999), input_tokens: 1_500 + (index % 77), output_tokens: 300 + (index % 55), calls: 1 },
    ...{ privacy_tier: 'internal', tenant: `team-${index % 40}`, conversation: `c-${index >> 3}`, input_hash: `hash-${index}` },
  }),
  litellm: (index) => ({
    ...{
      request_id: `chatcmpl-${index}`,
      call_type: 'acompletion',
      api_key: '88dc28d0f030c55ed4ab77ed8faf098196cb1c05df77853980',
      spend: 0.00345,
    },
    ...{ total_tokens: 1_800, prompt_tokens: 1_500 + (index % 77), completion_tokens: 300, startTime: at(index), endTime: at(index, 900) },
    ...{
      completionStartTime: at(index, 300),
      model: `model-${index % 12}`,
      model_id: 'b7f1',
      model_group: 'fast',
      custom_llm_provider: 'openai',
    },
    ...{
      api_base: 'https://api.example.com/v1',
      user: `u-${index % 90}`,
      cache_hit: 'False',
      cache_key: 'Cache OFF',
      request_tags: '["batch"]',
    },
    metadata: {
      user_api_key_team_id: `team-${index % 40}`,
      status: 'success',
      additional_usage_values: { prompt_tokens_details: { cached_tokens: 4 } },
    },
    ...{
      team_id: `team-${index % 40}`,
      end_user: '',
      requester_ip_address: null,
      messages: {},
      response: {},
      session_id: `s-${index >> 3}`,
    },
  }),
  otel: (index) => ({
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', 'shop')] },
        scopeSpans: [{ scope: { name: 'bench' }, spans: [spanOf(index)] }],
      },
    ],
  }),
  langfuse: (index) => ({
    ...{
      id: `ob-${index}`,
      traceId: `tr-${index >> 2}`,
      type: 'GENERATION',
      name: 'answer',
      startTime: at(index),
      endTime: at(index, 900),
    },
    ...{
      model: `model-${index % 12}`,
      modelParameters: { temperature: 0 },
      level: 'DEFAULT',
      statusMessage: null,
      parentObservationId: null,
    },
    ...{
      usageDetails: { input: 1_500, input_cached_tokens: 300, output: 50, total: 1_850 },
      costDetails: { total: 0.00015 },
      metadata: {},
    },
    ...{ calculatedTotalCost: 0.00015, latency: 0.9, sessionId: `s-${index >> 3}`, userId: `u-${index % 90}`, environment: 'default' },
  }),
};

function spanOf(index: number): object {
  const nanos = (afterMs: number) => `${START + index * APART_MS + afterMs}000000`;
  return {
    ...{ traceId: '5b8efff798038103d269b633813fc60c', spanId: index.toString(16).padStart(16, '0'), name: 'chat', kind: 3 },
    ...{ startTimeUnixNano: nanos(0), endTimeUnixNano: nanos(900), status: {} },
    attributes: [
      text('gen_ai.operation.name', 'chat'),
      text('gen_ai.provider.name', 'openai'),
      text('gen_ai.request.model', `model-${index % 12}`),
      text('gen_ai.response.model', `model-${index % 12}-2026`),
      text('gen_ai.conversation.id', `c-${index >> 3}`),
      { key: 'gen_ai.usage.input_tokens', value: { intValue: '1500' } },
      { key: 'gen_ai.usage.output_tokens', value: { intValue: '300' } },
    ],
  };
}

function text(key: string, stringValue: string): object {
  return { key, value: { stringValue } };
}
