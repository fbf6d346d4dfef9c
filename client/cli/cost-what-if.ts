/** `signalbox cost --what-if`: what the recorded traffic would have cost on other models, or under another policy. */

import { existsSync } from 'node:fs';
import { RoutingError } from '../../routing/errors';
import { scopeText } from '../../routing/money/scope-text';
import type { Belief } from '../../routing/review/propose/screen';
import { counted, percent } from '../../routing/review/report/words';
import { formatUsd, nanoToUsd } from '../../routing/units';
import { rulesInForce } from '../money/suggestions';
import { type ClassWhatIf, type KnownQuality, type Swap, type WhatIfReport, whatIfSwapped } from '../money/what-if';
import { type PolicyWhatIfReport, whatIfPolicy } from '../money/what-if-policy';
import type { Cli } from './cli';
import { type CostOptions, describePeriod, periodShape } from './cost';
import { EXIT, type ExitCode } from './exit-code';
import { readPolicyFile } from './input/rules-files';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { onOneLine } from './terminal/text';

export function runCostWhatIf(options: CostOptions, cli: Cli): Promise<ExitCode> {
  const words = options.whatIf ?? [];
  const [file, ...more] = words.filter((word) => !word.includes('='));
  if (file !== undefined && (more.length > 0 || words.length > 1)) {
    throw new RoutingError('bad_argument', 'Ask of one policy.yaml at a time, and not of models beside it.');
  }
  return withDatabase(cli, options, async (db) => {
    if (file === undefined) {
      const report = await whatIfSwapped(db, swapOf(words), options);
      if (options.json) cli.output.printJson(swapShape(report));
      else cli.output.print(describeSwap(report, cli.output));
      return EXIT.ok;
    }
    const { policy: inForce, catalogue } = await rulesInForce(db);
    if (!existsSync(file)) {
      throw new RoutingError(
        'config_not_found',
        `There is no file "${file}". Give a policy.yaml, "model=PROVIDER/MODEL" or "CLASS=PROVIDER/MODEL".`,
      );
    }
    const policy = await readPolicyFile(file, catalogue, inForce.learning);
    const report = await whatIfPolicy(db, policy, options);
    if (options.json) cli.output.printJson(policyShape(report, file));
    else cli.output.print(describePolicy(report, file, cli.output));
    return EXIT.ok;
  });
}

/** @throws {RoutingError} `bad_argument` */
function swapOf(words: readonly string[]): Swap {
  const classes = new Map<string, string>();
  let everything: string | undefined;
  for (const word of words) {
    const at = word.indexOf('=');
    const [name, model] = [word.slice(0, at).trim(), word.slice(at + 1).trim()];
    if (name === '' || model === '') {
      throw new RoutingError(
        'bad_argument',
        `"${word}" is not understood. Give "model=PROVIDER/MODEL" for everything, or "CLASS=PROVIDER/MODEL".`,
      );
    }
    if (name === 'model') everything = model;
    else classes.set(name, model);
  }
  return { classes, ...(everything === undefined ? {} : { everything }) };
}

function commonShape({ period, scope, calls, actualNano, unknown, knownQuality }: WhatIfReport | PolicyWhatIfReport) {
  return {
    period: periodShape(period),
    scope: scopeText(scope),
    calls,
    actualUsd: nanoToUsd(actualNano),
    unknown: { calls: unknown.calls, costUsd: nanoToUsd(unknown.costNano) },
    knownQuality,
  };
}

function swapShape(report: WhatIfReport) {
  return {
    ...commonShape(report),
    whatIfUsd: nanoToUsd(report.whatIfNano),
    lowUsd: null,
    highUsd: null,
    classes: report.classes.map(({ name, calls, actualNano, whatIfNano, model, staysBecause, quality }) => ({
      name,
      calls,
      actualUsd: nanoToUsd(actualNano),
      whatIfUsd: nanoToUsd(whatIfNano),
      model: model ?? null,
      staysBecause: staysBecause ?? null,
      quality: quality === undefined ? null : { recorded: qualityShape(quality.recorded), whatIf: qualityShape(quality.whatIf) },
    })),
  };
}

function qualityShape({ model, n, shrunk, low, high, isSeen }: Belief) {
  return { model, graded: n, value: isSeen ? shrunk : null, low: isSeen ? low : null, high: isSeen ? high : null };
}

function policyShape(report: PolicyWhatIfReport, file: string) {
  const { whatIf, sample } = report;
  return {
    ...commonShape(report),
    file,
    whatIfUsd: whatIf === undefined ? null : nanoToUsd(whatIf.expectedNano),
    lowUsd: whatIf === undefined ? null : nanoToUsd(whatIf.lowNano),
    highUsd: whatIf === undefined ? null : nanoToUsd(whatIf.highNano),
    sample,
  };
}

function describeSwap(report: WhatIfReport, { colors, table }: Output): string {
  const { calls, actualNano, whatIfNano, classes, period } = report;
  if (calls === 0) return `No call with known usage in ${describePeriod(period)}: there is nothing to compare.`;
  const columns = [
    { title: 'class' },
    ...(['calls', 'cost', 'would have cost'] as const).map((title) => ({ title, align: 'right' as const })),
    ...(['model', 'its quality there', 'quality now'] as const).map((title) => ({ title })),
  ];
  const rows = classes.map(({ name, calls: ofClass, actualNano: cost, whatIfNano: other, model, quality }) => [
    name,
    ofClass,
    formatUsd(cost),
    formatUsd(other),
    model ?? 'stays',
    quality === undefined ? null : qualityText(quality.whatIf),
    quality === undefined ? null : qualityText(quality.recorded),
  ]);
  const stays = classes.flatMap(({ name, staysBecause }: ClassWhatIf) =>
    staysBecause === undefined ? [] : [`${name} stays: ${staysBecause}.`],
  );
  return [
    `${colors.bold(formatUsd(whatIfNano))} instead of ${formatUsd(actualNano)} for ${counted(calls, 'call')} in ${describePeriod(period)}${changeOf(whatIfNano, actualNano)}.`,
    table(columns, rows),
    [...stays, ...notes(report)].map(onOneLine).join('\n'),
  ].join('\n\n');
}

function describePolicy(report: PolicyWhatIfReport, file: string, { colors, table }: Output): string {
  const { calls, actualNano, whatIf, sample, period } = report;
  if (whatIf === undefined) return `No call with known usage in ${describePeriod(period)}: there is nothing to compare.`;
  const columns = [{ title: 'model' }, ...(['calls now', 'calls then'] as const).map((title) => ({ title, align: 'right' as const }))];
  const bounds = whatIf.lowNano === whatIf.highNano ? '' : ` (95 % interval ${formatUsd(whatIf.lowNano)} to ${formatUsd(whatIf.highNano)})`;
  return [
    onOneLine(
      `About ${colors.bold(formatUsd(whatIf.expectedNano))}${bounds} under ${file}, instead of ${formatUsd(actualNano)} for ${counted(calls, 'call')} in ${describePeriod(period)}${changeOf(whatIf.expectedNano, actualNano)}.`,
    ),
    `Of ${counted(sample.calls, 'call')} that were decided again:\n${table(
      columns,
      sample.models.map(({ model, recorded, whatIf: moved }) => [model, recorded, moved]),
    )}`,
    [
      ...(sample.refused > 0 ? [`${counted(sample.refused, 'call')} of them would have been refused: no model may take them.`] : []),
      ...(sample.unpriced > 0
        ? [`${counted(sample.unpriced, 'call')} of them would have gone to models without a price, and are left out.`]
        : []),
      ...notes(report),
    ].join('\n'),
  ].join('\n\n');
}

function changeOf(then: number, now: number): string {
  if (now === 0 || then === now) return '';
  return then < now ? `, ${percent(1 - then / now)} less` : `, ${percent(then / now - 1)} more`;
}

function qualityText({ n, shrunk, low, high, isSeen }: Belief): string {
  return isSeen ? `${percent(shrunk)} (${percent(low)} to ${percent(high)}, ${counted(n, 'grade')})` : 'not known';
}

function notes({ unknown, knownQuality }: WhatIfReport | PolicyWhatIfReport): string[] {
  const { same, graded, unknown: nobody }: KnownQuality = knownQuality;
  return [
    `Quality: ${percent(same)} of these calls stay on their model, ${percent(graded)} move to one whose quality on their class is known from grades, and of ${percent(nobody)} nobody knows. A review finds out.`,
    'The tokens are those that were counted, at the prices in force: other models count and answer in their own way.',
    ...(unknown.calls > 0
      ? [`${counted(unknown.calls, 'call')} for ${formatUsd(unknown.costNano)} are left out, because nobody knows what they used.`]
      : []),
  ];
}
