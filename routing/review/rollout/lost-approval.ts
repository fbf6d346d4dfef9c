/** Whether a model may still serve what it was approved to serve. Asked before each weight, because a catalogue can change. */

import type { PrivacyTier } from '../../task/task';
import type { ClassDemands } from '../figures/figures';

/** What the catalogue approves a model for. */
export interface ModelApproval {
  readonly status: string;
  readonly privacyTiers: readonly string[];
  readonly regions: readonly string[];
}

/**
 * What the class needs and the model has lost since, as a sentence; undefined when it has lost nothing of that.
 *
 * Where it is not known what the class needs, everything that the model was approved for counts as needed: fails closed.
 *
 * @param then what the catalogue of the review approved it for; null: it is not known, and then everything needed must be there now
 * @param now  what the catalogue in force approves it for; null: the model is not in it
 */
export function lostApproval(
  model: string,
  demands: Pick<ClassDemands, 'privacyTiers' | 'residencies'> | null,
  then: ModelApproval | null,
  now: ModelApproval | null,
): string | undefined {
  if (now === null) return `${model} is no longer in the catalogue.`;
  if (now.status === 'retired') return `${model} is retired.`;
  const lost = (needed: readonly string[] | undefined, had: readonly string[] | undefined, has: readonly string[]) =>
    (needed ?? had ?? []).filter((each) => (had?.includes(each) ?? true) && !has.includes(each));
  const tiers = lost(demands === null ? undefined : neededTiers(demands), then?.privacyTiers, now.privacyTiers);
  if (tiers.length > 0) return `${model} is no longer approved for ${tiers.join(', ')} tasks, which the class has.`;
  const regions = lost(demands === null ? undefined : neededRegions(demands), then?.regions, now.regions);
  if (regions.length > 0) return `${model} is no longer approved for ${regions.join(', ')}, where tasks of the class must stay.`;
  return undefined;
}

function neededTiers({ privacyTiers }: Pick<ClassDemands, 'privacyTiers'>): readonly string[] {
  return (Object.keys(privacyTiers) as PrivacyTier[]).filter((tier) => (privacyTiers[tier] ?? 0) > 0);
}

/** The empty name is "anywhere". */
function neededRegions({ residencies }: Pick<ClassDemands, 'residencies'>): readonly string[] {
  return Object.keys(residencies).filter((region) => region !== '' && (residencies[region] ?? 0) > 0);
}
