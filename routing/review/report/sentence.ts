/** The sentences that a report begins with, and those that say what becomes of each class. */

import { formatUsd } from '../../units';
import type { Finding } from '../findings';
import { lowestToPeople } from '../prove/judge-correction';
import type { ReportedClass, ReportedProposal } from './report';
import { counted, listed, points } from './words';

/**
 * What would change, what it saves at least in a month, and what it may cost in quality at most. Quality is in points of 100, the
 * success rate or the mean score.
 */
export function headline(classes: readonly ReportedClass[], savingPerMonthNanoUsd: number | null): string {
  const proposed = classes.filter(({ status }) => status === 'proposed');
  if (proposed.length === 0) return nothingChanges(classes);
  const lows = proposed.flatMap(({ proposal }) => {
    const last = proposal?.comparisons.at(-1);
    return last === undefined ? [] : lowestToPeople(last);
  });
  const worst = Math.min(...lows);
  const one = proposed.length === 1 ? proposed[0]?.proposal?.comparisons.at(-1) : undefined;
  const subject =
    one === undefined
      ? `Serving ${counted(proposed.length, 'class', 'classes')} (${listed(proposed.map(({ name }) => name))}) by other models`
      : `Serving "${proposed[0]?.name}" with ${one.candidate} instead of ${one.baseline}`;
  const where = one === undefined ? ' in any of them' : '';
  return `${subject} ${money(savingPerMonthNanoUsd)}, and ${quality(worst)}${where}.`;
}

function money(savingPerMonthNanoUsd: number | null): string {
  if (savingPerMonthNanoUsd === null) return 'saves an amount that the evidence cannot bound';
  if (savingPerMonthNanoUsd < 0) return `costs at most ${formatUsd(-savingPerMonthNanoUsd)} more a month`;
  return `saves at least ${formatUsd(savingPerMonthNanoUsd)} a month`;
}

function quality(low: number): string {
  return low > 0
    ? `gains at least ${points(low)} points of quality (of 100)`
    : `may cost at most ${points(-low)} points of quality (of 100)`;
}

function nothingChanges(classes: readonly ReportedClass[]): string {
  const named = (status: ReportedClass['status']) => classes.filter((one) => one.status === status).map(({ name }) => name);
  const parts = [
    ...some(named('needs-owner'), 'needs the word of an owner', 'need the word of an owner'),
    ...some(named('held'), 'is held', 'are held'),
    ...some(named('unchanged'), 'is right as it is', 'are right as they are'),
  ];
  return parts.length === 0 ? 'Nothing would change: the window has no tasks to review.' : `Nothing would change: ${listed(parts)}.`;
}

/** The classes by name where they are few. */
function some(names: readonly string[], one: string, many: string): string[] {
  if (names.length === 0) return [];
  const shown = names.length <= 3 ? ` (${names.join(', ')})` : '';
  return [`${counted(names.length, 'class', 'classes')}${shown} ${names.length === 1 ? one : many}`];
}

/** What becomes of a class, and why. */
export function classSentence(
  status: ReportedClass['status'],
  finding: Finding,
  proposal: Pick<ReportedProposal, 'state' | 'comparisons' | 'heldBy' | 'escalation'> | undefined,
): string {
  if (status === 'proposed') return proposal?.comparisons.at(-1)?.sentence ?? finding.why;
  if (status === 'needs-owner') {
    const escalation = proposal?.escalation ?? finding.escalation;
    return `Needs an owner by the rule "${escalation?.rule ?? 'unnamed'}": ${escalation?.detail ?? finding.why}`;
  }
  if (status === 'held') {
    const held = proposal?.heldBy ?? finding.heldBy;
    return held === undefined
      ? `Left as it is: the proposal ended as ${proposal?.state ?? 'nothing'} before it was decided.`
      : `Held by ${held.by}: ${held.detail}`;
  }
  return finding.why;
}
