/**
 * Which classes could be served for less, and what that rests on. The same screen that a review begins with, by the same rules, on
 * the same figures: what is suggested here is what a review would try to prove.
 */

import type { Database } from '../../db/connect';
import { storedCatalogueFromJson } from '../../db/documents/catalogue-document';
import { policyFromJson } from '../../db/documents/policy-document';
import { loadCallTokens } from '../../db/queries/call-tokens';
import { resolvePeriod } from '../../db/queries/periods';
import { activeCatalogue, loadPolicy } from '../../db/queries/rules';
import { loadStability } from '../../db/queries/stability';
import { analyseWindow } from '../../db/rollups/analyse-window';
import type { Catalogue } from '../../routing/catalogue';
import type { Policy } from '../../routing/decision/policy';
import { RoutingError } from '../../routing/errors';
import type { Analysis, ClassFigures } from '../../routing/review/figures/figures';
import type { Finding, Option } from '../../routing/review/findings';
import { callTokensOf } from '../../routing/review/propose/call-tokens';
import { compareFindings, screenClass } from '../../routing/review/propose/propose';
import { type Belief, believeQuality } from '../../routing/review/propose/screen';
import { DAY_MS, HOUR_MS } from '../../routing/review/settings';
import type { NanoUsd } from '../../routing/units';

/** A model that could serve a class for less. */
export interface CheaperModel {
  readonly option: Option;
  /** What is believed of its quality on the class, and from how many graded answers. */
  readonly quality: Belief;
}

export interface Suggestion {
  /** The class, or the group that is reviewed as one. */
  readonly name: string;
  readonly finding: Finding;
  readonly baseline: { readonly model: string; readonly quality: Belief };
  /** Best first, at most two: what a review would try. */
  readonly models: readonly CheaperModel[];
  /** Of the best one. */
  readonly savingPerMonthNano: NanoUsd;
}

export interface Suggestions {
  /** [from, to) in milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly suggestions: readonly Suggestion[];
  /** Classes that were looked at and have none. */
  readonly others: number;
}

/** @throws {RoutingError} `no_active_policy` */
export async function suggestDowngrades(db: Database): Promise<Suggestions> {
  const { policy, catalogue } = await rulesInForce(db);
  const { now } = await resolvePeriod(db, { kind: 'day' }, 'UTC');
  const from = Math.floor((now - policy.review.screen.windowMs) / DAY_MS) * DAY_MS;
  const analysis = await analyseWindow(db, { from, to: Math.ceil(now / HOUR_MS) * HOUR_MS }, policy.review.groups);
  const found: Suggestion[] = [];
  for (const figures of analysis.classes) {
    const finding = await screen(db, { figures, analysis, policy, catalogue, now });
    const suggestion = suggestionOf(finding, figures, analysis, catalogue);
    if (suggestion !== undefined) found.push(suggestion);
  }
  const suggestions = found.sort((a, b) => compareFindings(a.finding, b.finding));
  return { from, to: now, suggestions, others: analysis.classes.length - suggestions.length };
}

/** The policy and the catalogue in force. */
export async function rulesInForce(db: Database): Promise<{ readonly policy: Policy; readonly catalogue: Catalogue }> {
  const [policy, stored] = await Promise.all([loadPolicy(db), activeCatalogue(db)]);
  if (policy === undefined || stored === undefined) {
    throw new RoutingError('no_active_policy', 'No rules are in force yet. Run "signalbox up", or "signalbox policy apply".');
  }
  return { policy: policyFromJson(policy.body), catalogue: storedCatalogueFromJson(stored.body).catalogue };
}

interface Screened {
  readonly figures: ClassFigures;
  readonly analysis: Analysis;
  readonly policy: Policy;
  readonly catalogue: Catalogue;
  readonly now: number;
}

async function screen(db: Database, { figures, analysis, policy, catalogue, now }: Screened): Promise<Finding> {
  const [stability, calls] = await Promise.all([loadStability(db, figures.classes, now), loadCallTokens(db, figures.classes, analysis)]);
  const tokens = callTokensOf(calls, catalogue);
  return screenClass({
    figures,
    family: analysis.classes,
    windowMs: analysis.to - analysis.from,
    ...(tokens === undefined ? {} : { tokens }),
    policy,
    settings: policy.review,
    catalogue,
    stability,
    replayLeftNanoUsd: policy.review.replay.capNanoUsd,
    now,
  });
}

/** Undefined: nothing cheaper is worth a try. A class that is held has its suggestion, with what holds it. */
function suggestionOf(finding: Finding, figures: ClassFigures, { classes }: Analysis, { models }: Catalogue): Suggestion | undefined {
  const { baseline, candidates, options } = finding;
  const believe = (model: string) => believeQuality(models.get(model) ?? { id: model, priorQuality: 0 }, figures, classes);
  const cheaper = candidates.flatMap(({ kind, model }): CheaperModel[] => {
    const option = options.find((each) => each.model === model);
    return kind === 'swap' && option !== undefined ? [{ option, quality: believe(model) }] : [];
  });
  const [best] = cheaper;
  if (baseline === undefined || best === undefined) return undefined;
  return {
    name: finding.name,
    finding,
    baseline: { model: baseline.model, quality: believe(baseline.model) },
    models: cheaper,
    savingPerMonthNano: best.option.savingPerMonthNanoUsd,
  };
}
