/** `signalbox stats checks`: how often the checks of cascades are right, what they cost, and how often they lead to the next step. */

import { countChecks } from '../../db/queries/cascades';
import { type CheckFigures, figuresOfCheck, type MeasuredShare } from '../../routing/cascade/check-figures';
import { formatUsd, nanoToUsd } from '../../routing/units';
import type { Cli } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { StatsOptions } from './stats';
import type { Output } from './terminal/output';
import { formatMs } from './terminal/text';

export async function runStatsChecks(options: StatsOptions, cli: Cli): Promise<ExitCode> {
  const counts = await withDatabase(cli, options, (db) => countChecks(db, options.days));
  const checks = counts.map(figuresOfCheck);
  if (options.json) cli.output.printJson({ days: options.days, checks: checks.map(shapeOf) });
  else cli.output.print(checks.length === 0 ? 'No answer was checked in these days.' : describe(checks, cli.output));
  return EXIT.ok;
}

function shapeOf({ costNanoUsd, meanCostNanoUsd, delayMs: _, ...figures }: CheckFigures) {
  return { ...figures, costUsd: nanoToUsd(costNanoUsd), meanCostUsd: nanoToUsd(meanCostNanoUsd) };
}

function describe(checks: readonly CheckFigures[], { table, colors }: Output): string {
  const figures = ['answers', 'crashed', 'passed', 'sensitivity', 'specificity', 'escalated', 'cost each', 'delay'] as const;
  const columns = [
    { title: 'class' },
    { title: 'model' },
    { title: 'check' },
    ...figures.map((title) => ({ title, align: 'right' as const })),
  ];
  const rows = checks.map((check) => [
    check.taskClass,
    check.model,
    check.check,
    check.answers,
    check.crashed,
    shown(check.passRate),
    shown(check.sensitivity),
    shown(check.specificity),
    shown(check.escalationRate),
    formatUsd(check.meanCostNanoUsd),
    formatMs(check.meanDelayMs),
  ]);
  const legend = [
    'Sensitivity is the share of bad answers that the check fails, specificity the share of good ones that it passes; both of graded',
    'answers alone, with 95 % intervals. Answers that were never graded say nothing of either.',
  ];
  return [table(columns, rows), '', ...legend.map((line) => colors.dim(line))].join('\n');
}

/** `83 % (71–91) of 54`. */
function shown(measured: MeasuredShare | null): string | null {
  if (measured === null) return null;
  const percent = (share: number) => Math.round(share * 100);
  const [low, high] = measured.interval;
  return `${percent(measured.share)} % (${percent(low)}–${percent(high)}) of ${measured.of}`;
}
