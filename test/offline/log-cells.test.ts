/** Records that stream by give the figures that roll-ups of the same tasks give. */

import fc from 'fast-check';
import { gatherCells, type LoggedTask } from '../../client/offline/log-cells';
import type { EndedTasks } from '../../db/queries/rollups';
import { gatherTasks } from '../../db/rollups/gather';
import { SKETCH_MATH } from '../../db/rollups/sketch';
import { mergeFigures, type RolledCell } from '../../routing/review/figures/merge-figures';

const HOUR = Date.UTC(2026, 10, 2, 9);

const task: fc.Arbitrary<LoggedTask> = fc
  .record(
    {
      taskClass: fc.constantFrom('debugging/medium', 'factual/simple'),
      model: fc.constantFrom('a/large', 'a/small'),
      outcome: fc.constantFrom('completed', 'failed', 'refused', 'cancelled'),
      calls: fc.integer({ min: 1, max: 3 }),
      privacyTier: fc.constantFrom('internal', 'restricted'),
      residency: fc.constantFrom('eu', undefined),
      score: fc.constantFrom(0, 0.25, 0.5, 1, undefined),
      costNanoUsd: fc.option(fc.integer({ min: 0, max: 1e9 }), { nil: undefined }),
      latencyMs: fc.option(fc.integer({ min: 1, max: 60_000 }), { nil: undefined }),
      inputTokens: fc.integer({ min: 1, max: 10_000 }),
      outputTokens: fc.integer({ min: 1, max: 10_000 }),
    },
    { noNullPrototype: true },
  )
  .map((fields) => {
    const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    return { id: 't', endedAt: HOUR, ...known } as LoggedTask;
  });

test('the figures of a window are those of its roll-ups', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(task, { maxLength: 60 }), async (tasks) => {
      const logged = gatherCells();
      for (const each of tasks) logged.add(each);
      const rolled: RolledCell<Parameters<typeof SKETCH_MATH.count>[0]>[] = [];
      for await (const cell of gatherTasks(HOUR, batches(tasks.map(asRow).sort(byCell)))) rolled.push(cell);
      expect(mergeFigures(logged.cells(), [], {}, SKETCH_MATH)).toEqual(mergeFigures(rolled, [], {}, SKETCH_MATH).map(roughly));
    }),
  );
});

/** Sums of the same numbers in another order differ in their last digits. */
function roughly(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isInteger(value)) return expect.closeTo(value, 6 - Math.ceil(Math.log10(Math.abs(value) + 1)));
  if (Array.isArray(value)) return value.map(roughly);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, roughly(inner)]));
}

/** A row of one task, as the database groups them. */
function asRow({ taskClass, model, outcome, calls, privacyTier, residency = '', score, ...task }: LoggedTask): EndedTasks {
  const is = (condition: boolean) => (condition ? 1 : 0);
  return {
    ...{ taskClass, model, privacyTier, residency, capabilities: [] },
    ...{ maxInputTokens: task.inputTokens ?? 0, maxOutputTokens: task.outputTokens ?? 0 },
    costsNano: task.costNanoUsd === undefined ? [] : [task.costNanoUsd],
    latenciesMs: task.latencyMs === undefined || outcome !== 'completed' ? [] : [task.latencyMs],
    tasks: 1,
    imported: 0,
    ...{ completed: is(outcome === 'completed'), failed: is(outcome === 'failed') },
    ...{ refused: is(outcome === 'refused'), cancelled: is(outcome === 'cancelled'), retried: is(calls > 1) },
    ...{ graded: is(score !== undefined), good: is(score !== undefined && score >= 0.5) },
    fractional: is(score !== undefined && score > 0 && score < 1),
    ...{ scoreSum: score ?? 0, scoreSquareSum: (score ?? 0) ** 2 },
  };
}

async function* batches(rows: readonly EndedTasks[]) {
  yield rows;
}

function byCell(a: EndedTasks, b: EndedTasks): number {
  return `${a.taskClass} ${a.model}` < `${b.taskClass} ${b.model}` ? -1 : 1;
}
