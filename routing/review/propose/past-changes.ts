/**
 * Where classes stand with earlier changes, from what happened to them, one event after the other. The database reads the same from its
 * rows (db/queries/stability.ts); this is for a review that has no database.
 */

import type { Stability } from '../findings';
import { DAY_MS } from '../settings';

/** What happened to a class. Instants are milliseconds since the epoch; models are catalogue ids. */
export type PastChange =
  /** A person set its route. What was lost before counts no more. */
  | { readonly at: number; readonly kind: 'set'; readonly from: string; readonly to: string }
  | { readonly at: number; readonly kind: 'rollout-begun'; readonly to: string }
  /** A rollout has put it in force. */
  | {
      readonly at: number;
      readonly kind: 'promoted';
      readonly from: string;
      readonly to: string;
      /** Candidate minus baseline, as it was approved. */
      readonly delta: number;
      /** It was proved to be better. */
      readonly isSuperior: boolean;
    }
  /** The watch, or a person, took a promoted change back. */
  | { readonly at: number; readonly kind: 'taken-back'; readonly from: string; readonly to: string }
  /** A candidate was rejected, rolled back before promotion, or replayed without being proved. */
  | { readonly at: number; readonly kind: 'setback'; readonly model: string };

/** A class that goes back to a model it left within this time must prove more. */
export const RETURN_DAYS = 60;

/**
 * The stability of one class at an instant.
 *
 * @param changes of the class, or of the classes of a group together, ascending
 * @param now     what happened later is not seen
 */
export function stabilityAfter(changes: readonly PastChange[], now: number): Stability {
  const past = changes.filter(({ at }) => at <= now);
  const rerouted = past.filter((change) => change.kind === 'set' || change.kind === 'promoted' || change.kind === 'taken-back');
  const openRollout = past.findLast(({ kind }) => kind !== 'set');
  return {
    changedAt: rerouted.map(({ at }) => at),
    setbacks: setbacksOf(past),
    acceptedDeltas: acceptedDeltas(past),
    leftRecently: [...new Set(rerouted.filter(({ at }) => at > now - RETURN_DAYS * DAY_MS).map(({ from }) => from))],
    ...(openRollout?.kind === 'rollout-begun' ? { openRollout: `to ${openRollout.to}` } : {}),
  };
}

function setbacksOf(past: readonly PastChange[]): Stability['setbacks'] {
  const setbacks: Record<string, { lastAt: number; count: number }> = {};
  for (const change of past) {
    const model = change.kind === 'setback' ? change.model : change.kind === 'taken-back' ? change.from : undefined;
    if (model !== undefined) setbacks[model] = { lastAt: change.at, count: (setbacks[model]?.count ?? 0) + 1 };
  }
  return setbacks;
}

/** Losses since the anchor: the last superior promotion, or the last time a person set the route. What was taken back counts for none. */
function acceptedDeltas(past: readonly PastChange[]): number[] {
  const accepted: { readonly to: string; readonly delta: number }[] = [];
  for (const change of past) {
    if (change.kind === 'set') accepted.length = 0;
    else if (change.kind === 'taken-back') {
      const last = accepted.findLastIndex(({ to }) => to === change.from);
      if (last >= 0) accepted.splice(last, 1);
    } else if (change.kind === 'promoted') {
      if (change.isSuperior) accepted.length = 0;
      else accepted.push({ to: change.to, delta: change.delta });
    }
  }
  return accepted.map(({ delta }) => delta);
}
