/**
 * Trade-offs that a review does not make. What stands between a class and a saving is named, and an owner is asked; nothing is ever
 * routed around it.
 */

import type { Model } from '../../catalogue';
import type { PrivacyTier } from '../../task/task';
import { formatUsd } from '../../units';
import type { Finding, Option } from '../findings';
import type { ClassAtHand } from './class-at-hand';
import { type Baseline, savesEnough } from './options';
import { day } from './stability';

/** The part of a finding that says what holds it. */
export type Obstruction = Pick<Finding, 'heldBy' | 'escalation'>;

/** Holds a class for an owner, by the name of the rule. */
function askOwner(rule: NonNullable<Finding['escalation']>['rule'], detail: string): Obstruction {
  return { heldBy: { by: 'escalation', detail }, escalation: { rule, detail } };
}

/** A class on a model that will go must move whatever a comparison says: which way is the owner's choice. */
export function forcedMigration({ catalogue }: ClassAtHand, model: string): Obstruction | undefined {
  const status = catalogue.models.get(model)?.status;
  if (status?.kind === 'active') return undefined;
  const why =
    status === undefined
      ? 'is not in the catalogue any more'
      : status.kind === 'retired'
        ? 'is retired'
        : `is deprecated${status.retiresAt === undefined ? '' : ` and retires on ${day(status.retiresAt)}`}`;
  return askOwner('forced-migration', `Its model ${model} ${why}. The class must move, and an owner says where to.`);
}

/**
 * What stands between a class and every model that would save enough; empty when nothing does. Of several reasons, the one against
 * the largest saving counts; a model that may not have the class's content only where no other would save.
 */
export function obstructionOfSaving(at: ClassAtHand, baseline: Baseline, options: readonly Option[]): Obstruction {
  const savers = options
    .filter((option) => option.dropped !== undefined && savesEnough(option, at, baseline))
    .sort((a, b) => b.savingPerMonthNanoUsd - a.savingPerMonthNanoUsd);
  for (const option of savers) {
    const obstruction = ofEligible(option);
    if (obstruction !== undefined) return obstruction;
  }
  for (const option of savers) {
    const obstruction = ofContent(at, option);
    if (obstruction !== undefined) return obstruction;
  }
  return {};
}

function ofEligible({ model, savingPerMonthNanoUsd, dropped }: Option): Obstruction | undefined {
  const would = `${model} would save about ${formatUsd(savingPerMonthNanoUsd)} a month, but ${dropped?.detail}.`;
  switch (dropped?.reason) {
    case 'worse-on-the-logs':
      return askOwner('quality-against-cost', would);
    case 'too-slow':
      return askOwner('customer-visible-latency', would);
    case 'cooldown':
      return { heldBy: { by: 'cooldown', detail: would } };
    default:
      return undefined;
  }
}

/** Closed to all of the class, it is no alternative. Open to a part of it, splitting the class is a question for its owner. */
function ofContent({ catalogue, figures }: ClassAtHand, { model, savingPerMonthNanoUsd, dropped }: Option): Obstruction | undefined {
  const reason = dropped?.reason;
  if (reason !== 'privacy-tier' && reason !== 'residency') return undefined;
  const { closed, all, names } = closedContent(catalogue.models.get(model)!, figures.demands, reason);
  const kinds = names.join(', ');
  if (closed === all) {
    const detail = `All of its content is ${kinds}, and no model that would save is approved for that: ${model}, for one, is not.`;
    return { heldBy: { by: 'ineligible', detail } };
  }
  return askOwner(
    reason,
    `${model} would save about ${formatUsd(savingPerMonthNanoUsd)} a month, but is not approved for ${kinds} content, which is ${closed} of ${all} tasks of the class. The others could be a class of their own.`,
  );
}

/** Tasks of a class that a model is not approved for, of all that say; with the names of what it is not approved for. */
function closedContent(
  model: Model,
  { privacyTiers, residencies }: ClassAtHand['figures']['demands'],
  reason: 'privacy-tier' | 'residency',
): { readonly closed: number; readonly all: number; readonly names: readonly string[] } {
  const counts = Object.entries(reason === 'privacy-tier' ? privacyTiers : residencies);
  const isClosed = (name: string) =>
    reason === 'privacy-tier' ? !model.privacyTiers.includes(name as PrivacyTier) : name !== '' && !model.regions.includes(name);
  const shut = counts.filter(([name]) => isClosed(name));
  const sum = (entries: readonly (readonly [string, number])[]) => entries.reduce((total, [, count]) => total + count, 0);
  return { closed: sum(shut), all: sum(counts), names: shut.map(([name]) => name) };
}
