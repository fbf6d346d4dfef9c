/**
 * The check that a policy offers for the cascades of a class: how right it is, what it costs after a model's answer, and whether the
 * model that it asks may read the class at all.
 */

import { type Check, modelOfCheck } from '../../cascade/check';
import type { CheckCounts } from '../../cascade/check-figures';
import type { CheckAccuracy } from '../../cascade/economics';
import type { TrialCheck } from '../../cascade/trial-check';
import { estimateCost } from '../../money/cost';
import type { NanoUsd } from '../../units';
import type { OfferedCheck } from '../findings';
import type { ClassAtHand } from './class-at-hand';
import { obstacleToClass } from './eligible';
import { expectedCost } from './options';

/** Graded answers, good and bad ones each, from which a measured share is more than chance. */
const MEASURED_FROM = 30;

/** Tokens around task and answer in the prompt of a judge, its rubric aside, and those of its verdict; as in routing/cascade/check-model.ts. */
const FRAME_TOKENS = 375;
const VERDICT_TOKENS = 20;

/** The check after a model's answers, with its own cost; or in words what keeps it from being used on the class. */
export function offeredCheck({ check, assumed }: TrialCheck, model: string, at: ClassAtHand): OfferedCheck | string {
  const obstacle = obstacleToAsking(check, model, at);
  if (obstacle !== undefined) return obstacle;
  const costNanoUsd = costOfCheck(check, model, at);
  if (costNanoUsd === undefined) return 'what its check costs is unknown, and unknown is not free';
  const measured = accuracyMeasured(check, model, at);
  return { kind: check.kind, ...(measured ?? assumed), from: measured === undefined ? 'assumed' : 'measured', costNanoUsd };
}

/** Who only checks is sent the content of the class as who answers it is; that it is approved to answer is not needed. */
function obstacleToAsking(check: Check, model: string, at: ClassAtHand): string | undefined {
  const asked = modelOfCheck(check, model);
  if (asked === undefined) return undefined;
  if (check.kind === 'judge' && asked === model) return 'its check would have the model judge itself';
  const known = at.catalogue.models.get(asked);
  if (known === undefined) return `its check asks ${asked}, which is not in the catalogue`;
  const closed = obstacleToClass(known, { ...at, policy: { ...at.policy, classes: {} } });
  return closed && `its check asks ${asked}, which may not see the class: ${closed.detail}`;
}

/** Undefined: a price or the tokens of a call are not known. */
function costOfCheck(check: Check, model: string, at: ClassAtHand): NanoUsd | undefined {
  const asked = modelOfCheck(check, model);
  const known = asked === undefined ? undefined : at.catalogue.models.get(asked);
  if (known === undefined) return 0;
  if (check.kind !== 'judge') return expectedCost(known, at.figures, at.tokens)?.nanoUsd;
  const { tokens } = at;
  if (tokens === undefined) return undefined;
  const answerTokens = tokens.outputTokens * (at.catalogue.models.get(model)?.verbosity ?? 1);
  return estimateCost(known, Math.ceil(tokens.inputTokens + answerTokens + FRAME_TOKENS + check.rubric.length), VERDICT_TOKENS);
}

/** Over all classes of a group; undefined until enough good and bad answers were graded. */
function accuracyMeasured(check: Check, model: string, { figures, checkCounts = [] }: ClassAtHand): CheckAccuracy | undefined {
  const own = checkCounts.filter(
    (counts) => figures.classes.includes(counts.taskClass) && counts.model === model && counts.check === check.kind,
  );
  const sum = (of: (counts: CheckCounts) => number) => own.reduce((total, counts) => total + of(counts), 0);
  const [goodPassed, good] = [sum((each) => each.goodPassed), sum((each) => each.goodPassed + each.goodFailed)];
  const [badFailed, bad] = [sum((each) => each.badFailed), sum((each) => each.badFailed + each.badPassed)];
  if (Math.min(good, bad) < MEASURED_FROM) return undefined;
  return { sensitivity: badFailed / bad, specificity: goodPassed / good };
}
