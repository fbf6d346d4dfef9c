/** One class of a report: the evidence first, then the money, who may see what, what keeps it stable, and how it came about. */

import type { ReportedClass, ReportedProposal } from '../../routing/review/report/report';
import { counted, listed, percent } from '../../routing/review/report/words';
import { type Block, right, type Section, table, text } from './blocks';
import { instant } from './figures';
import { findingBlocks } from './finding-blocks';
import { judgeBlocks } from './judge-blocks';
import { moneyBlocks } from './money-blocks';
import { comparedBlocks, qualityBlocks } from './quality-blocks';
import { sampleBlocks } from './sample-blocks';

/** What a person decides a proposal from; nothing for a class that is not proposed. */
export function decisionSections(one: ReportedClass): readonly Section[] {
  const { name, sentence, proposal, status } = one;
  if (status !== 'proposed' || proposal === undefined) return [];
  return [
    { title: `Proposal for ${name}`, level: 2, blocks: [text(sentence), ...importedBlocks(one)] },
    ...parts([
      ['Quality', qualityBlocks(one)],
      ['Money and time', moneyBlocks(one)],
      ['Privacy and residency', checkBlocks(proposal)],
      ['Rollout', rolloutBlocks(one)],
      ['Stability', stabilityBlocks(proposal)],
    ]),
  ];
}

/** Everything else that is known of a class. One that is not proposed has all of it here. */
export function detailSections(one: ReportedClass): readonly Section[] {
  const { name, sentence, proposal, status } = one;
  const rest: readonly Part[] =
    status === 'proposed' || proposal === undefined
      ? []
      : [
          ['Quality', qualityBlocks(one)],
          ['Money and time', moneyBlocks(one)],
          ['Privacy and residency', checkBlocks(proposal)],
          ['Stability', stabilityBlocks(proposal)],
        ];
  return [
    {
      title: `Details of ${name}`,
      level: 2,
      blocks: status === 'held' || status === 'needs-owner' ? [text(sentence), ...importedBlocks(one)] : [],
    },
    ...parts([
      ...rest,
      ['How it was compared', comparedBlocks(one)],
      ['Who compared it', judgeBlocks(one)],
      ['Why this class', findingBlocks(one)],
      ['Sample', proposal === undefined ? [] : sampleBlocks(proposal)],
    ]),
  ];
}

/** Where figures come from elsewhere, nobody here has seen those calls. */
function importedBlocks({ imported }: ReportedClass): readonly Block[] {
  if (imported === undefined) return [];
  return [
    text(
      `${imported.tasks} of its ${counted(imported.of, 'task')} in the window were served by another system, and are known from its logs alone.`,
    ),
  ];
}

type Part = readonly [title: string, blocks: readonly Block[]];

function parts(all: readonly Part[]): readonly Section[] {
  return all.filter(([, blocks]) => blocks.length > 0).map(([title, blocks]) => ({ title, level: 3, blocks }));
}

function checkBlocks({ change, checks }: ReportedProposal): readonly Block[] {
  if (change === undefined) return [];
  if (checks.length === 0) return [text('The window has no tasks of this class whose privacy or residency could be checked.')];
  const rows = checks.map(({ rule, value, tasks, model, role, isApproved, approvedFor }) => [
    ...[rule === 'privacy-tier' ? 'privacy tier' : 'residency', value, tasks, `${model}${role === 'fallback' ? ' (fallback)' : ''}`],
    ...[isApproved ? 'approved' : 'NOT approved', listed(approvedFor)],
  ]);
  return [
    text(checkSentence(checks)),
    ...table('Checks.', ['condition', 'value', right('tasks'), 'model', 'result', 'approved for'], rows),
  ];
}

function checkSentence(checks: ReportedProposal['checks']): string {
  const failed = checks.filter(({ isApproved }) => !isApproved);
  const first = failed.find(({ role }) => role === 'first');
  if (first !== undefined) return `${first.model} is NOT approved for everything that occurred, and is not proposed for that.`;
  const approved = 'The new model is approved for every privacy tier and residency that occurred; this is asked again before each call.';
  const models = [...new Set(failed.map(({ model }) => model))];
  return models.length === 0
    ? approved
    : `${approved} ${listed(models)}, a fallback, is not, and is never called for the tasks that it is not approved for.`;
}

function rolloutBlocks(one: ReportedClass): readonly Block[] {
  const rollout = one.proposal?.rollout;
  if (rollout === undefined) return [];
  const { length, rules, plan } = rollout;
  if (length === null)
    return [text('At the volume and the difference that were seen the rollout would not end.'), { kind: 'list', items: rules }];
  const rows = length.steps.map(({ weight, minPerArm, fromDay, days, waitsFor }) => [
    ...[percent(weight), percent(weight), minPerArm, fromDay.toFixed(1), counted(days, 'day'), waitsFor],
  ]);
  return [
    text(
      `Expected length at ${counted(plan.tasksPerDay, 'task')} a day: ${counted(length.days, 'day')}, the last ${counted(length.soakDays, 'day')} of them soaking.${length.isBeyondDeadline ? ' That is longer than its deadline: it will be held for a person.' : ''}`,
    ),
    { kind: 'plot', plot: 'rollout', of: one },
    ...table(
      'Steps.',
      [right('new model'), right('control'), right('tasks of each'), right('from day'), right('lasts'), 'waits for'],
      rows,
    ),
    { kind: 'list', items: rules },
  ];
}

function stabilityBlocks({ stability }: ReportedProposal): readonly Block[] {
  const { changedAt, penalty, penaltyLimit, setbacks, toleranceLeft, openRollout } = stability;
  const last = changedAt.at(-1);
  return [
    {
      kind: 'list',
      items: [
        last === undefined
          ? 'Its route was never changed by a rollout.'
          : `Its route was changed ${counted(changedAt.length, 'time')}, last on ${instant(last)}.`,
        `Damping: penalty ${Math.round(penalty)}; it is frozen above ${penaltyLimit}.`,
        `The new model was rejected or taken back here ${counted(setbacks, 'time')}.`,
        ...(toleranceLeft === null
          ? []
          : [`Earlier changes have left ${(100 * toleranceLeft).toFixed(1)} points of the agreed tolerance.`]),
        ...(openRollout === undefined ? [] : [`A rollout of this class is under way: ${openRollout}.`]),
      ],
    },
  ];
}
