/** `signalbox stats checks`: how often the checks of cascades are right, what they cost, and how often they lead to the next step. */

import { policyFromJson } from '../../db/documents/policy-document';
import { countChecks } from '../../db/queries/cascades';
import { loadPolicy } from '../../db/queries/rules';
import { type CheckFigures, figuresOfCheck, type MeasuredShare, type Worth } from '../../routing/cascade/check-figures';
import { DEFAULT_POLICY } from '../../routing/decision/policy';
import { formatUsd, nanoToUsd } from '../../routing/units';
import type { Cli } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { StatsOptions } from './stats';
import type { Output } from './terminal/output';
import { formatMs } from './terminal/text';

export async function runStatsChecks(options: StatsOptions, cli: Cli): Promise<ExitCode> {
  const checks = await withDatabase(cli, options, async (db) => {
    const [counts, row] = await Promise.all([countChecks(db, options.days), loadPolicy(db)]);
    const { classes, defaultTolerance } = row === undefined ? DEFAULT_POLICY : policyFromJson(row.body);
    return counts.map((check) => figuresOfCheck(check, classes[check.taskClass]?.tolerance ?? defaultTolerance));
  });
  if (options.json) cli.output.printJson({ days: options.days, checks: checks.map(shapeOf) });
  else cli.output.print(checks.length === 0 ? 'No answer was checked in these days.' : describe(checks, cli.output));
  return EXIT.ok;
}

function shapeOf({ costNanoUsd, meanCostNanoUsd, delayMs: _, graded: __, ...figures }: CheckFigures) {
  return { ...figures, costUsd: nanoToUsd(costNanoUsd), meanCostUsd: nanoToUsd(meanCostNanoUsd) };
}

function describe(checks: readonly CheckFigures[], { table, colors }: Output): string {
  const figures = ['answers', 'crashed', 'passed', 'sensitivity', 'specificity', 'escalated', 'cost each', 'delay', 'saves'] as const;
  const columns = [
    { title: 'class' },
    { title: 'model' },
    { title: 'check' },
    ...figures.map((title) => ({ title, align: 'right' as const })),
    { title: 'worth' },
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
    check.worth === null ? null : percent(check.worth.saved),
    worthOf(check.worth),
  ]);
  const legend = [
    'Sensitivity is the share of bad answers that the check fails, specificity the share of good ones that it passes; both of graded',
    'answers alone, with 95 % intervals. Answers that were never graded say nothing of either.',
    'What it saves and is worth is against sending every task to the later steps at once, by the same grades.',
  ];
  return [table(columns, rows), '', ...legend.map((line) => colors.dim(line))].join('\n');
}

/** `83 % (71–91) of 54`. */
function shown(measured: MeasuredShare | null): string | null {
  if (measured === null) return null;
  const [low, high] = measured.interval.map((share) => Math.round(share * 100));
  return `${percent(measured.share)} (${low}–${high}) of ${measured.of}`;
}

function worthOf(worth: Worth | null): string {
  if (worth === null) return 'not known yet';
  const needed =
    worth.neededAccuracy === null ? 'no check would pay' : `pays from a check right ${percent(worth.neededAccuracy)} of the time`;
  const points = (worth.qualityChange * 100).toFixed(1);
  return `quality ${worth.qualityChange < 0 ? '' : '+'}${points} points; ${worth.pays ? 'it pays' : `it does not pay; ${needed}`}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
