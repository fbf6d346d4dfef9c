/** Figures of a class for tests of the screen: a class of ordinary tasks, and models whose answers were mostly good. */

import type { Model } from '../../routing/catalogue';
import { DEFAULT_POLICY, type Policy } from '../../routing/decision/policy';
import type { Amounts, ClassFigures, ModelFigures } from '../../routing/review/figures/figures';
import type { Stability } from '../../routing/review/findings';
import type { ClassAtHand } from '../../routing/review/propose/class-at-hand';
import { DAY_MS, DEFAULT_REVIEW_SETTINGS } from '../../routing/review/settings';
import { catalogueOf } from './catalogue';

export const NOW = Date.UTC(2026, 10, 21);

/** A class that was never changed and never turned anything down. */
export const STABLE: Stability = { changedAt: [], setbacks: {}, acceptedDeltas: [], leftRecently: [] };

export function amounts(count: number, mean: number): Amounts {
  return { count, mean, sd: mean / 2, p50: mean, p95: 2 * mean };
}

/** A model that served some tasks, all of them graded 0 or 1. */
export function served(model: string, tasks: number, good: number, changes: Partial<ModelFigures> = {}): ModelFigures {
  return {
    model,
    tasks,
    completed: tasks,
    failed: 0,
    retried: 0,
    graded: tasks,
    scoreSum: good,
    scoreSquareSum: good,
    good,
    isBinary: true,
    rated: 0,
    ratingSum: 0,
    cost: amounts(tasks, 10_000_000),
    latencyMs: amounts(tasks, 1_000),
    ...changes,
  };
}

/** A class that was served by these models, the first one most. */
export function classOf(name: string, models: readonly ModelFigures[], changes: Partial<ClassFigures> = {}): ClassFigures {
  const tasks = models.reduce((sum, each) => sum + each.tasks, 0);
  return {
    name,
    classes: [name],
    tasks,
    refused: 0,
    demands: {
      privacyTiers: { internal: tasks },
      residencies: { '': tasks },
      capabilities: [],
      maxInputTokens: 2_000,
      maxOutputTokens: 1_000,
    },
    models,
    activeDays: 28,
    costNanoUsd: models.reduce((sum, { cost }) => sum + cost.count * cost.mean, 0),
    ...changes,
  };
}

export interface AtHand extends Partial<Omit<ClassAtHand, 'catalogue' | 'policy'>> {
  readonly figures: ClassFigures;
  readonly models: readonly Model[];
  readonly policy?: Partial<Policy>;
}

/** The class with a month's window, the default settings, room to spend, and calls of 1,000 tokens in and 500 out. */
export function atHand({ models, policy, ...given }: AtHand): ClassAtHand {
  return {
    family: [given.figures],
    windowMs: 28 * DAY_MS,
    tokens: { inputTokens: 1_000, outputTokens: 500 },
    policy: { ...DEFAULT_POLICY, version: 1, ...policy },
    settings: DEFAULT_REVIEW_SETTINGS,
    catalogue: catalogueOf(models),
    stability: STABLE,
    replayLeftNanoUsd: 25_000_000_000,
    now: NOW,
    ...given,
  };
}
