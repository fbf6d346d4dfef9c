import * as fc from 'fast-check';
import type { ChainLink } from '../../../routing/decision/decision';
import { type CallFailure, FAILURE_CLASSES, type FailureClass } from '../../../routing/decision/failure';
import { type NextStep, nextStep, type TaskProgress, type TimedFailure } from '../../../routing/decision/fallback';
import { type AttemptLimits, DEFAULT_POLICY } from '../../../routing/decision/policy';

const LIMITS: AttemptLimits = { ...DEFAULT_POLICY.attempts, maxAttempts: 8, triesPerModel: 3, maxWaitMs: 60_000, backoffMs: 500 };

function link(model: string, changes: Partial<ChainLink> = {}): ChainLink {
  return {
    model,
    provider: model.slice(0, model.indexOf('/')),
    pool: 'p',
    maxCostNanoUsd: 1_000_000,
    contextWindowTokens: 200_000,
    maxOutputTokens: 4096,
    ...changes,
  };
}

const CHAIN = [link('a/1'), link('b/1'), link('c/1')];

function failure(of: FailureClass, changes: Partial<CallFailure> = {}): CallFailure {
  return { class: of, message: 'it failed', ...changes };
}

/** Progress after these failures, each at the time given (0 when none), now. */
function after(
  failures: readonly (readonly [model: string, failure: CallFailure | FailureClass, atMs?: number])[],
  changes: Partial<TaskProgress> = {},
): TaskProgress {
  const failed: TimedFailure[] = failures.map(([model, what, failedAtMs = 0]) => ({
    model,
    failure: typeof what === 'string' ? failure(what) : what,
    failedAtMs,
  }));
  return { chain: CHAIN, limits: LIMITS, seed: 'task-1', failed, elapsedMs: failed.at(-1)?.failedAtMs ?? 0, ...changes };
}

test('begins with the first model of the chain, at once', () => {
  expect(nextStep(after([]))).toEqual({ kind: 'call', model: 'a/1', attempt: 1, tryOfModel: 1, afterMs: 0 });
});

describe('rate limited', () => {
  const limited = (retryAfterMs: number) => failure('rate-limited', { retryAfterMs });

  test('waits exactly as long as the provider asks, when the task can afford it', () => {
    expect(nextStep(after([['a/1', limited(20_000)]]))).toMatchObject({ model: 'a/1', afterMs: 20_000, tryOfModel: 2, attempt: 2 });
  });

  test('counts the wait from the failure, not from now', () => {
    expect(nextStep(after([['a/1', limited(20_000), 1_000]], { elapsedMs: 6_000 }))).toMatchObject({ model: 'a/1', afterMs: 15_000 });
  });

  test('falls back at once when the wait is longer than one model is worth', () => {
    expect(nextStep(after([['a/1', limited(60_000)]]))).toMatchObject({ model: 'a/1', afterMs: 60_000 });
    expect(nextStep(after([['a/1', limited(60_001)]]))).toMatchObject({ model: 'b/1', afterMs: 0, tryOfModel: 1 });
  });

  test('falls back at once when the wait is longer than the task has left', () => {
    expect(nextStep(after([['a/1', limited(30_000), 880_000]]))).toMatchObject({ model: 'b/1', afterMs: 0 });
  });

  test('everywhere for long, waits for the one that is ready first', () => {
    const progress = after([
      ['a/1', limited(300_000)],
      ['b/1', limited(120_000)],
      ['c/1', limited(200_000)],
    ]);
    expect(nextStep(progress)).toMatchObject({ kind: 'call', model: 'b/1', afterMs: 120_000, tryOfModel: 2 });
  });

  test('everywhere for longer than the task has, gives up and says so', () => {
    const progress = after([
      ['a/1', limited(9e8)],
      ['b/1', limited(9e8)],
      ['c/1', limited(Infinity)],
    ]);
    expect(nextStep(progress)).toMatchObject({ kind: 'give-up', failure: { class: 'rate-limited' } });
    expect((nextStep(progress) as { why: string }).why).toBe(
      'a/1: rate-limited; b/1: rate-limited; c/1: rate-limited. Given up: what is left asks for a longer wait than the task has time for.',
    );
  });

  test.each([undefined, 0, -5, Number.NaN])('without a usable Retry-After (%s), backs off', (retryAfterMs) => {
    const step = nextStep(after([['a/1', failure('rate-limited', retryAfterMs === undefined ? {} : { retryAfterMs })]]));
    expect(step).toMatchObject({ kind: 'call', model: 'a/1' });
    expect((step as { afterMs: number }).afterMs).toBeGreaterThanOrEqual(250);
    expect((step as { afterMs: number }).afterMs).toBeLessThanOrEqual(500);
  });
});

describe('provider trouble', () => {
  const transient = [
    'overloaded',
    'server-error',
    'connection-lost',
    'timeout-connect',
    'timeout-headers',
    'timeout-idle',
    'timeout-total',
  ] as const;

  test.each(transient)('%s: the same model with growing waits, then the next', (trouble) => {
    const first = nextStep(after([['a/1', trouble]])) as { model: string; afterMs: number };
    const second = nextStep(
      after([
        ['a/1', trouble],
        ['a/1', trouble],
      ]),
    ) as { model: string; afterMs: number };
    const third = nextStep(
      after([
        ['a/1', trouble],
        ['a/1', trouble],
        ['a/1', trouble],
      ]),
    );
    expect([first.model, second.model]).toEqual(['a/1', 'a/1']);
    expect(first.afterMs).toBeGreaterThanOrEqual(250);
    expect(first.afterMs).toBeLessThanOrEqual(500);
    expect(second.afterMs).toBeGreaterThanOrEqual(500);
    expect(second.afterMs).toBeLessThanOrEqual(1_000);
    expect(third).toMatchObject({ model: 'b/1', afterMs: 0, tryOfModel: 1, attempt: 4 });
  });

  test.each(['malformed-answer', 'empty-answer'] as const)('%s: once more, then the next model', (trouble) => {
    expect(nextStep(after([['a/1', trouble]]))).toMatchObject({ model: 'a/1', tryOfModel: 2 });
    expect(
      nextStep(
        after([
          ['a/1', trouble],
          ['a/1', trouble],
        ]),
      ),
    ).toMatchObject({ model: 'b/1' });
    expect(
      nextStep(
        after([
          ['a/1', 'empty-answer'],
          ['a/1', 'malformed-answer'],
        ]),
      ),
    ).toMatchObject({ model: 'b/1' });
  });

  test.each(['quota-exhausted', 'authentication', 'not-found', 'not-configured', 'not-admissible', 'cooling-down'] as const)(
    '%s: the next model at once',
    (trouble) => expect(nextStep(after([['a/1', trouble]]))).toMatchObject({ model: 'b/1', afterMs: 0 }),
  );

  test('a call in doubt counts as a try and is made again at once', () => {
    expect(nextStep(after([['a/1', 'in-doubt']]))).toMatchObject({ model: 'a/1', afterMs: 0, tryOfModel: 2 });
    expect(
      nextStep(
        after([
          ['a/1', 'in-doubt'],
          ['a/1', 'in-doubt'],
          ['a/1', 'in-doubt'],
        ]),
      ),
    ).toMatchObject({ model: 'b/1' });
  });

  test('a model that cools down is asked again when all others are done', () => {
    const progress = after([
      ['a/1', failure('cooling-down', { retryAfterMs: 30_000 })],
      ['b/1', 'not-found'],
      ['c/1', 'quota-exhausted'],
    ]);
    expect(nextStep(progress)).toMatchObject({ model: 'a/1', afterMs: 30_000, tryOfModel: 1 });
  });
});

describe('the request itself', () => {
  test('a bad request ends the task: every model would refuse it', () => {
    expect(nextStep(after([['a/1', 'bad-request']]))).toMatchObject({ kind: 'give-up', failure: { class: 'bad-request' } });
  });

  test('a cancelled task stops', () => {
    expect(nextStep(after([['a/1', 'cancelled']]))).toMatchObject({ kind: 'give-up', failure: { class: 'cancelled' } });
  });

  test('a context that is too long goes only to a larger window', () => {
    const chain = [
      link('a/1'),
      link('b/1'),
      link('c/1', { contextWindowTokens: 1_000_000 }),
      link('d/1', { contextWindowTokens: 400_000 }),
    ];
    expect(nextStep(after([['a/1', 'context-too-long']], { chain }))).toMatchObject({ model: 'c/1' });
    expect(
      nextStep(
        after(
          [
            ['a/1', 'context-too-long'],
            ['c/1', 'context-too-long'],
          ],
          { chain },
        ),
      ),
    ).toMatchObject({
      kind: 'give-up',
      why: 'a/1: context-too-long; c/1: context-too-long. Given up: no model of the chain has a larger context window.',
    });
  });

  test('an answer cut short goes only to a model that may say more', () => {
    const chain = [link('a/1'), link('b/1'), link('c/1', { maxOutputTokens: 8192 })];
    expect(nextStep(after([['a/1', 'answer-cut-short']], { chain }))).toMatchObject({ model: 'c/1' });
    expect(nextStep(after([['a/1', 'answer-cut-short']]))).toMatchObject({ kind: 'give-up', failure: { class: 'answer-cut-short' } });
  });

  test('refused content is tried once more, with another provider', () => {
    const chain = [link('a/1'), link('a/2'), link('b/1'), link('c/1')];
    expect(nextStep(after([['a/1', 'content-refused']], { chain }))).toMatchObject({ model: 'b/1' });
    expect(
      nextStep(
        after(
          [
            ['a/1', 'content-refused'],
            ['b/1', 'content-refused'],
          ],
          { chain },
        ),
      ),
    ).toMatchObject({ kind: 'give-up' });
    expect(nextStep(after([['a/1', 'content-refused']], { chain: chain.slice(0, 2) }))).toMatchObject({ kind: 'give-up' });
  });
});

describe('budget', () => {
  test('a busy one is waited for, longer each time, without using up a try', () => {
    const first = nextStep(after([['a/1', 'budget-busy']])) as { model: string; afterMs: number; tryOfModel: number };
    const second = nextStep(
      after([
        ['a/1', 'budget-busy'],
        ['a/1', 'budget-busy'],
      ]),
    ) as { afterMs: number };
    expect(first).toMatchObject({ model: 'a/1', tryOfModel: 1 });
    expect(second.afterMs).toBeGreaterThanOrEqual(first.afterMs);
  });

  test('an exhausted one leaves only cheaper models', () => {
    const chain = [link('a/1'), link('b/1'), link('c/1', { maxCostNanoUsd: 999_999 })];
    expect(nextStep(after([['a/1', 'budget-exhausted']], { chain }))).toMatchObject({ model: 'c/1', afterMs: 0 });
    expect(nextStep(after([['a/1', 'budget-exhausted']]))).toMatchObject({
      kind: 'give-up',
      failure: { class: 'budget-exhausted' },
      why: 'a/1: budget-exhausted. Given up: no model of the chain is cheap enough for what the budget has left.',
    });
  });
});

describe('limits', () => {
  test('end a task whose time or calls are used up', () => {
    expect(nextStep(after([], { elapsedMs: LIMITS.maxTaskMs }))).toMatchObject({ kind: 'give-up', failure: { class: 'timeout-total' } });
    const limits = { ...LIMITS, maxAttempts: 2 };
    expect(
      nextStep(
        after(
          [
            ['a/1', 'server-error'],
            ['a/1', 'server-error'],
          ],
          { limits },
        ),
      ),
    ).toMatchObject({
      kind: 'give-up',
      why: "a/1: server-error 2 times. Given up: the task's 2 calls are used up.",
    });
  });
});

test('a budget that stays busy ends a task even when its waits take no time', () => {
  const limits = { ...LIMITS, backoffMs: 0, maxWaitMs: 0 };
  const failed: TimedFailure[] = [];
  for (let step = nextStep(after([], { limits, failed })); step.kind === 'call'; step = nextStep(after([], { limits, failed }))) {
    failed.push({ model: step.model, failure: failure('budget-busy'), failedAtMs: 0 });
    if (failed.length > 100) throw new Error('The task does not end.');
  }
  expect(failed.length).toBeLessThanOrEqual(40 + CHAIN.length);
});

describe('whatever fails', () => {
  interface Run {
    readonly chain: readonly ChainLink[];
    readonly limits: AttemptLimits;
    readonly steps: readonly (TimedFailure & { readonly step: Extract<NextStep, { kind: 'call' }> })[];
    readonly waitedMs: number;
  }

  const NOT_CALLED: readonly FailureClass[] = ['budget-busy', 'budget-exhausted', 'cooling-down', 'not-admissible', 'not-configured'];

  const chains = fc
    .array(
      fc.record({
        provider: fc.constantFrom('a', 'b', 'c'),
        contextWindowTokens: fc.integer({ min: 1, max: 5 }),
        maxOutputTokens: fc.integer({ min: 1, max: 5 }),
        maxCostNanoUsd: fc.integer({ min: 0, max: 5 }),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map((links) => links.map((changes, index) => link(`${changes.provider}/${index}`, changes)));

  const limits = fc.record({
    maxModels: fc.constant(6),
    triesPerModel: fc.integer({ min: 1, max: 4 }),
    maxAttempts: fc.integer({ min: 1, max: 12 }),
    maxTaskMs: fc.integer({ min: 1, max: 1_000_000 }),
    maxCallMs: fc.constant(1_000),
    maxWaitMs: fc.integer({ min: 0, max: 100_000 }),
    backoffMs: fc.integer({ min: 0, max: 10_000 }),
  });

  const failures = fc.array(
    fc.record({
      class: fc.constantFrom(...FAILURE_CLASSES.filter((of) => of !== 'cancelled' && of !== 'bad-request')),
      retryAfterMs: fc.option(fc.oneof(fc.integer({ min: -10, max: 2_000_000 }), fc.constantFrom(Number.NaN, Infinity)), {
        nil: undefined,
      }),
      callMs: fc.integer({ min: 0, max: 1_000 }),
    }),
    { minLength: 1, maxLength: 20 },
  );

  /** Plays a task whose calls fail in these ways, over and over, to its end. */
  function play(
    chain: readonly ChainLink[],
    limitsOf: AttemptLimits,
    ways: readonly { class: FailureClass; retryAfterMs: number | undefined; callMs: number }[],
  ): Run {
    const steps: (TimedFailure & { step: Extract<NextStep, { kind: 'call' }> })[] = [];
    let elapsedMs = 0;
    let waitedMs = 0;
    for (;;) {
      const progress = { chain, limits: limitsOf, seed: 'task', failed: steps, elapsedMs };
      const step = nextStep(progress);
      expect(nextStep(progress)).toEqual(step);
      if (step.kind === 'give-up') return { chain, limits: limitsOf, steps, waitedMs };
      const way = ways[steps.length % ways.length] ?? { class: 'server-error', retryAfterMs: undefined, callMs: 0 };
      waitedMs += step.afterMs;
      elapsedMs += step.afterMs;
      expect(elapsedMs).toBeLessThan(limitsOf.maxTaskMs);
      elapsedMs += way.callMs;
      const { class: of, retryAfterMs } = way;
      steps.push({
        step,
        model: step.model,
        failure: failure(of, retryAfterMs === undefined ? {} : { retryAfterMs }),
        failedAtMs: elapsedMs,
      });
      if (steps.length > 500) throw new Error('The task does not end.');
    }
  }

  const runs = fc.tuple(chains, limits, failures).map((args) => play(...args));
  const holds = (property: (run: Run) => void) => fc.assert(fc.property(runs, property), { numRuns: 300 });

  test('never makes more calls than maxAttempts, nor than models × tries, and few steps beside them', () =>
    holds(({ chain, limits: { maxAttempts, triesPerModel }, steps }) => {
      const calls = steps.filter(({ failure: { class: of } }) => !NOT_CALLED.includes(of)).length;
      const bound = Math.min(maxAttempts, chain.length * triesPerModel);
      expect(calls).toBeLessThanOrEqual(bound);
      expect(steps.length).toBeLessThanOrEqual(bound + 2 * chain.length + 40);
    }));

  test('never waits longer in all than the task may take', () =>
    holds(({ limits: { maxTaskMs }, waitedMs }) => expect(waitedMs).toBeLessThan(maxTaskMs)));

  test('never asks a model again after its quota, key, name or admission failed', () =>
    holds(({ steps }) => {
      const final: readonly FailureClass[] = ['quota-exhausted', 'authentication', 'not-found', 'not-configured', 'not-admissible'];
      steps.forEach(({ model, failure: { class: of } }, index) => {
        if (final.includes(of)) expect(steps.slice(index + 1).map((later) => later.model)).not.toContain(model);
      });
    }));

  test('never asks a window as small after one was too small, nor a dearer model after the budget was empty', () =>
    holds(({ chain, steps }) => {
      const linkOf = (model: string) => chain.find((one) => one.model === model) ?? link(model);
      steps.forEach(({ model, failure: { class: of } }, index) => {
        for (const later of steps.slice(index + 1)) {
          if (of === 'context-too-long') expect(linkOf(later.model).contextWindowTokens).toBeGreaterThan(linkOf(model).contextWindowTokens);
          if (of === 'answer-cut-short') expect(linkOf(later.model).maxOutputTokens).toBeGreaterThan(linkOf(model).maxOutputTokens);
          if (of === 'budget-exhausted') expect(linkOf(later.model).maxCostNanoUsd).toBeLessThan(linkOf(model).maxCostNanoUsd);
          if (of === 'content-refused') expect(linkOf(later.model).provider).not.toBe(linkOf(model).provider);
        }
      });
    }));

  test('numbers its steps without gap and the calls of each model from 1', () =>
    holds(({ steps }) => {
      expect(steps.map(({ step }) => step.attempt)).toEqual(steps.map((_, index) => index + 1));
      for (const { step } of steps) expect(step.tryOfModel).toBeGreaterThanOrEqual(1);
    }));
});
