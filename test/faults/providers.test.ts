/** Providers that are down, slow, rate-limiting, lying and answering rubbish, all at once. */

import type { ScriptedReply } from '../../activities/providers/scripted';
import { seededFraction } from '../../routing/decision/seeded-fraction';
import { type Installation, installWithWorkers } from '../support/installation';
import { attemptsOf, endSoundly, LIMITS, MODELS, WORK, workPolicy } from '../support/scenario';

let box: Installation;

afterEach(() => endSoundly(box));

/** Everything that a model can do to a call, in milliseconds rather than minutes. */
const BEHAVIOURS: readonly ScriptedReply[] = [
  { kind: 'answer' },
  { kind: 'answer', latencyMs: 60_000 },
  { kind: 'answer', reportedUsage: 'none' },
  { kind: 'answer', reportedUsage: { inputTokens: 1e8, outputTokens: 1e8 } },
  { kind: 'answer', reportedUsage: { inputTokens: -1, outputTokens: 1e300 } },
  { kind: 'answer', text: '\ud800\u0000' },
  { kind: 'fault', fault: 'rate-limited', retryAfterMs: 100 },
  { kind: 'fault', fault: 'rate-limited', retryAfterMs: 3_600_000 },
  { kind: 'fault', fault: 'rate-limited' },
  { kind: 'fault', fault: 'quota-exhausted' },
  { kind: 'fault', fault: 'overloaded' },
  { kind: 'fault', fault: 'server-error' },
  { kind: 'fault', fault: 'connection-refused' },
  { kind: 'fault', fault: 'connection-cut' },
  { kind: 'fault', fault: 'timeout' },
  { kind: 'fault', fault: 'malformed' },
  { kind: 'fault', fault: 'empty' },
  { kind: 'fault', fault: 'cut-short' },
  { kind: 'fault', fault: 'refused' },
  { kind: 'fault', fault: 'context-too-long' },
];

test('whatever 80 tasks meet, each ends once, within its calls and with every bill on the ledger', async () => {
  const attempts = { ...LIMITS, maxCallMs: 500 };
  const coolDown = { failures: 1_000, baseMs: 1_000, maxMs: 1_000 };
  box = await installWithWorkers({
    models: MODELS,
    policy: workPolicy({ attempts, coolDown }),
    budgets: [{ period: 'day', limitNano: 9e15 }],
  });
  const names = Array.from({ length: 80 }, (_, index) => `task-${index}`);
  const fates = names.map((name) => {
    const draw = (call: number) => BEHAVIOURS[Math.floor(seededFraction(name, call) * BEHAVIOURS.length)] as ScriptedReply;
    return [name, Array.from({ length: attempts.maxAttempts }, (_, call) => draw(call))] as const;
  });
  box.script({ tasks: Object.fromEntries(fates) });
  const results = await Promise.all(names.map((externalId) => box.run({ ...WORK, externalId })));

  const outcomes = new Set(results.map(({ outcome }) => outcome));
  expect(outcomes).toEqual(new Set(['completed', 'failed']));
  for (const { taskId, outcome, reason, answer } of results) {
    expect(reason).not.toBe('');
    expect(answer === null).toBe(outcome === 'failed');
    const calls = await attemptsOf(box, taskId);
    expect(calls.length).toBeLessThanOrEqual(Math.min(attempts.maxAttempts, MODELS.length * attempts.triesPerModel));
  }
}, 120_000);
