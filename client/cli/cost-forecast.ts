/** `signalbox cost --forecast`: what the period will have cost, and when its budgets will be spent. */

import { describeBudget } from '../../routing/money/budget';
import { MIN_DAYS } from '../../routing/money/forecast';
import { scopeText } from '../../routing/money/scope-text';
import { formatUsd, nanoToUsd } from '../../routing/units';
import { type BudgetOutlook, CONFIDENCE, type ForecastReport, reportForecast } from '../money/forecast';
import { budgetShape } from './budget-show';
import type { Cli } from './cli';
import { type CostOptions, describePeriod, periodShape } from './cost';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { onOneLine } from './terminal/text';

export async function runCostForecast(options: CostOptions, cli: Cli): Promise<ExitCode> {
  const report = await withDatabase(cli, options, (db) => reportForecast(db, options));
  if (options.json) cli.output.printJson(shapeOf(report));
  else cli.output.print(describe(report, cli.output));
  return EXIT.ok;
}

function shapeOf({ period, scope, spentNano, forecast, days, calendar, budgets }: ForecastReport) {
  return {
    period: periodShape(period),
    scope: scopeText(scope),
    spentUsd: nanoToUsd(spentNano),
    restsOnDays: days,
    confidence: CONFIDENCE,
    ...(forecast === undefined
      ? { expectedUsd: null, lowUsd: null, highUsd: null, path: [] }
      : { ...pointShape(forecast), path: forecast.path.map((point, place) => ({ day: calendar[place], ...pointShape(point) })) }),
    budgets: budgets.map(({ budget, runsOut: { expected = null, earliest = null, latest = null } }) => ({
      ...budgetShape(budget),
      runsOut: { expected, earliest, latest },
    })),
  };
}

function pointShape({
  expectedNano,
  lowNano,
  highNano,
}: {
  readonly expectedNano: number;
  readonly lowNano: number;
  readonly highNano: number;
}) {
  return { expectedUsd: nanoToUsd(expectedNano), lowUsd: nanoToUsd(lowNano), highUsd: nanoToUsd(highNano) };
}

function describe({ period, scope, spentNano, forecast, days, budgets }: ForecastReport, { colors }: Output): string {
  const whose = scope.scopeKind === 'global' ? '' : ` of ${scope.scopeKind} "${scope.scopeId}"`;
  const head = onOneLine(`${formatUsd(spentNano)} are spent${whose} in ${describePeriod(period)}.`);
  if (forecast === undefined) {
    return `${head}\nA forecast needs ${MIN_DAYS} whole days with spending before today, and there are ${days}.`;
  }
  const { expectedNano, lowNano, highNano } = forecast;
  const made = `Until its end: ${colors.bold(formatUsd(expectedNano))}, and with ${100 * CONFIDENCE} % probability between ${formatUsd(lowNano)} and ${formatUsd(highNano)}, if it goes on as in the last ${forecast.days} days.`;
  return [head, made, ...budgets.map(describeOutlook)].join('\n');
}

function describeOutlook({ budget, runsOut: { expected, earliest, latest } }: BudgetOutlook): string {
  const words = describeBudget(budget);
  const name = onOneLine(`${words[0]?.toUpperCase()}${words.slice(1)}, ${formatUsd(budget.limitNano)},`);
  if (budget.leftNano <= 0) return `${name} is spent.`;
  if (earliest === undefined) return `${name} will last.`;
  if (expected === undefined) return `${name} should last; it might be spent on ${earliest}.`;
  const span =
    earliest === (latest ?? '')
      ? ''
      : ` (${earliest} at the earliest${latest === undefined ? ', and perhaps not at all' : `, ${latest} at the latest`})`;
  return `${name} will be spent on ${expected}${span}.`;
}
