/** `signalbox slots compare`: what slots would have changed, as mode observe has recorded it, beside what happened. */

import { type ObservedPair, observedPairs } from '../../db/queries/slot-figures';
import { formatUsd, nanoToUsd } from '../../routing/units';
import type { Cli } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { SlotsHoursOptions } from './slots-matrix';
import type { Output } from './terminal/output';

export async function runSlotsCompare(options: SlotsHoursOptions, cli: Cli): Promise<ExitCode> {
  const pairs = await withDatabase(cli, options, (db) => observedPairs(db, options.hours));
  if (options.json) cli.output.printJson({ hours: options.hours, ...summaryOf(pairs), pairs: pairs.map(shapeOf) });
  else if (pairs.length === 0) cli.output.note('Nothing was observed. "slots: { mode: observe }" in signalbox.yaml begins it.');
  else cli.output.print(describe(pairs, cli.output));
  return EXIT.ok;
}

function summaryOf(pairs: readonly ObservedPair[]) {
  const count = (of: (pair: ObservedPair) => boolean) => pairs.filter(of).reduce((sum, { tasks }) => sum + tasks, 0);
  return {
    tasks: count(() => true),
    sameModel: count(({ decided, observed }) => decided === observed),
    otherModel: count(({ decided, observed }) => observed !== null && decided !== observed),
    wouldWait: count(({ observed }) => observed === null),
  };
}

function shapeOf({ decidedNano, observedNano, actualNano, ...pair }: ObservedPair) {
  const observedEstimateUsd = pair.observed === null ? null : nanoToUsd(observedNano);
  return { ...pair, decidedEstimateUsd: nanoToUsd(decidedNano), observedEstimateUsd, actualUsd: nanoToUsd(actualNano) };
}

function describe(pairs: readonly ObservedPair[], { table }: Output): string {
  const { tasks, sameModel, otherModel, wouldWait } = summaryOf(pairs);
  const columns = [
    { title: 'went to' },
    { title: 'would have gone to' },
    ...(['tasks', 'answered', 'estimate', 'would be', 'cost'] as const).map((title) => ({ title, align: 'right' as const })),
  ];
  const rows = pairs.map(({ decided, observed, tasks: count, answered, decidedNano, observedNano, actualNano }) => [
    decided,
    observed ?? 'nothing yet: it would wait',
    count,
    answered,
    formatUsd(decidedNano),
    observed === null ? null : formatUsd(observedNano),
    formatUsd(actualNano),
  ]);
  const head = `Of ${tasks} tasks ${sameModel} would have gone to the same model, ${otherModel} to another one, and ${wouldWait} would have waited.`;
  return `${head}\n\n${table(columns, rows)}`;
}
