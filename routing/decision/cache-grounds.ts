/**
 * What a kept decision stands on, and whether it still does.
 *
 * Policy, catalogue, ratings, outcomes and health are compared as objects: they are immutable, so that every change makes
 * another one, and a change that somebody forgot to announce cannot go unseen. Money and time change all the while and rarely
 * matter, so for them it is worked out how far they may move before the decision could be another.
 */

import type { Catalogue } from '../catalogue';
import { worstCaseCost } from '../money/cost';
import type { NanoUsd } from '../units';
import type { DecisionInput } from './decide';
import type { Decision, Refusal } from './decision';
import type { Knowledge } from './knowledge';
import type { Policy } from './policy';

/** What a decision stood on when it was made. */
export interface Grounds {
  readonly policy: Policy;
  readonly catalogue: Catalogue;
  readonly knowledge: Knowledge;
  /** The budget room that it holds for: anything from `least`, or exactly what there was. */
  readonly room: { readonly least: NanoUsd } | 'as it was';
  /** It holds from this instant … */
  readonly from: number;
  /** … until before this one: a model retires, or may be called again after a cool-down. */
  readonly until: number;
}

/** The grounds of a decision that was made on this input. */
export function groundsOf(input: DecisionInput, decided: Decision | Refusal): Grounds {
  const { policy, catalogue, knowledge, now } = input;
  return { policy, catalogue, knowledge, room: roomFor(input, decided), from: now, until: nextChangeAfter(now, catalogue, knowledge) };
}

/** True while a decision that was made on these grounds would be made again. */
export function doesHold(grounds: Grounds, { policy, catalogue, knowledge, now }: DecisionInput): boolean {
  const before = grounds.knowledge;
  return (
    now >= grounds.from &&
    now < grounds.until &&
    policy === grounds.policy &&
    catalogue === grounds.catalogue &&
    knowledge.ratings === before.ratings &&
    knowledge.performance === before.performance &&
    knowledge.health === before.health &&
    knowledge.configuredProviders === before.configuredProviders &&
    knowledge.valuePercentiles?.closed === before.valuePercentiles?.closed &&
    knowledge.valuePercentiles?.claim === before.valuePercentiles?.claim &&
    isRoomEnough(grounds, knowledge.budgetRoomNanoUsd)
  );
}

function isRoomEnough({ room, knowledge }: Grounds, roomNow: NanoUsd | undefined): boolean {
  if (room === 'as it was' || roomNow === undefined) return roomNow === knowledge.budgetRoomNanoUsd;
  return roomNow >= room.least;
}

/**
 * Where a budget closed a model, the reasons name its room. Where it closed none, none is closed while there is room for the
 * dearest call of any model.
 */
function roomFor(input: DecisionInput, { filteredOut }: Decision | Refusal): Grounds['room'] {
  const { task, policy, catalogue, knowledge, promptBytes, messageCount } = input;
  if (knowledge.budgetRoomNanoUsd === undefined || filteredOut.some(({ rule }) => rule === 'budget')) return 'as it was';
  const maxOutputTokens = task.maxOutputTokens ?? policy.constraints.defaultMaxOutputTokens;
  let least = 0;
  for (const model of catalogue.models.values()) {
    least = Math.max(least, worstCaseCost(model, promptBytes, messageCount, Math.min(maxOutputTokens, model.maxOutputTokens)) ?? 0);
  }
  return least <= knowledge.budgetRoomNanoUsd ? { least } : 'as it was';
}

/** The first instant after `now` at which a model's status or a cool-down changes by itself. */
function nextChangeAfter(now: number, { models }: Catalogue, { health }: Knowledge): number {
  let next = Infinity;
  const mind = (instant: number | undefined) => {
    if (instant !== undefined && instant > now && instant < next) next = instant;
  };
  for (const { status } of models.values()) if (status.kind === 'deprecated') mind(status.retiresAt);
  for (const state of health.values())
    mind(state.state === 'open' ? state.until : state.state === 'half-open' ? state.probeUntil : undefined);
  return next;
}
