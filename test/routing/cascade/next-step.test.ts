/** What a cascade does next, and how often at most. */

import fc from 'fast-check';
import {
  type CascadeEvent,
  type CascadeProgress,
  nextCascadeStep,
  type StepOutline,
  TRIES_OF_CHECK,
} from '../../../routing/cascade/next-step';
import type { ChainLink } from '../../../routing/decision/decision';
import { FAILURE_CLASSES, type FailureClass } from '../../../routing/decision/failure';
import { isCall } from '../../../routing/decision/fallback';
import { type AttemptLimits, DEFAULT_POLICY } from '../../../routing/decision/policy';

const LIMITS: AttemptLimits = { ...DEFAULT_POLICY.attempts, triesPerModel: 2, maxAttempts: 20 };

function linkOf(name: string, changes: Partial<ChainLink> = {}): ChainLink {
  const rest = { pool: 'calls', provider: name, maxCostNanoUsd: 10, contextWindowTokens: 1_000, maxOutputTokens: 100 };
  return { model: `${name}/model`, ...rest, ...changes };
}

const REGEX = { kind: 'regex' };
const JUDGE = { kind: 'judge', link: linkOf('judge') };

function steps(...checks: (StepOutline['check'] | undefined)[]): StepOutline[] {
  return checks.map((check, index) => ({ place: index + 1, link: linkOf(`step${index + 1}`), ...(check && { check }) }));
}

function progress(
  outline: readonly StepOutline[],
  events: readonly CascadeEvent[] = [],
  changes: Partial<CascadeProgress> = {},
): CascadeProgress {
  return { steps: outline, limits: LIMITS, seed: 'task', events, elapsedMs: 0, ...changes };
}

const answered = (step: number, part: 'answer' | 'check', number: number): CascadeEvent => ({
  kind: 'answered',
  step,
  part,
  number,
  costNanoUsd: 5,
});
const checked = (step: number, result: 'passed' | 'failed' | 'crashed' | 'unchecked'): CascadeEvent => ({ kind: 'checked', step, result });
function failed(step: number, part: 'answer' | 'check', model: string, failure: FailureClass): CascadeEvent {
  return { kind: 'failed', step, part, failed: { model, failure: { class: failure, message: 'x' }, failedAtMs: 0 }, costNanoUsd: 0 };
}

const THREE = steps(REGEX, REGEX, undefined);

test('begins with the first step, checks its answer, and gives one that passed', () => {
  expect(nextCascadeStep(progress(THREE))).toMatchObject({ kind: 'call', step: 0, part: 'answer', number: 1, afterMs: 0 });
  expect(nextCascadeStep(progress(THREE, [answered(0, 'answer', 1)]))).toEqual({ kind: 'check', step: 0, answer: 1 });
  expect(nextCascadeStep(progress(THREE, [answered(0, 'answer', 1), checked(0, 'passed')]))).toMatchObject({
    kind: 'give',
    step: 0,
    as: 'answered',
  });
});

test.each(['failed', 'crashed'] as const)('goes on after a check that %s', (result) => {
  expect(nextCascadeStep(progress(THREE, [answered(0, 'answer', 1), checked(0, result)]))).toMatchObject({
    kind: 'call',
    step: 1,
    number: 2,
  });
});

test('asks the model of a check before the check is made', () => {
  const outline = steps(JUDGE, undefined);
  const events = [answered(0, 'answer', 1)];
  expect(nextCascadeStep(progress(outline, events))).toMatchObject({ kind: 'call', part: 'check', model: 'judge/model', number: 2 });
  expect(nextCascadeStep(progress(outline, [...events, answered(0, 'check', 2)]))).toEqual({ kind: 'check', step: 0, answer: 1, asked: 2 });
});

test('a check that is hard to reach has crashed after two tries, and is not waited for', () => {
  const outline = steps(JUDGE, undefined);
  const twice = [
    answered(0, 'answer', 1),
    failed(0, 'check', 'judge/model', 'overloaded'),
    failed(0, 'check', 'judge/model', 'overloaded'),
  ];
  expect(nextCascadeStep(progress(outline, twice))).toMatchObject({
    kind: 'check',
    step: 0,
    answer: 1,
    crashed: 'judge/model: overloaded',
  });
  const limited = failed(0, 'check', 'judge/model', 'rate-limited') as Extract<CascadeEvent, { kind: 'failed' }>;
  const slow = {
    ...limited,
    failed: { ...limited.failed, failure: { ...limited.failed.failure, retryAfterMs: LIMITS.maxWaitMs + 1_000 } },
  };
  expect(nextCascadeStep(progress(outline, [answered(0, 'answer', 1), slow]))).toMatchObject({
    kind: 'check',
    crashed: expect.stringMatching(/longer wait/),
  });
});

test('an answer whose step is the last is given, and said to have failed its check', () => {
  const outline = steps(REGEX, REGEX);
  const events = [answered(0, 'answer', 1), checked(0, 'failed'), answered(1, 'answer', 2), checked(1, 'failed')];
  expect(nextCascadeStep(progress(outline, events))).toMatchObject({ kind: 'give', step: 1, as: 'answered_failed_check' });
  expect(nextCascadeStep(progress(outline, [...events.slice(0, 3), checked(1, 'crashed')]))).toMatchObject({
    step: 1,
    as: 'answered_unchecked',
  });
});

test('the best answer is given when the next step does not answer, the time is up, or the money is', () => {
  const events = [answered(0, 'answer', 1), checked(0, 'failed')];
  const two = steps(REGEX, undefined);
  const lost = [...events, failed(1, 'answer', 'step2/model', 'authentication')];
  expect(nextCascadeStep(progress(two, lost))).toMatchObject({ kind: 'give', step: 0, as: 'answered_failed_check' });
  expect(nextCascadeStep(progress(two, events, { elapsedMs: LIMITS.maxTaskMs }))).toMatchObject({ kind: 'give', step: 0 });
  expect(nextCascadeStep(progress(two, events, { costCeilingNanoUsd: 14 }))).toMatchObject({ kind: 'give', step: 0 });
  expect(nextCascadeStep(progress(two, events, { costCeilingNanoUsd: 15 }))).toMatchObject({ kind: 'call', step: 1 });
});

test('a request that any model would refuse is put to no further step', () => {
  expect(nextCascadeStep(progress(THREE, [failed(0, 'answer', 'step1/model', 'bad-request')]))).toMatchObject({
    kind: 'give-up',
    failure: { class: 'bad-request' },
  });
});

test('a prompt too long for one step skips steps that are no larger', () => {
  const outline = steps(REGEX, REGEX, undefined).map((step, index) =>
    index === 2 ? { ...step, link: linkOf('step3', { contextWindowTokens: 9_000 }) } : step,
  );
  expect(nextCascadeStep(progress(outline, [failed(0, 'answer', 'step1/model', 'context-too-long')]))).toMatchObject({
    kind: 'call',
    step: 2,
  });
});

test('whatever fails, it ends within the stated bound of calls, checks each answer once, and gives an answer if there is one', () => {
  const check = fc.constantFrom(undefined, REGEX, JUDGE, { kind: 'agreement', link: linkOf('second') });
  const outlines = fc
    .array(check, { minLength: 1, maxLength: 5 })
    .map((checks) => steps(...checks.map((each, at) => each ?? (at < checks.length - 1 ? REGEX : undefined))));
  const reply = fc.oneof(
    { weight: 2, arbitrary: fc.constant('answer' as const) },
    fc.constantFrom(...FAILURE_CLASSES.filter((each) => each !== 'cancelled')),
  );
  const result = fc.constantFrom('passed' as const, 'failed' as const, 'failed' as const, 'crashed' as const);
  fc.assert(
    fc.property(
      outlines,
      fc.array(reply, { minLength: 1, maxLength: 40 }),
      fc.array(result, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 4 }),
      (outline, replies, results, maxAttempts, triesPerModel) => {
        const limits = { ...LIMITS, maxAttempts, triesPerModel };
        const events: CascadeEvent[] = [];
        let elapsedMs = 0;
        let last = nextCascadeStep(progress(outline, events, { limits, elapsedMs }));
        const numbers = new Set<number>();
        for (let turn = 0; last.kind === 'call' || last.kind === 'check'; turn++) {
          expect(turn).toBeLessThan(1_000);
          if (last.kind === 'check') {
            expect(events.filter((event) => event.kind === 'checked' && event.step === (last as { step: number }).step)).toEqual([]);
            const said =
              outline[last.step]?.check === undefined
                ? 'unchecked'
                : last.crashed === undefined
                  ? results[last.step % results.length]!
                  : 'crashed';
            events.push(checked(last.step, said));
          } else {
            expect(elapsedMs).toBeLessThan(limits.maxTaskMs);
            expect(numbers.has(last.number)).toBe(false);
            numbers.add(last.number);
            elapsedMs += last.afterMs + 1;
            const said = replies[turn % replies.length]!;
            if (said === 'answer') events.push(answered(last.step, last.part, last.number));
            else {
              const failure = { class: said, message: 'x' };
              events.push({
                kind: 'failed',
                step: last.step,
                part: last.part,
                failed: { model: last.model, failure, failedAtMs: elapsedMs },
                costNanoUsd: 0,
              });
            }
          }
          last = nextCascadeStep(progress(outline, events, { limits, elapsedMs }));
        }
        const calls = events.filter(
          (event) => event.kind === 'answered' || (event.kind === 'failed' && isCall(event.failed.failure)),
        ).length;
        const asking = outline.filter((step) => step.check?.link !== undefined).length;
        expect(calls).toBeLessThanOrEqual(Math.min(maxAttempts, outline.length * triesPerModel + asking * TRIES_OF_CHECK));
        expect(last.kind === 'give').toBe(events.some((event) => event.kind === 'answered' && event.part === 'answer'));
      },
    ),
    { numRuns: 500 },
  );
});
