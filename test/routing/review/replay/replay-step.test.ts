/** What follows from a failed call of a replay, and what its end says of the model. */

import fc from 'fast-check';
import { FAILURE_CLASSES } from '../../../../routing/decision/failure';
import { DEFAULT_POLICY } from '../../../../routing/decision/policy';
import { type FailedReplay, nextReplayStep, replayResult } from '../../../../routing/review/replay/replay-step';

const limits = DEFAULT_POLICY.attempts;

function failedBy(failureClass: (typeof FAILURE_CLASSES)[number], changes: Partial<FailedReplay> = {}): FailedReplay {
  const failure = { class: failureClass, message: 'It failed.' };
  return { failure, calls: 1, tries: 3, sinceMs: 0, elapsedMs: 1_000, limits, seed: 'a replay', ...changes };
}

test('only failures of the provider are tried again', () => {
  const retried = FAILURE_CLASSES.filter((failureClass) => nextReplayStep(failedBy(failureClass)).kind === 'call');
  expect(retried).toEqual([
    'rate-limited',
    'overloaded',
    'server-error',
    'timeout-connect',
    'connection-lost',
    'in-doubt',
    'cooling-down',
    'budget-busy',
  ]);
});

test('waits for as long as the provider asks, less what has passed', () => {
  const failure = { class: 'rate-limited', message: 'Slow down.', retryAfterMs: 7_000 } as const;
  expect(nextReplayStep(failedBy('rate-limited', { failure }))).toEqual({ kind: 'call', afterMs: 7_000 });
  expect(nextReplayStep(failedBy('rate-limited', { failure, sinceMs: 6_000, elapsedMs: 8_000 }))).toEqual({ kind: 'call', afterMs: 1_000 });
  expect(nextReplayStep(failedBy('rate-limited', { failure, sinceMs: 9_000, elapsedMs: 9_500 }))).toEqual({ kind: 'call', afterMs: 0 });
});

test('where the provider does not say, waits between half of and the whole of the time taken so far', () => {
  const waitAt = (elapsedMs: number) => {
    const step = nextReplayStep(failedBy('server-error', { elapsedMs }));
    return step.kind === 'call' ? step.afterMs : Number.NaN;
  };
  expect(waitAt(10_000)).toBeGreaterThanOrEqual(5_000);
  expect(waitAt(10_000)).toBeLessThanOrEqual(10_000);
  expect(waitAt(0)).toBeGreaterThanOrEqual(limits.backoffMs / 2);
  expect(waitAt(500_000)).toBeLessThanOrEqual(limits.maxWaitMs);
});

test('a call that was lost with its worker is made again at once', () => {
  expect(nextReplayStep(failedBy('in-doubt'))).toEqual({ kind: 'call', afterMs: 0 });
});

test('never makes more calls than tries, and begins none after the time of a task', () => {
  const progress = fc.record({
    failureClass: fc.constantFrom(...FAILURE_CLASSES),
    retryAfterMs: fc.option(fc.nat({ max: 2_000_000 }), { nil: undefined }),
    calls: fc.nat({ max: 6 }),
    tries: fc.integer({ min: 1, max: 5 }),
    sinceMs: fc.nat({ max: 1_000_000 }),
    moreMs: fc.nat({ max: 1_000_000 }),
    seed: fc.string(),
  });
  fc.assert(
    fc.property(progress, ({ failureClass, retryAfterMs, sinceMs, moreMs, ...rest }) => {
      const failure = { class: failureClass, message: '', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
      const elapsedMs = sinceMs + moreMs;
      const step = nextReplayStep({ ...rest, failure, sinceMs, elapsedMs, limits });
      if (step.kind === 'end') return;
      expect(rest.calls).toBeLessThan(rest.tries);
      expect(step.afterMs).toBeGreaterThanOrEqual(0);
      expect(elapsedMs + step.afterMs).toBeLessThan(limits.maxTaskMs);
    }),
  );
});

const answered = { kind: 'completed', code: 'answered', score: 0.5, isGraded: true, latencyMs: 120 };

test('an answer counts with its score', () => {
  expect(replayResult(answered)).toEqual({ outcome: 'scored', score: 0.5, latencyMs: 120 });
});

test('an answer without a possible score is never counted', () => {
  expect(replayResult({ ...answered, score: null })).toEqual({ outcome: 'excluded', why: 'grader' });
  expect(replayResult({ ...answered, score: null, isGraded: false })).toEqual({ outcome: 'excluded', why: 'no-grader' });
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.constantFrom(-0.001, 1.001, Number.NaN, Infinity)), (score) => {
      const { outcome } = replayResult({ ...answered, score });
      expect(outcome).toBe(score >= 0 && score <= 1 ? 'scored' : 'excluded');
    }),
  );
});

test("a model's own failures count against it, all others are left out", () => {
  const endOf = (code: string) => replayResult({ kind: 'failed', code, score: null, isGraded: false, latencyMs: null }).outcome;
  const own = FAILURE_CLASSES.filter((failureClass) => endOf(failureClass) === 'failed');
  expect(own).toEqual([
    'timeout-headers',
    'timeout-idle',
    'timeout-total',
    'bad-request',
    'context-too-long',
    'content-refused',
    'malformed-answer',
    'empty-answer',
    'answer-cut-short',
  ]);
  expect(endOf('spend-cap')).toBe('excluded');
  expect(endOf('constructor')).toBe('excluded');
});
