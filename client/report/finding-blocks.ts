/** Why a class was looked at, and which other models were weighed. */

import type { CascadeOption, HullPoint } from '../../routing/review/findings';
import type { ReportedClass } from '../../routing/review/report/report';
import { percent, points } from '../../routing/review/report/words';
import { type Block, right, table, text } from './blocks';
import { money } from './figures';

export function findingBlocks(one: ReportedClass): readonly Block[] {
  const { finding, frontier } = one;
  const screened = finding.screened.map(({ model, n, raw, shrunk, low, high }) => [
    ...[`${model}${model === finding.baseline?.model ? ' (now)' : ''}`, n, raw === null ? null : points(raw), points(shrunk)],
    `${points(low)} to ${points(high)}`,
  ]);
  const options = finding.options.map(({ model, costPerTaskNanoUsd, costFrom, savingPerMonthNanoUsd, quality, chance, dropped }) => [
    ...[
      model,
      money(costPerTaskNanoUsd),
      costFrom,
      money(savingPerMonthNanoUsd),
      quality === null ? null : points(quality),
      percent(chance),
    ],
    dropped === undefined ? 'tried' : `${dropped.reason}: ${dropped.detail}`,
  ]);
  return [
    text(`${finding.served}: ${finding.why}`),
    ...(frontier.length > 1 ? [{ kind: 'plot', plot: 'frontier', of: one } as const] : []),
    ...table(
      'The screen. It picks what to replay and proves nothing; counted, and shrunk towards the model’s family.',
      ['model', right('n'), right('counted'), right('shrunk'), right('95 % interval')],
      screened,
    ),
    ...table(
      'Options.',
      ['model', right('cost of a task'), 'from', right('saves a month'), right('quality'), right('chance'), 'outcome'],
      options,
    ),
    ...plain(finding.plain),
    ...cascades(finding.cascades),
  ];
}

function plain({ singleSwap, mix }: ReportedClass['finding']['plain']): readonly Block[] {
  const rows = [
    ...(singleSwap === undefined ? [] : [pointRow('best single model', singleSwap)]),
    ...(mix === undefined ? [] : [pointRow('random mix as good as now', mix)]),
  ];
  return table(
    'Plain alternatives: anything cleverer must beat them.',
    ['alternative', 'models', right('cost of a task'), right('quality')],
    rows,
  );
}

function cascades(options: ReportedClass['finding']['cascades'] = []): readonly Block[] {
  const rows = options.map((option) => [
    ...[option.models.join(' → '), money(option.costPerTaskNanoUsd), points(option.quality), points(option.mixQuality)],
    ...[percent(option.escalationRate), option.neededAccuracy === null ? 'no check would do' : percent(option.neededAccuracy)],
    outcomeOf(option),
  ]);
  const first = options.find(({ check }) => check !== undefined) ?? options[0];
  return table(
    first === undefined ? '' : titleOf(first),
    [
      ...['models', right('cost of a task'), right('quality'), right('a mix for the same'), right('goes on')],
      ...[right('check must be right'), 'outcome'],
    ],
    rows,
  );
}

function titleOf({ check, assumedAccuracy }: CascadeOption): string {
  if (check === undefined) {
    return `Cascades, with a check that is right ${percent(assumedAccuracy)} of the time and costs as much as the cheap answer. Expected, not replayed: none of them is tried here.`;
  }
  const { kind, from, sensitivity, specificity } = check;
  return `Cascades, with the check that the policy offers (${kind}), which fails ${percent(sensitivity)} of bad answers and passes ${percent(specificity)} of good ones as ${from}. Expected, before any replay.`;
}

function outcomeOf({ check, dropped, pays }: CascadeOption): string {
  if (check !== undefined) return dropped ?? 'tried';
  return dropped ?? (pays ? 'would pay' : 'check too weak to pay');
}

function pointRow(name: string, { shares, costPerTaskNanoUsd, quality }: HullPoint) {
  const models = Object.entries(shares).map(([model, share]) => `${percent(share)} ${model}`);
  return [name, models.join(', '), money(costPerTaskNanoUsd), points(quality)];
}
