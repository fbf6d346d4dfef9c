/**
 * What a replayed cascade does next: what dispatch would do, but for failures that say nothing of any model.
 *
 * In dispatch the next step answers when a provider is out of order. A replay that did so would count the dear model's answer for the
 * cheap one's; so, as in the replay of one model, such a call is tried again after a while, and in the end the pair is left out.
 */

import {
  type CallPart,
  type CascadeEvent,
  type CascadeStep,
  nextCascadeStep,
  type StepOutline,
  TRIES_OF_CHECK,
} from '../../cascade/next-step';
import type { CallFailure } from '../../decision/failure';
import type { AttemptLimits } from '../../decision/policy';
import type { NanoUsd } from '../../units';
import { isOwnFailure, nextReplayStep } from './replay-step';

export interface ReplayedCascade {
  readonly steps: readonly StepOutline[];
  readonly limits: AttemptLimits;
  readonly costCeilingNanoUsd?: NanoUsd;
  readonly seed: string;
  readonly events: readonly CascadeEvent[];
  readonly elapsedMs: number;
}

export type CascadeReplayStep =
  | CascadeStep
  /** The pair is left out: a provider, our own money or nobody is to blame. */
  | { readonly kind: 'leave-out'; readonly failure: CallFailure };

/**
 * The next step.
 *
 * A replay gives way to live tasks, so the time that it takes is not what a task would take: no step is left out for want of time. What
 * a provider asks for is waited for as long as in the replay of one model. Calls that were refused before they began leave no row, so
 * who makes a call chooses its `number`.
 */
export function nextCascadeReplayStep(progress: ReplayedCascade): CascadeReplayStep {
  const { steps, limits, seed, events, elapsedMs } = progress;
  const last = events.at(-1);
  if (last?.kind !== 'failed' || isOwnFailure(last.failed.failure.class)) return inDispatch(progress);
  const { step, part, failed } = last;
  // A judge that cannot be shown an answer has crashed, as it would have in dispatch.
  if (part === 'check' && failed.failure.class === 'not-admissible') return inDispatch(progress);
  const calls = callsOf(events, step, part);
  const tries = part === 'check' ? TRIES_OF_CHECK : limits.triesPerModel;
  const sinceMs = elapsedMs - failed.failedAtMs;
  const next = nextReplayStep({ failure: failed.failure, calls, tries, sinceMs, elapsedMs, limits, seed });
  const link = part === 'check' ? steps[step]?.check?.link : steps[step]?.link;
  if (next.kind === 'end' || link === undefined) return { kind: 'leave-out', failure: failed.failure };
  return { kind: 'call', step, part, model: link.model, number: events.length + 1, afterMs: next.afterMs };
}

function inDispatch(progress: ReplayedCascade): CascadeStep {
  return nextCascadeStep({ ...progress, limits: { ...progress.limits, maxTaskMs: Number.POSITIVE_INFINITY } });
}

function callsOf(events: readonly CascadeEvent[], step: number, part: CallPart): number {
  return events.filter((event) => event.kind === 'failed' && event.step === step && event.part === part).length;
}
