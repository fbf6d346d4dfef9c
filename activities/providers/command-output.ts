/**
 * What command-line agents print, read into an answer's parts.
 */

import { z } from 'zod';
import type { Usage } from '../../routing/money/price';
import { usageOf } from '../../routing/money/usage';
import { type NanoUsd, usdToNano } from '../../routing/units';
import type { CommandConfig } from './provider';
import { parseJson } from './wire-json';
import { anthropicUsage } from './wire-usage';

export interface CommandOutput {
  /** Undefined: it printed none, or nothing that could be read. */
  readonly text: string | undefined;
  readonly usage?: Usage | undefined;
  readonly reportedCostNanoUsd?: NanoUsd;
  /** It says itself that it failed; for finding out why, never to be shown. */
  readonly error?: string;
  readonly servedModel?: string;
}

/** Reads the whole standard output of an agent. */
export function readOutput(format: CommandConfig['output'], stdout: string): CommandOutput {
  switch (format) {
    case 'text':
      return { text: stdout.trim() };
    case 'claude-json':
      return readClaude(parseJson(stdout));
    case 'codex-jsonl':
      return readCodex(stdout);
    case 'gemini-json':
      return readGemini(parseJson(stdout));
  }
}

const claudeResult = z.looseObject({
  type: z.literal('result'),
  is_error: z.boolean().default(false),
  result: z.string().optional(),
  subtype: z.string().optional(),
  total_cost_usd: z.number().min(0).max(1_000_000).optional(),
  usage: z.unknown(),
});

/** `claude --output-format json`: one result object, or with `--verbose` an array of all messages that ends with it. */
function readClaude(printed: unknown): CommandOutput {
  const { data } = claudeResult.safeParse(Array.isArray(printed) ? printed.at(-1) : printed);
  if (!data) return { text: undefined };
  const bill = {
    usage: anthropicUsage(data.usage),
    ...(data.total_cost_usd !== undefined && { reportedCostNanoUsd: usdToNano(data.total_cost_usd) }),
  };
  const hasFailed = data.is_error || data.result === undefined;
  return hasFailed ? { text: undefined, error: data.result ?? data.subtype ?? '', ...bill } : { text: data.result, ...bill };
}

const codexTokens = z.number().optional();
const codexEvent = z.union([
  z.looseObject({ type: z.literal('item.completed'), item: z.looseObject({ type: z.string(), text: z.string().optional() }) }),
  z.looseObject({
    type: z.literal('turn.completed'),
    usage: z.looseObject({
      input_tokens: codexTokens,
      cached_input_tokens: codexTokens,
      output_tokens: codexTokens,
      reasoning_output_tokens: codexTokens,
    }),
  }),
  z.looseObject({ type: z.literal('turn.failed'), error: z.looseObject({ message: z.string() }) }),
  z.looseObject({ type: z.literal('error'), message: z.string() }),
]);

/** `codex exec --json`: one event a line; the last message is the answer, the last turn's figures are those of the thread. */
function readCodex(stdout: string): CommandOutput {
  let output: CommandOutput = { text: undefined };
  for (const line of stdout.split('\n')) {
    const { data } = codexEvent.safeParse(parseJson(line));
    if (data?.type === 'item.completed' && data.item.type === 'agent_message') output = { ...output, text: data.item.text };
    else if (data?.type === 'turn.completed') {
      const usage = usageOf('inside', {
        inputTokens: data.usage.input_tokens,
        cacheReadTokens: data.usage.cached_input_tokens,
        outputTokens: data.usage.output_tokens,
        reasoningTokens: data.usage.reasoning_output_tokens,
      });
      output = { ...output, usage };
    } else if (data?.type === 'turn.failed') output = { ...output, text: undefined, error: data.error.message };
    else if (data?.type === 'error') output = { ...output, error: data.message };
  }
  return output;
}

const geminiTokens = z.looseObject({
  prompt: z.number(),
  candidates: z.number(),
  cached: z.number().default(0),
  thoughts: z.number().default(0),
  tool: z.number().default(0),
});
const geminiResult = z.looseObject({
  response: z.string().optional(),
  error: z.looseObject({ message: z.string().optional() }).nullish(),
  stats: z.looseObject({ models: z.record(z.string(), z.looseObject({ tokens: geminiTokens })) }).optional(),
});

/** `gemini --output-format json`: one object; one answer can have taken several models, whose tokens are added up. */
function readGemini(printed: unknown): CommandOutput {
  const { data } = geminiResult.safeParse(printed);
  if (!data) return { text: undefined };
  const models = Object.entries(data.stats?.models ?? {});
  const sum = (count: (tokens: z.output<typeof geminiTokens>) => number): number =>
    models.reduce((total, [, { tokens }]) => total + count(tokens), 0);
  const usage =
    models.length === 0
      ? undefined
      : usageOf('inside', {
          inputTokens: sum(({ prompt, tool }) => prompt + tool),
          cacheReadTokens: sum(({ cached }) => cached),
          outputTokens: sum(({ candidates, thoughts }) => candidates + thoughts),
          reasoningTokens: sum(({ thoughts }) => thoughts),
        });
  const [only] = models.length === 1 ? models.map(([name]) => name) : [];
  if (data.error) return { text: undefined, error: data.error.message ?? '', usage };
  return { text: data.response, usage, ...(only !== undefined && { servedModel: only }) };
}
