/**
 * One review of all classes of a simulated world, by the functions that the activities call, in the order in which the workflow
 * calls them; rows are objects here, and answers are drawn.
 */

import { DEFAULT_POLICY, type Policy } from '../../../routing/decision/policy';
import type { ClassFigures } from '../../../routing/review/figures/figures';
import type { Candidate, Finding } from '../../../routing/review/findings';
import { testedLoss } from '../../../routing/review/propose/hold';
import { compareFindings, screenClass } from '../../../routing/review/propose/propose';
import { comparePass } from '../../../routing/review/prove/compare';
import { concludeProposals } from '../../../routing/review/prove/conclude';
import type { Comparison } from '../../../routing/review/prove/evidence';
import { nextPass } from '../../../routing/review/prove/next-pass';
import { rolloutPlanOf } from '../../../routing/review/report/plan';
import type { RolloutPlan } from '../../../routing/review/rollout/rollout-plan';
import { drawPass } from '../../../routing/review/sample/sample-plan';
import { sampleSize, withinLimits } from '../../../routing/review/sample/sample-size';
import type { FrameCell } from '../../../routing/review/sample/strata';
import { DAY_MS, type ReviewSettings } from '../../../routing/review/settings';
import type { Random } from '../draw';
import { addSetback, type ClassState, stabilityOf } from './history';
import { classFigures, instantOf, sum, type Weather } from './logs';
import { CALL_TOKENS, CATALOGUE } from './models';
import { cellsDrawn, frameOf, replay } from './replaying';
import { TOLERANCE } from './truth';

/** A proposal that passed, and so is approved. */
export interface Approval {
  readonly state: ClassState;
  readonly candidate: string;
  readonly plan: RolloutPlan;
  readonly comparison: Comparison;
}

export interface ReviewResult {
  readonly approvals: readonly Approval[];
  /** Every pass that was judged, with the class it is of. */
  readonly judged: readonly { readonly state: ClassState; readonly comparison: Comparison }[];
  /** Nano-USD of all replays, by class. */
  readonly spent: ReadonlyMap<ClassState, number>;
  /** Candidates that something was replayed on. */
  readonly replayed: readonly { readonly state: ClassState; readonly candidate: string }[];
  /** Days until its verdicts. */
  readonly days: number;
}

/** What one class's proposal has come to. */
interface Proof {
  readonly id: string;
  readonly state: ClassState;
  readonly classes: readonly string[];
  readonly finding: Finding;
  readonly figures: ClassFigures;
  candidate: Candidate;
  readonly comparisons: Comparison[];
  readonly used: FrameCell[];
  spent: number;
  pairs: number;
}

export function review(
  states: readonly ClassState[],
  settings: ReviewSettings,
  weather: Weather,
  today: number,
  random: Random,
): ReviewResult {
  const seed = `review ${random()}`;
  const family = states.map(({ world, log }) => classFigures(world, log, today, random));
  const policy = policyOf(states);
  const found = states.flatMap((state, index) => {
    const figures = family[index]!;
    if (figures.tasks === 0) return [];
    const { inputTokens, outputTokens } = CALL_TOKENS;
    const { length } = state.world;
    const finding = screenClass({
      ...{ figures, family, windowMs: settings.screen.windowMs, policy, settings, catalogue: CATALOGUE },
      tokens: { inputTokens: inputTokens * length, outputTokens: outputTokens * length },
      stability: stabilityOf(state, today),
      replayLeftNanoUsd: settings.replay.capNanoUsd,
      now: instantOf(today),
    });
    const [candidate] = finding.candidates;
    if (candidate === undefined || finding.heldBy !== undefined) return [];
    const { name } = state.world;
    const proof: Proof = { id: name, state, classes: [name], finding, figures, candidate, comparisons: [], used: [], spent: 0, pairs: 0 };
    return [proof];
  });
  const proofs = found.sort((a, b) => compareFindings(a.finding, b.finding));
  const spacing = (settings.replay.blocks * settings.replay.blockSpacingMs) / DAY_MS;
  let passes = 0;
  for (const proof of proofs) {
    for (const pass of [1, 2] as const) {
      const left = settings.replay.capNanoUsd - sum(proofs, ({ spent }) => spent);
      const day = today + Math.floor((pass - 1) * spacing);
      if (!prove(proof, pass, { settings, weather, left, day, seed }, random)) break;
      passes = Math.max(passes, pass);
      if (nextOf(proof, settings) === 'conclude') break;
    }
  }
  const conclusions = concludeProposals(
    proofs.map(({ candidate, ...proof }) => ({ ...proof, candidate: candidate.model })),
    settings.proof,
  );
  const approvals = proofs.flatMap((proof): Approval[] => {
    const { id, state, finding, comparisons, candidate } = proof;
    if (conclusions.get(id)?.kind === 'pass') {
      const comparison = comparisons.at(-1)!;
      return [{ state, candidate: candidate.model, plan: rolloutPlanOf(finding, comparison, settings), comparison }];
    }
    const unproved = comparisons.filter(({ verdict }) => verdict === 'FAIL' || verdict === 'INCONCLUSIVE');
    for (const model of new Set(unproved.map((each) => each.candidate))) addSetback(state, model, today);
    return [];
  });
  return {
    approvals,
    judged: proofs.flatMap(({ state, comparisons }) => comparisons.map((comparison) => ({ state, comparison }))),
    spent: new Map(proofs.map(({ state, spent }) => [state, spent])),
    replayed: proofs.flatMap(({ state, comparisons }) => comparisons.map(({ candidate }) => ({ state, candidate }))),
    days: Math.ceil(passes * spacing),
  };
}

interface PassTerms {
  readonly settings: ReviewSettings;
  readonly weather: Weather;
  readonly left: number;
  readonly day: number;
  readonly seed: string;
}

/** Draws, replays and judges a pass, as draw-sample.ts and decide-pass.ts do; false when it is held instead. */
function prove(proof: Proof, pass: 1 | 2, { settings, weather, left, day, seed }: PassTerms, random: Random): boolean {
  const { state, finding, figures, comparisons } = proof;
  const last = comparisons.at(-1);
  const other = finding.candidates.find(({ model }) => model !== proof.candidate.model);
  if (last !== undefined && nextOf(proof, settings) === 'adjust') proof.candidate = other!;
  const { candidate } = proof;
  const limits = finding.limits!;
  const baseline = finding.baseline!.model;
  const loss = testedLoss(candidate, limits);
  const planned = sampleSize(loss, settings);
  const isExtended = last?.candidate === candidate.model;
  const wanted = isExtended ? withinLimits(Math.max(last!.pairsNeeded, proof.pairs), settings.replay) : planned.wanted;
  const costOn = (model: string) => finding.options.find((option) => option.model === model)!.costPerTaskNanoUsd;
  const perCell = Math.ceil(settings.replay.maxPairs * (1 + settings.replay.sentinelShare));
  const frame = frameOf(figures.tasks, proof.used, perCell, `${proof.id}/${pass}`, random);
  const drawn = drawPass(frame, {
    ...{ pass, seed, candidate, loss, size: { wanted, needed: planned.needed }, replay: settings.replay },
    spend: {
      costs: { baseline: costOn(baseline), candidate: costOn(candidate.model) },
      ...{ spentNanoUsd: proof.spent, leftNanoUsd: left, replay: settings.replay },
    },
  });
  if (drawn.kind === 'held') return false;
  const pairs = replay(
    drawn.tasks,
    frame,
    { world: state.world, weather, pass, baseline, candidate: candidate.model, day, spacingMs: settings.replay.blockSpacingMs },
    random,
  );
  proof.used.push(...cellsDrawn(drawn.tasks, frame));
  proof.spent += sum(pairs, (pair) => pair.baseline.costNanoUsd + pair.candidate.costNanoUsd);
  proof.pairs = drawn.plan.pairs;
  comparisons.push(
    comparePass({
      ...{ pass, baseline, candidate: candidate.model, kind: candidate.kind, pairs, strata: drawn.plan.strata, earlier: comparisons },
      ...limits,
      proof: settings.proof,
      ...(candidate.maxP === undefined ? {} : { maxP: candidate.maxP }),
      planned: settings.replay,
      seed: `${seed}/${proof.id}`,
    }),
  );
  return true;
}

function nextOf({ comparisons, finding: { candidates } }: Proof, { replay: { maxPasses }, proof: { alpha } }: ReviewSettings) {
  const last = comparisons.at(-1)!;
  return nextPass(last, { maxPasses, alpha, hasSecondCandidate: candidates.some(({ model }) => model !== last.candidate) });
}

function policyOf(states: readonly ClassState[]): Policy {
  const classes = states.map(({ world: { name, floor }, route }) => [
    name,
    { tolerance: TOLERANCE, ...(floor === null ? {} : { floor }), route: { kind: 'model' as const, model: route, fallbacks: [] } },
  ]);
  return { ...DEFAULT_POLICY, version: 1, classes: Object.fromEntries(classes) as Policy['classes'] };
}
