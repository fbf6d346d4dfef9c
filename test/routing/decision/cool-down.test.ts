import * as fc from 'fast-check';
import { afterFailure, afterProbeStarted, afterSuccess, HEALTHY, mayCall } from '../../../routing/decision/cool-down';
import { FAILURE_CLASSES, type FailureClass } from '../../../routing/decision/failure';
import type { ModelHealth } from '../../../routing/decision/knowledge';

const LIMITS = { failures: 3, baseMs: 1_000, maxMs: 5_000 };

function failing(times: number, failure: FailureClass = 'server-error', from: ModelHealth | undefined = undefined): ModelHealth {
  let health = from;
  for (let failures = 0; failures < times; failures += 1) health = afterFailure(health, failure, 0, LIMITS);
  return health ?? HEALTHY;
}

test('a model that nobody has seen may be called', () => {
  expect(mayCall(undefined, 0)).toBe('yes');
});

test('consecutive failures up to the limit leave it open to calls, one more closes it for a while', () => {
  expect(mayCall(failing(2), 0)).toBe('yes');
  const tripped = failing(3);
  expect(tripped).toEqual({ state: 'open', until: 1_000, trips: 1 });
  expect(mayCall(tripped, 999)).toBe('no');
  expect(mayCall(tripped, 1_000)).toBe('probe');
});

test('a success between failures starts the count again', () => {
  const almost = failing(2);
  expect(almost).toEqual({ state: 'closed', consecutiveFailures: 2 });
  expect(failing(2, 'server-error', afterSuccess())).toEqual({ state: 'closed', consecutiveFailures: 2 });
});

test('one probe goes, the others stay away until it ends or its time is over', () => {
  const probing = afterProbeStarted(failing(3), 1_000, 180_000);
  expect(mayCall(probing, 1_001)).toBe('no');
  expect(mayCall(probing, 181_000)).toBe('probe');
  expect(afterSuccess()).toBe(HEALTHY);
});

test('each failed probe doubles the pause, up to the longest', () => {
  let health = failing(3);
  const pauses: number[] = [];
  for (let probe = 0; probe < 4; probe += 1) {
    health = afterFailure(afterProbeStarted(health, 0, 60_000), 'timeout-idle', 0, LIMITS);
    pauses.push(health.state === 'open' ? health.until : 0);
  }
  expect(pauses).toEqual([2_000, 4_000, 5_000, 5_000]);
});

test('a probe answered with a no to this one request shows a model that works', () => {
  const probing = afterProbeStarted(failing(3), 1_000, 60_000);
  for (const failure of ['bad-request', 'content-refused', 'context-too-long', 'rate-limited'] as const) {
    expect(afterFailure(probing, failure, 1_000, LIMITS)).toEqual(HEALTHY);
  }
});

test('a probe that never reached the provider is free for another caller at once', () => {
  const probing = afterProbeStarted(failing(3), 1_000, 60_000);
  for (const failure of ['cancelled', 'in-doubt', 'budget-busy'] as const) {
    expect(mayCall(afterFailure(probing, failure, 2_000, LIMITS), 2_000)).toBe('probe');
  }
});

test('late news of calls that began before it closed neither lengthen nor shorten the pause', () => {
  const tripped = failing(3);
  expect(afterFailure(tripped, 'server-error', 900, LIMITS)).toBe(tripped);
});

test("the task's own mistakes, cancellations and rate limits never close a model", () => {
  const harmless: readonly FailureClass[] = [
    'bad-request',
    'content-refused',
    'cancelled',
    'budget-exhausted',
    'rate-limited',
    'cooling-down',
  ];
  for (const failure of harmless) expect(mayCall(failing(100, failure), 0)).toBe('yes');
});

test('whatever happens, a model is called again at the latest after the longest pause', () => {
  const events = fc.array(fc.tuple(fc.constantFrom(...FAILURE_CLASSES), fc.integer({ min: 0, max: 10_000 })), { maxLength: 40 });
  fc.assert(
    fc.property(events, (happened) => {
      let health: ModelHealth | undefined;
      let now = 0;
      for (const [failure, afterMs] of happened) {
        now += afterMs;
        if (mayCall(health, now) === 'probe' && health !== undefined) health = afterProbeStarted(health, now, 3_000);
        health = afterFailure(health, failure, now, LIMITS);
      }
      expect(mayCall(health, now + LIMITS.maxMs)).not.toBe('no');
    }),
  );
});
