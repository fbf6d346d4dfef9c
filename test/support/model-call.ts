/**
 * A model and a call of it, with whatever a test wants otherwise.
 */

import type { CallResult, ModelCall } from '../../activities/providers/provider';
import type { Model } from '../../routing/catalogue';

export function testModel(changes: Partial<Model> = {}): Model {
  return {
    id: 'test/model-1',
    provider: 'test',
    providerModel: 'model-1',
    displayName: 'Model 1',
    capabilityTier: 'STANDARD',
    costTier: 'balanced',
    defaultPriority: 50,
    strengths: [],
    contextWindowTokens: 200_000,
    maxOutputTokens: 8_192,
    capabilities: ['tools', 'structured-output'],
    privacyTiers: ['public'],
    regions: ['us'],
    status: { kind: 'active' },
    allowUnknownPrice: false,
    latency: { firstTokenMs: 10, msPerOutputToken: 1 },
    priorQuality: 0.7,
    verbosity: 1,
    pool: 'default',
    ...changes,
  };
}

export function testCall(changes: Partial<ModelCall> = {}): ModelCall {
  return {
    attemptId: '01890000-0000-7000-8000-000000000001',
    taskId: '01890000-0000-7000-8000-000000000002',
    attempt: 1,
    model: testModel(),
    prompt: { messages: [{ role: 'user', content: 'What is the capital of France?' }] },
    maxOutputTokens: 1_000,
    timeouts: { connectMs: 2_000, headersMs: 5_000, idleMs: 5_000, totalMs: 10_000 },
    ...changes,
  };
}

/** The answer of a call; fails the test, saying why the call failed, when there is none. */
export function answerOf(result: CallResult): Extract<CallResult, { kind: 'answered' }>['answer'] {
  if (result.kind !== 'answered') throw new Error(`The call failed: ${JSON.stringify(result)}`);
  return result.answer;
}

/** The failed call; fails the test when it was answered. */
export function failureOf(result: CallResult): Extract<CallResult, { kind: 'failed' }> {
  if (result.kind !== 'failed') throw new Error(`The call was answered: ${JSON.stringify(result)}`);
  return result;
}
