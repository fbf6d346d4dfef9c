/** A routing system decides the same with its cache and without it, whatever happens in between. */

import fc from 'fast-check';
import type { RoutingSystem } from '../../embedded';
import { HARD_TEXT, type MovedClock, movedClock, SIMPLE_TEXT, statusError, testSystem } from '../support/routing-system';

const MODELS = ['acme/mini', 'acme/plus', 'acme/ultra', 'other/small', 'other/big'];

/** Something that a program does with a routing system; the same for both. */
type Step = (system: RoutingSystem, clock: MovedClock) => Promise<unknown>;

const model = fc.constantFrom(...MODELS);
const text = fc.constantFrom(SIMPLE_TEXT, HARD_TEXT, `${SIMPLE_TEXT} `, 'Write a haiku about the sea.');
const constraints = fc.constantFrom({}, { maxCost: 0.05 }, { minQuality: 0.85 }, { maxLatency: 20_000 }, { maxOutputTokens: 500 });

const route = fc.tuple(text, constraints).map(
  ([task, bounds]): Step =>
    (system) =>
      outcomeOf(system.routeTask(task, bounds)),
);
const change = fc.oneof(
  fc.tuple(model, fc.integer({ min: 1, max: 5 })).map(
    ([rated, score]): Step =>
      (system) =>
        system.rate(score, { model: rated, tier: 'SIMPLE' }),
  ),
  fc.tuple(model, fc.array(model, { maxLength: 2 })).map(
    ([of, to]): Step =>
      async (system) =>
        system.defineFallbacks(of, to),
  ),
  fc.tuple(text, fc.constantFrom(0, 400, 401, 500), fc.double({ min: 0, max: 1, noNaN: true })).map(
    ([task, status, quality]): Step =>
      (system, clock) =>
        outcomeOf(executed(system, clock, task, status, quality)),
  ),
  fc.tuple(model, fc.double({ min: 0, max: 0.1, noNaN: true })).map(
    ([used, cost]): Step =>
      (system) =>
        system.trackUsage({ model: used }, { inputTokens: 0, outputTokens: 0, cost }),
  ),
  fc.integer({ min: 0, max: 40_000_000 }).map(
    (ms): Step =>
      async (_, clock) =>
        clock.advance(ms),
  ),
);

function executed(system: RoutingSystem, clock: MovedClock, task: string, status: number, quality: number) {
  return system.executeWithRouting(task, async ({ attempt }) => {
    clock.advance(1_000);
    if (status !== 0 && attempt < 3) throw statusError(status);
    return { answer: attempt, usage: { inputTokens: 200, outputTokens: 300 }, quality };
  });
}

/** A decision or the words of a refusal; the rest of an execution has times and waits in it that are each system's own. */
async function outcomeOf(asked: Promise<object>): Promise<unknown> {
  return asked.then(
    (found) => ('decision' in found ? found.decision : found),
    (error: Error) => error.message,
  );
}

test('whatever is rated, spent, defined, executed or failed, and however much time passes', async () => {
  let hits = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 4, arbitrary: route }, { weight: 1, arbitrary: change }), { minLength: 20, maxLength: 60 }),
      async (steps) => {
        const [ours, theirs] = [movedClock(), movedClock()];
        // Waits are spread by each task's own id: no two systems would wait alike.
        const config = { budget: { dailyLimit: 0.5, monthlyLimit: 2 }, fallback: { maxAttempts: 4 } };
        const kept = testSystem({ ...config, clock: { ...ours, wait: async () => ours.advance(1_000) } });
        const made = testSystem({ ...config, clock: { ...theirs, wait: async () => theirs.advance(1_000) }, enableCache: false });
        for (const step of steps) expect(await step(kept, ours)).toEqual(await step(made, theirs));
        hits += kept.cacheFigures().hits;
      },
    ),
    { numRuns: 60 },
  );
  expect(hits).toBeGreaterThan(100);
});
