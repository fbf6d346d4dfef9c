/**
 * A whole review of a window as a dialogue: it says which replays it wants, is told what they gave, and ends with what it makes of every
 * class. The durable review keeps each step in a row and asks the same functions in the same order; this one needs no servers.
 */

import type { Catalogue } from '../catalogue';
import type { Policy } from '../decision/policy';
import type { NanoUsd } from '../units';
import type { Analysis, ClassFigures } from './figures/figures';
import type { Candidate, Finding, SamplePlan, Stability } from './findings';
import type { CallTokens } from './propose/call-tokens';
import type { Hold } from './propose/hold';
import { compareFindings, screenClass } from './propose/propose';
import { type Conclusion, concludeProposals } from './prove/conclude';
import type { Comparison, Pair } from './prove/evidence';
import { judgePass, passAfter, passProof } from './prove/pass';
import { obstacleTo } from './report/checks';
import { drawPass, type Frame, type SampledTask } from './sample/sample-plan';
import type { ReviewSettings } from './settings';

/** What a review is made of. */
export interface ReviewGrounds {
  readonly analysis: Analysis;
  /** The policy that it would change, and the settings that it is made by. */
  readonly policy: Policy;
  readonly settings: ReviewSettings;
  readonly catalogue: Catalogue;
  /** Providers that can be called; absent: all. */
  readonly configuredProviders?: ReadonlySet<string>;
  /** Fixes every draw: the same grounds, seed and answers give the same review. */
  readonly seed: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What a call of a class needs; undefined where no call of it is known. */
  readonly tokensOf: (figures: ClassFigures) => CallTokens | undefined;
  readonly stabilityOf: (figures: ClassFigures) => Stability;
  readonly frameOf: (wanted: WantedFrame) => Frame;
}

/** The tasks of a class that a pass may draw from are asked for when they are needed. */
export interface WantedFrame {
  readonly figures: ClassFigures;
  readonly pass: 1 | 2;
  /** Tasks that an earlier pass drew: the frame is without them. */
  readonly drawnBefore: readonly SampledTask[];
}

/** Replays that are asked for: every task on both models. */
export interface WantedReplays {
  /** The class or the group, and its classes. */
  readonly name: string;
  readonly classes: readonly string[];
  readonly pass: 1 | 2;
  /** Catalogue ids. */
  readonly baseline: string;
  readonly candidate: string;
  readonly sample: SamplePlan;
  /** In the order in which to replay them. */
  readonly tasks: readonly SampledTask[];
  readonly frame: Frame;
}

/** A pass with its answers. */
export interface ReplayedPass extends Omit<WantedReplays, 'name' | 'classes' | 'frame'> {
  readonly pairs: readonly Pair[];
}

/** What a review makes of a class. */
export interface ReviewedClass {
  readonly name: string;
  readonly figures: ClassFigures;
  readonly finding: Finding;
  readonly stability: Stability;
  /** Of the last pass, or of the one that would be the first; absent: nothing is proposed. */
  readonly candidate?: Candidate;
  readonly passes: readonly ReplayedPass[];
  /** Plans of the passes that were drawn; one more than passes where nothing answered. */
  readonly samples: readonly SamplePlan[];
  readonly comparisons: readonly Comparison[];
  /** Present once something was compared. */
  readonly conclusion?: Conclusion;
  /** Why it is not put before anybody. Absent with a candidate: it passed. */
  readonly heldBy?: Hold;
}

/** What was said of a class whose replays nobody made. */
const NOT_REPLAYED = 'Nothing was replayed, and without a replay nothing is proved.';

/**
 * Reviews every class of an analysis.
 *
 * @yields what is to be replayed, one pass of one class at a time; answer with its pairs, or with undefined when it cannot be replayed
 * @returns every class, in the order of the analysis
 */
export function* reviewClasses(grounds: ReviewGrounds): Generator<WantedReplays, readonly ReviewedClass[], readonly Pair[] | undefined> {
  const screened = grounds.analysis.classes.map((figures) => screen(grounds, figures));
  const worthwhile = screened
    .filter(({ finding: { candidates, heldBy } }) => candidates.length > 0 && heldBy === undefined)
    .sort((a, b) => compareFindings(a.finding, b.finding));
  for (const proof of worthwhile) {
    for (const pass of [1, 2] as const) {
      const isJudged = yield* prove(grounds, proof, pass, leftOf(grounds.settings, worthwhile));
      if (!isJudged || passAfter(proof.finding, proof.comparisons.at(-1)!, grounds.settings) === 'conclude') break;
    }
  }
  const conclusions = concludeProposals(
    worthwhile.map(({ name, figures: { classes }, candidate, ...proof }) => ({
      ...{ id: name, classes, candidate: candidate?.model ?? null },
      ...proof,
    })),
    grounds.settings.proof,
  );
  return screened.map((proof) => reviewed(proof, conclusions.get(proof.name), grounds.catalogue));
}

/** A class on its way through the review. */
interface Proof {
  readonly name: string;
  readonly figures: ClassFigures;
  readonly finding: Finding;
  readonly stability: Stability;
  candidate: Candidate | undefined;
  readonly passes: ReplayedPass[];
  readonly samples: SamplePlan[];
  readonly comparisons: Comparison[];
  heldBy: Hold | undefined;
}

function screen(grounds: ReviewGrounds, figures: ClassFigures): Proof {
  const { analysis, policy, settings, catalogue, configuredProviders, now } = grounds;
  const tokens = grounds.tokensOf(figures);
  const stability = grounds.stabilityOf(figures);
  const finding = screenClass({
    ...{ figures, policy, settings, catalogue, stability, now },
    family: analysis.classes,
    windowMs: analysis.to - analysis.from,
    ...(tokens === undefined ? {} : { tokens }),
    ...(configuredProviders === undefined ? {} : { configuredProviders }),
    replayLeftNanoUsd: settings.replay.capNanoUsd,
  });
  const begun = { name: figures.name, figures, finding, stability, passes: [], samples: [], comparisons: [] };
  return { ...begun, candidate: finding.candidates[0], heldBy: finding.heldBy };
}

/** Draws, asks for and judges a pass; false when it is held instead. */
function* prove(
  { settings, seed, frameOf }: ReviewGrounds,
  proof: Proof,
  pass: 1 | 2,
  leftNanoUsd: NanoUsd,
): Generator<WantedReplays, boolean, readonly Pair[] | undefined> {
  const { name, figures, passes, samples, comparisons } = proof;
  const proven = passProof(proof, pass, figures, settings);
  if (proven === undefined) return false;
  const { baseline, costs, ...request } = proven;
  const { replay } = settings;
  const frame = frameOf({ figures, pass, drawnBefore: passes.flatMap(({ tasks }) => tasks) });
  const spend = { costs, spentNanoUsd: costOf(proof), leftNanoUsd, replay };
  const drawn = drawPass(frame, { ...request, pass, seed, spend, replay });
  if (drawn.kind === 'held') {
    if (pass === 1) proof.heldBy = drawn.hold;
    return false;
  }
  const candidate = request.candidate.model;
  const wanted = { pass, baseline, candidate, sample: drawn.plan, tasks: drawn.tasks };
  proof.candidate = request.candidate;
  samples.push(drawn.plan);
  const pairs = yield { name, classes: figures.classes, ...wanted, frame };
  if (pairs === undefined) {
    if (pass === 1) proof.heldBy = { by: 'evidence', detail: NOT_REPLAYED };
    return false;
  }
  passes.push({ ...wanted, pairs });
  comparisons.push(judgePass(proof, { ...wanted, pairs, seed }, settings));
  return true;
}

/** What replays of the whole review may still cost. */
function leftOf({ replay }: ReviewSettings, proofs: readonly Proof[]): NanoUsd {
  return replay.capNanoUsd - proofs.reduce((total, proof) => total + costOf(proof), 0);
}

function costOf({ passes }: Pick<Proof, 'passes'>): NanoUsd {
  const pairs = passes.flatMap((pass) => pass.pairs.filter(({ isKnown }) => isKnown !== true));
  return pairs.reduce((total, { baseline, candidate }) => total + baseline.costNanoUsd + candidate.costNanoUsd, 0);
}

function reviewed(proof: Proof, conclusion: Conclusion | undefined, catalogue: Catalogue): ReviewedClass {
  const { heldBy: held, candidate, ...found } = proof;
  const heldBy = held ?? holdOf(proof, conclusion, catalogue);
  return {
    ...found,
    ...(candidate === undefined ? {} : { candidate }),
    ...(conclusion === undefined ? {} : { conclusion }),
    ...(heldBy === undefined ? {} : { heldBy }),
  };
}

function holdOf({ candidate, figures }: Proof, conclusion: Conclusion | undefined, catalogue: Catalogue): Hold | undefined {
  if (candidate === undefined || conclusion === undefined) return undefined;
  if (conclusion.kind === 'hold') {
    return { by: conclusion.escalation === undefined ? 'evidence' : 'escalation', detail: conclusion.detail };
  }
  const obstacle = obstacleTo(figures.demands, candidate.change, catalogue);
  return obstacle === undefined ? undefined : { by: 'ineligible', detail: obstacle };
}
