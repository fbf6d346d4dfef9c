/** `signalbox slots matrix`: which models decided work of which layer went to, and what a decision cost. */

import { decisionMatrix, type MatrixCell } from '../../db/queries/slot-figures';
import { formatUsd, nanoToUsd } from '../../routing/units';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';

export interface SlotsHoursOptions extends StackCommandOptions {
  readonly hours: number;
}

export async function runSlotsMatrix(options: SlotsHoursOptions, cli: Cli): Promise<ExitCode> {
  const cells = await withDatabase(cli, options, (db) => decisionMatrix(db, options.hours));
  if (options.json) cli.output.printJson({ hours: options.hours, cells: cells.map(shapeOf) });
  else if (cells.length === 0) cli.output.note(`Nothing was decided in the last ${options.hours} hours.`);
  else cli.output.print(describe(cells, cli.output));
  return EXIT.ok;
}

function shapeOf({ model, layer, decisions, costNano }: MatrixCell) {
  return {
    model,
    layer: layer === '' ? null : layer,
    decisions,
    costUsd: nanoToUsd(costNano),
    costPerDecisionUsd: nanoToUsd(costNano / decisions),
  };
}

function describe(cells: readonly MatrixCell[], { table }: Output): string {
  const layers = [...new Set(cells.map(({ layer }) => layer))].sort();
  const models = [...new Set(cells.map(({ model }) => model))];
  const columns = [{ title: 'model' }, ...layers.map((layer) => ({ title: layer === '' ? '(no layer)' : layer, align: 'right' as const }))];
  const rows = models.map((model) => [
    model,
    ...layers.map((layer) => {
      const cell = cells.find((each) => each.model === model && each.layer === layer);
      return cell === undefined ? null : `${cell.decisions} × ${formatUsd(Math.round(cell.costNano / cell.decisions))}`;
    }),
  ]);
  return table(columns, rows);
}
