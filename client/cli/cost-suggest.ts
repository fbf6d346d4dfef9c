/** `signalbox cost --suggest`: which classes could be served for less, what that rests on, and the command that has it proved. */

import type { Belief } from '../../routing/review/propose/screen';
import { counted, percent } from '../../routing/review/report/words';
import { formatUsd, nanoToUsd } from '../../routing/units';
import { type CheaperModel, type Suggestion, type Suggestions, suggestDowngrades } from '../money/suggestions';
import type { Cli } from './cli';
import type { CostOptions } from './cost';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { indented, onOneLine } from './terminal/text';

export async function runCostSuggest(options: CostOptions, cli: Cli): Promise<ExitCode> {
  const found = await withDatabase(cli, options, suggestDowngrades);
  if (options.json) cli.output.printJson(shapeOf(found));
  else cli.output.print(describe(found, cli.output));
  return EXIT.ok;
}

function shapeOf({ from, to, suggestions, others }: Suggestions) {
  return {
    from: new Date(from),
    to: new Date(to),
    savingPerMonthUsd: nanoToUsd(sumOf(suggestions)),
    classesWithout: others,
    suggestions: suggestions.map((suggestion) => {
      const { name, finding, baseline, models } = suggestion;
      return {
        name,
        classes: finding.classes,
        tasksPerMonth: finding.tasksPerMonth,
        costPerMonthUsd: nanoToUsd(finding.costPerMonthNanoUsd),
        tolerance: finding.limits?.tolerance ?? null,
        toleranceLeft: finding.limits?.margin ?? null,
        floor: finding.limits?.floor ?? null,
        baseline: { model: baseline.model, quality: qualityShape(baseline.quality) },
        models: models.map(({ option, quality }) => ({
          model: option.model,
          costPerTaskUsd: nanoToUsd(option.costPerTaskNanoUsd),
          costFrom: option.costFrom,
          savingPerMonthUsd: nanoToUsd(option.savingPerMonthNanoUsd),
          chanceGoodEnough: option.chance,
          quality: qualityShape(quality),
        })),
        heldBy: finding.heldBy ?? null,
        command: commandOf(suggestion),
      };
    }),
  };
}

/** `value` is null where no answer of the model was ever graded: what the catalogue states is no evidence. */
function qualityShape({ n, raw, shrunk, low, high, isSeen }: Belief) {
  return { graded: n, raw, value: isSeen ? shrunk : null, low: isSeen ? low : null, high: isSeen ? high : null };
}

function sumOf(suggestions: readonly Suggestion[]): number {
  return suggestions.reduce((sum, { savingPerMonthNano }) => sum + savingPerMonthNano, 0);
}

/** The command that makes a review of it. */
function commandOf({ name }: Suggestion): string {
  return `signalbox review start --class ${/^[\w./:@-]+$/u.test(name) ? name : JSON.stringify(name)}`;
}

function describe({ suggestions, others }: Suggestions, { colors }: Output): string {
  const looked = others + suggestions.length;
  if (suggestions.length === 0) {
    return looked === 0
      ? 'No task has ended within the window of reviews, so there is nothing to compare.'
      : `Of ${counted(looked, 'class', 'classes')}, none has a cheaper model that may serve it and saves enough to be worth a proof.`;
  }
  const parts = suggestions.map((suggestion) => {
    const { name, finding, models } = suggestion;
    const lines = [
      `${formatUsd(finding.costPerMonthNanoUsd)} a month for ${Math.round(finding.tasksPerMonth)} tasks. ${limitsOf(suggestion)}`,
      nowOf(suggestion),
      ...models.map(modelOf),
      ...(finding.heldBy === undefined ? [] : [`A review would hold it (${finding.heldBy.by}): ${finding.heldBy.detail}`]),
    ];
    return `${colors.bold(onOneLine(name))}\n${indented(lines.map(onOneLine).join('\n'))}\n${indented(commandOf(suggestion))}`;
  });
  const sum = `About ${colors.bold(formatUsd(sumOf(suggestions)))} a month, if what is cheaper is good enough. Nothing is changed before a review has proved it and a person has approved it.`;
  return [sum, ...parts].join('\n\n');
}

function limitsOf({ finding: { limits } }: Suggestion): string {
  if (limits === undefined) return '';
  const left = limits.margin < limits.tolerance ? `, of which ${percent(Math.max(0, limits.margin))} are left` : '';
  const floor = limits.floor === null ? '' : `; its floor is ${percent(limits.floor)}`;
  return `It may lose ${percent(limits.tolerance)} of success${left}${floor}.`;
}

function nowOf({ baseline }: Suggestion): string {
  return `now ${baseline.model}: ${qualityOf(baseline.quality)}`;
}

function modelOf({ option, quality }: CheaperModel): string {
  const cost = option.costFrom === 'measured' ? 'by its own calls' : 'by its list price';
  return `${option.model}: saves ${formatUsd(option.savingPerMonthNanoUsd)} a month ${cost}; ${qualityOf(quality)}; ${percent(option.chance)} chance that it is good enough`;
}

function qualityOf({ n, shrunk, low, high, isSeen }: Belief): string {
  if (!isSeen) return 'its quality is not known from any grade';
  const grades = n === 0 ? 'by its grades on other classes' : `by ${counted(n, 'grade')}`;
  return `success rate ${percent(shrunk)} (95 % interval ${percent(low)} to ${percent(high)}, ${grades})`;
}
