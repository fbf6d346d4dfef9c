/**
 * The models that exist, as routing sees them. The file a user edits is parsed in db/documents; this is what comes out.
 */

import type { Prices } from './money/price';
import type { Capability, PrivacyTier, TaskType } from './task/task';

/** How capable a model is, ascending. */
export const CAPABILITY_TIERS = ['SIMPLE', 'STANDARD', 'COMPLEX', 'REASONING'] as const;
export type CapabilityTier = (typeof CAPABILITY_TIERS)[number];

/** How dear a model is, ascending. */
export const COST_TIERS = ['budget', 'balanced', 'premium'] as const;
export type CostTier = (typeof COST_TIERS)[number];

export type ModelStatus =
  | { readonly kind: 'active' }
  /** Still called; `retiresAt` is an instant in UTC, in milliseconds since the epoch, or absent when none is announced. */
  | { readonly kind: 'deprecated'; readonly retiresAt?: number }
  | { readonly kind: 'retired' };

/** How long a model takes, for estimates until its own history says better. */
export interface LatencyProfile {
  readonly firstTokenMs: number;
  readonly msPerOutputToken: number;
}

/** One variant of one provider. */
export interface Model {
  /** `provider/model`, unique in the catalogue. */
  readonly id: string;
  /** Name of the provider entry in the catalogue, which says how it is called. */
  readonly provider: string;
  /** What the provider itself calls the model. */
  readonly providerModel: string;
  readonly displayName: string;
  /** Who made the model (`anthropic`, `meta`), whoever serves it; absent: known by its name, see routing/judging/family.ts. */
  readonly family?: string;
  readonly capabilityTier: CapabilityTier;
  readonly costTier: CostTier;
  /** 0 to 100; its 25th part is the prior rating of a model that nobody has rated. */
  readonly defaultPriority: number;
  readonly strengths: readonly TaskType[];
  readonly contextWindowTokens: number;
  readonly maxOutputTokens: number;
  readonly capabilities: readonly Capability[];
  /** Tiers it is approved for, each by name. */
  readonly privacyTiers: readonly PrivacyTier[];
  /** Regions it is approved for; a task with a residency goes only to a model that lists it. */
  readonly regions: readonly string[];
  readonly status: ModelStatus;
  /** Absent: unknown, never free. */
  readonly prices?: Prices;
  /** Calls to it are allowed though its price is unknown. */
  readonly allowUnknownPrice: boolean;
  readonly latency: LatencyProfile;
  /** Expected quality before any outcome is known, a fraction in [0, 1]. */
  readonly priorQuality: number;
  /** Expected ratio of answer tokens to the task's estimate; 1 unless the model is known to be terse or verbose. */
  readonly verbosity: number;
  /** Task queue share it runs in: calls go to the queue `model-<pool>`. */
  readonly pool: string;
  /** Text put before and after the task's prompt for this model, when it wants to be asked in its own way. */
  readonly promptTemplate?: { readonly prefix?: string; readonly suffix?: string; readonly system?: string };
}

/** Models by id; insertion order is the order of the file. */
export interface Catalogue {
  /** SHA-256 of the canonical JSON, in hexadecimal: names exactly this content. */
  readonly version: string;
  readonly models: ReadonlyMap<string, Model>;
  /** Model preferred by a task that names only a provider and has no other reason. */
  readonly defaultModels: ReadonlyMap<string, string>;
}

/** Place of a tier in the ascending order, 0 to 3. */
export function tierRank(tier: CapabilityTier): number {
  return CAPABILITY_TIERS.indexOf(tier);
}
