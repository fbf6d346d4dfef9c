/**
 * What recorded traffic would have cost otherwise, and what is known of how good it would have been.
 *
 * Calls are moved at the prices in force. Where a model may not serve a class, its calls stay where they are: privacy and residency
 * are not traded for money, in a thought experiment neither.
 */

import type { Database } from '../../db/connect';
import { didYouMean } from '../../db/documents/nearest-word';
import { loadTraffic, type Traffic, type TrafficCell } from '../../db/queries/cost-traffic';
import type { Period } from '../../db/queries/periods';
import { analyseWindow } from '../../db/rollups/analyse-window';
import type { Catalogue, Model } from '../../routing/catalogue';
import type { Policy } from '../../routing/decision/policy';
import { RoutingError } from '../../routing/errors';
import type { MoneyScope } from '../../routing/money/scope-text';
import { costElsewhere, priceBorders } from '../../routing/money/what-if';
import type { ClassFigures } from '../../routing/review/figures/figures';
import { obstacleToClass } from '../../routing/review/propose/eligible';
import { type Belief, believeQuality } from '../../routing/review/propose/screen';
import { HOUR_MS } from '../../routing/review/settings';
import type { NanoUsd } from '../../routing/units';
import { type MoneyAsked, moneyPeriod } from './spending';
import { rulesInForce } from './suggestions';

/** Another model for some classes, or for all. */
export interface Swap {
  readonly everything?: string;
  readonly classes: ReadonlyMap<string, string>;
}

/** What calls of one class would have cost. */
export interface ClassWhatIf {
  readonly name: string;
  readonly calls: number;
  readonly actualNano: NanoUsd;
  readonly whatIfNano: NanoUsd;
  /** The model that they would have gone to; absent: they stay where they are. */
  readonly model?: string;
  /** Why they stay, though they were to be moved. */
  readonly staysBecause?: string;
  /** What is known of the model on the class, and of the one that most calls went to. */
  readonly quality?: { readonly whatIf: Belief; readonly recorded: Belief };
}

export interface WhatIfReport {
  readonly period: Period;
  readonly scope: MoneyScope;
  /** Of the calls whose usage is known. */
  readonly calls: number;
  readonly actualNano: NanoUsd;
  readonly whatIfNano: NanoUsd;
  readonly unknown: Traffic['unknown'];
  /** Most spent first. */
  readonly classes: readonly ClassWhatIf[];
  readonly knownQuality: KnownQuality;
}

/** Of the calls, as shares that sum to 1: what is known of their quality. */
export interface KnownQuality {
  /** They stay on the model that made them. */
  readonly same: number;
  /** They move to a model with enough graded answers on their class. */
  readonly graded: number;
  /** They move, and nobody knows. */
  readonly unknown: number;
}

/** Graded answers of a model on a class from which its quality there counts as known, as where a review trusts its logs. */
export const GRADED_FROM = 30;

/** @throws {RoutingError} `unknown_model`, `bad_argument` for a model without a price */
export async function whatIfSwapped(db: Database, swap: Swap, asked: MoneyAsked): Promise<WhatIfReport> {
  const { period, scope } = await moneyPeriod(db, { ...asked, period: asked.period ?? { kind: 'month' } });
  const { policy, catalogue } = await rulesInForce(db);
  const named = [...new Set([...(swap.everything === undefined ? [] : [swap.everything]), ...swap.classes.values()])];
  const models = new Map(named.map((id) => [id, pricedModel(id, catalogue)]));
  const [traffic, figures] = await Promise.all([
    loadTraffic(db, { ...period, scope }, priceBorders([...models.values()])),
    classFigures(db, period),
  ]);
  const classes = [...Map.groupBy(traffic.cells, ({ taskClass }) => taskClass)].map(([name, cells]) => {
    const model = models.get(swap.classes.get(name) ?? swap.everything ?? '');
    return classWhatIf(name, cells, model, { figures, policy, catalogue, now: period.now });
  });
  return {
    period,
    scope,
    ...sumsOf(traffic.cells, classes),
    unknown: traffic.unknown,
    classes: classes.sort((a, b) => b.actualNano - a.actualNano),
    knownQuality: knownQualityOf(traffic.cells, classes, figures),
  };
}

/** Figures of every class in the hours that a period touches. */
export async function classFigures(db: Database, { from, to, now }: Period): Promise<readonly ClassFigures[]> {
  const window = { from: Math.floor(from / HOUR_MS) * HOUR_MS, to: Math.ceil(Math.min(to, now) / HOUR_MS) * HOUR_MS };
  return window.from < window.to ? (await analyseWindow(db, window, {})).classes : [];
}

/** @throws {RoutingError} `unknown_model`, `bad_argument` for a model without a price */
function pricedModel(id: string, { models }: Catalogue): Model {
  const model = models.get(id);
  if (model === undefined) {
    throw new RoutingError(
      'unknown_model',
      `There is no model "${id}".${didYouMean(id, models.keys()) || ' "signalbox models list" names all.'}`,
    );
  }
  if (model.prices !== undefined) return model;
  throw new RoutingError('bad_argument', `What calls cost on "${id}" is not known. Give it a price with "signalbox models update ${id}".`);
}

interface Known {
  readonly figures: readonly ClassFigures[];
  readonly policy: Policy;
  readonly catalogue: Catalogue;
  readonly now: number;
}

function classWhatIf(name: string, cells: readonly TrafficCell[], model: Model | undefined, known: Known): ClassWhatIf {
  const { figures, catalogue } = known;
  const calls = cells.reduce((sum, cell) => sum + cell.calls, 0);
  const actualNano = cells.reduce((sum, cell) => sum + cell.costNano, 0);
  const recorded = { name, calls, actualNano };
  if (model === undefined) return { ...recorded, whatIfNano: actualNano };
  const own = figures.find((each) => each.name === name);
  const obstacle = own && obstacleToServing(model, own, known);
  if (obstacle !== undefined) return { ...recorded, whatIfNano: actualNano, staysBecause: obstacle };
  const main = cells.reduce((a, b) => (b.calls > a.calls ? b : a)).model;
  const whatIfNano = cells.reduce((sum, cell) => {
    if (cell.model === model.id) return sum + cell.costNano;
    return sum + (costElsewhere(cell, model, catalogue.models.get(cell.model)?.verbosity ?? 1) ?? 0);
  }, 0);
  const believe = (id: string) => believeQuality(catalogue.models.get(id) ?? { id, priorQuality: 0 }, own!, figures);
  return {
    ...recorded,
    whatIfNano,
    model: model.id,
    ...(own === undefined ? {} : { quality: { recorded: believe(main), whatIf: believe(model.id) } }),
  };
}

/** Asked by the rule of reviews; of the class at hand it takes what a model may be given. */
function obstacleToServing(model: Model, figures: ClassFigures, { policy, catalogue, now }: Known): string | undefined {
  const stability = { changedAt: [], setbacks: {}, acceptedDeltas: [], leftRecently: [] };
  const at = { figures, family: [], windowMs: 0, policy, settings: policy.review, catalogue, stability, replayLeftNanoUsd: 0, now };
  const obstacle = obstacleToClass(model, at);
  return obstacle && `${obstacle.reason}: ${obstacle.detail}`;
}

function sumsOf(cells: readonly TrafficCell[], classes: readonly ClassWhatIf[]) {
  return {
    calls: cells.reduce((sum, { calls }) => sum + calls, 0),
    actualNano: classes.reduce((sum, { actualNano }) => sum + actualNano, 0),
    whatIfNano: classes.reduce((sum, { whatIfNano }) => sum + whatIfNano, 0),
  };
}

function knownQualityOf(cells: readonly TrafficCell[], classes: readonly ClassWhatIf[], figures: readonly ClassFigures[]): KnownQuality {
  const modelOf = new Map(classes.map(({ name, model }) => [name, model]));
  return shareOut(
    cells.map(({ taskClass, model, calls }) => ({ taskClass, from: model, to: modelOf.get(taskClass) ?? model, calls })),
    figures,
  );
}

/** Calls of a class that would have gone from one model to another. */
export interface MovedCalls {
  readonly taskClass: string;
  readonly from: string;
  readonly to: string;
  readonly calls: number;
}

/** All zeros when there are no calls. */
export function shareOut(moved: readonly MovedCalls[], figures: readonly ClassFigures[]): KnownQuality {
  const byClass = new Map(figures.map((each) => [each.name, each]));
  const sums = { same: 0, graded: 0, unknown: 0 };
  for (const { taskClass, from, to, calls } of moved) {
    const graded = byClass.get(taskClass)?.models.find(({ model }) => model === to)?.graded ?? 0;
    sums[from === to ? 'same' : graded >= GRADED_FROM ? 'graded' : 'unknown'] += calls;
  }
  const total = sums.same + sums.graded + sums.unknown;
  return total === 0 ? sums : { same: sums.same / total, graded: sums.graded / total, unknown: sums.unknown / total };
}
