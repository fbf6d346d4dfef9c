/** What a replayed cascade does next: as dispatch, but that no provider's failure lets a dearer model answer for a cheaper one. */

import fc from 'fast-check';
import { type CascadeEvent, nextCascadeStep, type StepOutline } from '../../../../routing/cascade/next-step';
import type { ChainLink } from '../../../../routing/decision/decision';
import { FAILURE_CLASSES, type FailureClass } from '../../../../routing/decision/failure';
import { DEFAULT_POLICY } from '../../../../routing/decision/policy';
import { nextCascadeReplayStep, type ReplayedCascade } from '../../../../routing/review/replay/cascade-replay-step';
import { isOwnFailure } from '../../../../routing/review/replay/replay-step';

const LIMITS = { ...DEFAULT_POLICY.attempts, triesPerModel: 3, maxAttempts: 12 };
const link = (name: string): ChainLink => ({
  ...{ model: `${name}/model`, pool: 'calls', provider: name, maxCostNanoUsd: 10, contextWindowTokens: 1_000, maxOutputTokens: 100 },
});
const STEPS: readonly StepOutline[] = [
  { place: 1, link: link('cheap'), check: { kind: 'judge', link: link('judge') } },
  { place: 2, link: link('strong') },
];
const after = (...events: CascadeEvent[]): ReplayedCascade => ({ steps: STEPS, limits: LIMITS, seed: 'task', events, elapsedMs: 0 });
const failed = (failure: FailureClass, part: 'answer' | 'check' = 'answer', step = 0): CascadeEvent => ({
  ...{ kind: 'failed', step, part, costNanoUsd: 0 },
  failed: {
    model: part === 'check' ? 'judge/model' : STEPS[step]!.link.model,
    failure: { class: failure, message: failure },
    failedAtMs: 0,
  },
});
const answered = (number: number, part: 'answer' | 'check' = 'answer', step = 0): CascadeEvent => ({
  ...{ kind: 'answered', step, part, number, costNanoUsd: 1 },
});

test('a provider that is out of order is asked again, and then the pair is left out', () => {
  expect(nextCascadeReplayStep(after(failed('server-error')))).toMatchObject({ kind: 'call', step: 0, model: 'cheap/model' });
  const thrice = after(failed('server-error'), failed('server-error'), failed('server-error'));
  expect(nextCascadeReplayStep(thrice)).toMatchObject({ kind: 'leave-out', failure: { class: 'server-error' } });
});

test('a quota that is used up leaves the pair out at once, where dispatch would ask the next step', () => {
  const events = [failed('quota-exhausted')];
  expect(nextCascadeStep(after(...events))).toMatchObject({ kind: 'call', step: 1 });
  expect(nextCascadeReplayStep(after(...events))).toMatchObject({ kind: 'leave-out' });
});

test('a judge that cannot be had is asked twice, and leaves the pair out', () => {
  const once = after(answered(1), failed('overloaded', 'check'));
  expect(nextCascadeReplayStep(once)).toMatchObject({ kind: 'call', step: 0, part: 'check', model: 'judge/model' });
  expect(nextCascadeReplayStep(after(answered(1), failed('overloaded', 'check'), failed('overloaded', 'check')))).toMatchObject({
    kind: 'leave-out',
  });
});

test('a judge that may not be shown the answer has crashed, as in dispatch', () => {
  expect(nextCascadeReplayStep(after(answered(1), failed('not-admissible', 'check')))).toMatchObject({ kind: 'check', step: 0, answer: 1 });
});

test('whatever has happened but a failure of others is followed by what dispatch does', () => {
  const own = FAILURE_CLASSES.filter(isOwnFailure);
  const event = fc.oneof(
    fc.constantFrom(...own).map((failure) => failed(failure)),
    fc.constant(answered(1)),
    fc
      .constantFrom('passed' as const, 'failed' as const, 'crashed' as const)
      .map((result): CascadeEvent => ({ kind: 'checked', step: 0, result })),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 5 }), (events) => {
      expect(nextCascadeReplayStep(after(...events))).toEqual(nextCascadeStep(after(...events)));
    }),
  );
});

test('no failure of others is ever followed by a later step, whatever came before', () => {
  const others = FAILURE_CLASSES.filter((failure) => !isOwnFailure(failure));
  const any = fc.constantFrom(...FAILURE_CLASSES).map((failure) => failed(failure));
  fc.assert(
    fc.property(fc.array(any, { maxLength: 6 }), fc.constantFrom(...others), (before, last) => {
      const next = nextCascadeReplayStep(after(...before, failed(last)));
      expect(next.kind === 'leave-out' || (next.kind === 'call' && next.step === 0)).toBe(true);
    }),
  );
});

test('a step that waited for live tasks goes on, where dispatch would have no time left', () => {
  const late = { ...after(answered(1), { kind: 'checked', step: 0, result: 'failed' }), elapsedMs: LIMITS.maxTaskMs };
  expect(nextCascadeStep(late)).toMatchObject({ kind: 'give', step: 0 });
  expect(nextCascadeReplayStep(late)).toMatchObject({ kind: 'call', step: 1 });
});
