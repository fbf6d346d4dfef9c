/**
 * Reads policy.yaml into a policy. Either all of it is right for the catalogue, or every problem is named.
 */

import { modelOfCheck } from '../../routing/cascade/check';
import type { Catalogue } from '../../routing/catalogue';
import { type ClassPolicy, DEFAULT_POLICY, type LearningParameters, type Policy, type Route } from '../../routing/decision/policy';
import { COMPLEXITIES, TASK_TYPES } from '../../routing/task/task';
import { usdToNano } from '../../routing/units';
import { buildReviewSettings } from './build-review-settings';
import { findCascadeContradictions } from './cascade-contradictions';
import { buildCascade } from './cascade-yaml';
import { learningOf } from './catalogue-file';
import { CLASS_NAME, CLASS_NAME_RULE } from './class-name';
import { findJudgeContradictions } from './judge-contradictions';
import { didYouMean } from './nearest-word';
import { type ClassYaml, type PolicyYaml, policyYaml } from './policy-yaml';
import { type DocumentPath, type Problem, sortProblems } from './problem';
import { readDocument } from './read-document';
import { findReviewContradictions } from './review-contradictions';
import { findTrialCheckContradictions } from './trial-check-contradictions';
import { readYaml, type YamlSource } from './yaml-source';

export type ParsedPolicyFile = { readonly ok: Policy } | { readonly problems: readonly Problem[] };

/**
 * Reads policy.yaml.
 *
 * @param text      the file's content
 * @param fileName  how problems name the file
 * @param catalogue the models that it may name
 * @param learning  learning parameters where the file gives none: the `ewma` of signalbox.yaml
 * @returns the policy with version 0, or every problem in the order of the file; never throws
 */
export function parsePolicyFile(
  text: string,
  fileName: string,
  catalogue: Catalogue,
  learning: LearningParameters = DEFAULT_POLICY.learning,
): ParsedPolicyFile {
  const source = readYaml(text, fileName);
  const { document, problems } = readDocument(policyYaml, source);
  if (document === undefined) return { problems: sortProblems(problems) };
  const policy = buildPolicy(document, learning);
  const reviewProblems = [
    ...findReviewContradictions(policy.review, Object.keys(policy.classes)),
    ...findJudgeContradictions(policy, catalogue),
    ...findTrialCheckContradictions(policy.review, catalogue),
  ];
  const all = [
    ...problems,
    ...classProblems(document, policy, catalogue, source),
    ...limitProblems(policy, source),
    ...reviewProblems.map(({ path, message, place }) => source.at(['review', ...path], message, place)),
  ];
  return all.length > 0 ? { problems: sortProblems(all) } : { ok: policy };
}

function buildPolicy(document: PolicyYaml, learning: LearningParameters): Policy {
  const defaultTolerance = document.default_tolerance ?? DEFAULT_POLICY.defaultTolerance;
  const { weights = {}, premium = {}, attempts = {}, cool_down: coolDown = {}, constraints = {} } = document;
  const maxCost = constraints.max_cost_per_call_usd;
  const base = DEFAULT_POLICY;
  return {
    version: 0,
    classes: Object.fromEntries(Object.entries(document.classes ?? {}).map(([name, entry]) => [name, buildClass(entry, defaultTolerance)])),
    defaultTolerance,
    weights: {
      capability: weights.capability ?? base.weights.capability,
      cost: weights.cost ?? base.weights.cost,
      quality: weights.quality ?? base.weights.quality,
      latency: weights.latency ?? base.weights.latency,
      historical: weights.historical ?? base.weights.historical,
    },
    learning: learningOf(document.ewma, learning),
    premium: {
      claimPercentile: premium.claim_percentile ?? base.premium.claimPercentile,
      claimPriority: premium.claim_priority ?? base.premium.claimPriority,
      closedPercentile: premium.closed_percentile ?? base.premium.closedPercentile,
      openPriority: premium.open_priority ?? base.premium.openPriority,
    },
    attempts: {
      maxModels: attempts.max_models ?? base.attempts.maxModels,
      triesPerModel: attempts.tries_per_model ?? base.attempts.triesPerModel,
      maxAttempts: attempts.max_attempts ?? base.attempts.maxAttempts,
      maxTaskMs: milliseconds(attempts.max_task_seconds) ?? base.attempts.maxTaskMs,
      maxCallMs: milliseconds(attempts.max_call_seconds) ?? base.attempts.maxCallMs,
      maxWaitMs: milliseconds(attempts.max_wait_seconds) ?? base.attempts.maxWaitMs,
      backoffMs: attempts.backoff_ms ?? base.attempts.backoffMs,
    },
    coolDown: {
      failures: coolDown.failures ?? base.coolDown.failures,
      baseMs: milliseconds(coolDown.base_seconds) ?? base.coolDown.baseMs,
      maxMs: milliseconds(coolDown.max_seconds) ?? base.coolDown.maxMs,
    },
    constraints: {
      ...(maxCost !== undefined && { maxCostPerCallNanoUsd: usdToNano(maxCost) }),
      defaultMaxOutputTokens: constraints.default_max_output_tokens ?? base.constraints.defaultMaxOutputTokens,
    },
    review: buildReviewSettings(document.review),
  };
}

function buildClass({ route, approved, tolerance, floor }: ClassYaml, defaultTolerance: number): ClassPolicy {
  return {
    ...(route !== undefined && routeOf(route)),
    ...(approved !== undefined && { approved }),
    tolerance: tolerance ?? defaultTolerance,
    ...(floor !== undefined && { floor }),
  };
}

/** The route that was written; none where it names neither a model nor steps, which is a problem of its own. */
function routeOf({ model, fallbacks, cascade, stream }: NonNullable<ClassYaml['route']>): { readonly route?: Route } {
  if (cascade !== undefined) return { route: buildCascade(cascade, stream) };
  return model === undefined ? {} : { route: { kind: 'model', model, fallbacks: fallbacks ?? [] } };
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.max(1, Math.round(seconds * 1000));
}

function classProblems(document: PolicyYaml, policy: Policy, catalogue: Catalogue, source: YamlSource): Problem[] {
  const problems: Problem[] = [];
  for (const [name, { route, approved }] of Object.entries(document.classes ?? {})) {
    const path: DocumentPath = ['classes', name];
    const nameProblem = problemOfClassName(name);
    if (nameProblem !== undefined) problems.push(source.at(path, nameProblem, 'key'));

    const checkModel = (modelPath: DocumentPath, id: string) => {
      const model = catalogue.models.get(id);
      if (model === undefined) {
        const nearest = didYouMean(id, catalogue.models.keys());
        problems.push(source.at(modelPath, `"${id}" is not in the catalogue.${nearest || ' Add it to signalbox.yaml, or name another.'}`));
      } else if (model.status.kind === 'retired') {
        problems.push(source.at(modelPath, `"${id}" is retired and is never called. Name another model.`));
      }
    };
    const checkApproved = (modelPath: DocumentPath, id: string) => {
      if (approved !== undefined && !approved.includes(id)) {
        problems.push(
          source.at(
            modelPath,
            `"${id}" is not in the "approved" list of the class, so it would never be called. Add it there, or name another.`,
          ),
        );
      }
    };

    for (const [index, id] of (approved ?? []).entries()) {
      checkModel([...path, 'approved', index], id);
      if (approved!.indexOf(id) < index) problems.push(source.at([...path, 'approved', index], `"${id}" is here twice. Keep one.`));
    }
    if (route === undefined) continue;
    problems.push(...kindProblems(route).map((message) => source.at([...path, 'route'], message)));
    const built = policy.classes[name]?.route;
    if (built?.kind === 'cascade') {
      const contradictions = findCascadeContradictions(built, policy.attempts);
      problems.push(...contradictions.map((each) => source.at([...path, 'route', ...each.path], each.message)));
      for (const [index, { model, check }] of built.steps.entries()) {
        const stepPath = [...path, 'route', 'cascade', index];
        checkModel([...stepPath, 'model'], model);
        checkApproved([...stepPath, 'model'], model);
        const asked = modelOfCheck(check, model);
        if (asked !== undefined && asked !== model) checkModel([...stepPath, 'check', 'model'], asked);
      }
    }
    if (route.model === undefined) continue;
    checkModel([...path, 'route', 'model'], route.model);
    checkApproved([...path, 'route', 'model'], route.model);
    for (const [index, id] of (route.fallbacks ?? []).entries()) {
      const fallbackPath = [...path, 'route', 'fallbacks', index];
      checkModel(fallbackPath, id);
      checkApproved(fallbackPath, id);
      if (id === route.model)
        problems.push(source.at(fallbackPath, `"${id}" is the model of the route and cannot be its own fallback. Remove it.`));
      if (route.fallbacks!.indexOf(id) < index) problems.push(source.at(fallbackPath, `"${id}" is here twice. Keep one.`));
    }
  }
  return problems;
}

/** A route is one model with fallbacks, or steps. */
function kindProblems({ model, fallbacks, cascade, stream }: NonNullable<ClassYaml['route']>): string[] {
  if (model === undefined && cascade === undefined)
    return ['A route needs a "model", or the steps of a "cascade". Give it one of the two.'];
  if (cascade === undefined) return stream === undefined ? [] : ['"stream" belongs to a "cascade". Remove it, or give the route steps.'];
  if (model === undefined && fallbacks === undefined) return [];
  return ['A route has either a "model" with "fallbacks" or a "cascade". Keep one: a step that fails is followed by the next.'];
}

/** A class may have any name; one that looks like `type/complexity` and is not quite is a mistake that would never match. */
function problemOfClassName(name: string): string | undefined {
  if (!CLASS_NAME.test(name)) return CLASS_NAME_RULE;
  const [type = '', complexity = '', ...more] = name.split('/');
  const types: readonly string[] = TASK_TYPES;
  const complexities: readonly string[] = COMPLEXITIES;
  if (more.length > 0 || types.includes(type) === complexities.includes(complexity)) return undefined;
  const nearest = types.includes(type)
    ? didYouMean(
        name,
        complexities.map((known) => `${type}/${known}`),
      )
    : didYouMean(
        name,
        types.map((known) => `${known}/${complexity}`),
      );
  return nearest === '' ? undefined : `No task is classified as "${name}".${nearest}`;
}

/** Limits that cannot hold together, defaults included: a file that changes one of them must not silently break another. */
function limitProblems(policy: Policy, source: YamlSource): Problem[] {
  const { attempts, coolDown, premium, weights } = policy;
  const rules: readonly (readonly [broken: boolean, path: DocumentPath, message: string])[] = [
    [
      Object.values(weights).every((weight) => weight === 0),
      ['weights'],
      'All weights are 0, so nothing would tell models apart. Give at least one above 0.',
    ],
    [
      attempts.maxAttempts < attempts.maxModels,
      ['attempts', 'max_attempts'],
      `${attempts.maxAttempts} attempts do not reach all ${attempts.maxModels} models of a chain. Raise it, or lower "max_models".`,
    ],
    [
      attempts.maxCallMs > attempts.maxTaskMs,
      ['attempts', 'max_call_seconds'],
      `One call may take ${attempts.maxCallMs / 1000} s and the whole task only ${attempts.maxTaskMs / 1000} s. Lower it, or raise "max_task_seconds".`,
    ],
    [
      attempts.maxWaitMs > attempts.maxTaskMs,
      ['attempts', 'max_wait_seconds'],
      `One wait may take ${attempts.maxWaitMs / 1000} s and the whole task only ${attempts.maxTaskMs / 1000} s. Lower it, or raise "max_task_seconds".`,
    ],
    [
      attempts.backoffMs > attempts.maxWaitMs,
      ['attempts', 'backoff_ms'],
      `The first wait of ${attempts.backoffMs} ms is longer than the longest of ${attempts.maxWaitMs} ms. Lower it, or raise "max_wait_seconds".`,
    ],
    [
      coolDown.baseMs > coolDown.maxMs,
      ['cool_down', 'base_seconds'],
      `The first cool-down of ${coolDown.baseMs / 1000} s is longer than the longest of ${coolDown.maxMs / 1000} s. Lower it, or raise "max_seconds".`,
    ],
    [
      premium.closedPercentile > premium.claimPercentile,
      ['premium', 'closed_percentile'],
      `Percentile ${premium.closedPercentile} is closed to premium models and ${premium.claimPercentile} may claim one. Lower it, or raise "claim_percentile".`,
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, path, message]) => source.at(path, message));
}
