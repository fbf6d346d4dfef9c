/**
 * The life of a change of routing, as states and the moves between them. One class (or agreed group of classes) of one review goes
 * through these; the tables, the commands and the audit log use the same names.
 *
 * The database makes each move by comparing and setting the state, so that two workers, or a worker and a person, cannot both
 * make one. This is the list of what may follow what.
 */

/** States of a proposal, from the first look to its verdict. */
export const PROPOSAL_STATES = [
  'DETECTED',
  'SCREENED',
  'SAMPLED',
  'REPLAYING',
  'DECIDED',
  'HELD',
  'AWAITING_APPROVAL',
  'APPROVED',
  'REJECTED',
  'EXPIRED',
  'ABORTED',
] as const;
export type ProposalState = (typeof PROPOSAL_STATES)[number];

/** States of a rollout, from the first weight to rest. */
export const ROLLOUT_STATES = [
  'APPROVED',
  'CANARY',
  'PAUSED',
  'HOLD',
  'SOAKING',
  'PROMOTED',
  'WATCHED',
  'ROLLING_BACK',
  'ROLLED_BACK',
  'COOLDOWN',
  'IDLE',
  'ABORTED',
] as const;
export type RolloutState = (typeof ROLLOUT_STATES)[number];

/** How the evidence of a class was judged. */
export const VERDICTS = ['PASS', 'FAIL', 'INCONCLUSIVE', 'INVALID'] as const;
export type EvidenceVerdict = (typeof VERDICTS)[number];

/** Why a class is left as it is though a change looked worthwhile. `escalation` waits for an owner. */
export const HELD_BY = [
  'dwell',
  'cooldown',
  'damping',
  'budget',
  'evidence',
  'spend',
  'time',
  'ineligible',
  'rollout',
  'escalation',
] as const;
export type HeldBy = (typeof HELD_BY)[number];

/** Trade-offs that a review does not make: it stops and asks an owner, by the name of the rule. */
export const ESCALATIONS = [
  'quality-against-cost',
  'privacy-tier',
  'residency',
  'forced-migration',
  'customer-visible-latency',
  'cascade-by-hand',
] as const;
export type Escalation = (typeof ESCALATIONS)[number];

/** Why a rollout waits for a person. No timer resumes it. */
export const PAUSE_REASONS = ['InconclusiveAnalysis', 'SampleRatio', 'NoData', 'AnalysisError', 'ProviderOutage', 'Operator'] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

/** What may follow each state of a proposal. A pass that proves nothing may be followed by one more. */
export const PROPOSAL_MOVES: Readonly<Record<ProposalState, readonly ProposalState[]>> = {
  DETECTED: ['SCREENED', 'HELD', 'ABORTED'],
  SCREENED: ['SAMPLED', 'HELD', 'ABORTED'],
  SAMPLED: ['REPLAYING', 'HELD', 'ABORTED'],
  REPLAYING: ['DECIDED', 'HELD', 'ABORTED'],
  DECIDED: ['REPLAYING', 'AWAITING_APPROVAL', 'HELD', 'ABORTED'],
  AWAITING_APPROVAL: ['APPROVED', 'REJECTED', 'EXPIRED', 'ABORTED'],
  // A rejection wins over an approval until the first task is moved.
  APPROVED: ['REJECTED', 'EXPIRED', 'ABORTED'],
  HELD: [],
  REJECTED: [],
  EXPIRED: [],
  ABORTED: [],
};

/** What may follow each state of a rollout. */
export const ROLLOUT_MOVES: Readonly<Record<RolloutState, readonly RolloutState[]>> = {
  APPROVED: ['CANARY', 'ABORTED'],
  CANARY: ['CANARY', 'PAUSED', 'HOLD', 'SOAKING', 'ROLLING_BACK', 'ABORTED'],
  PAUSED: ['CANARY', 'SOAKING', 'ROLLING_BACK', 'ABORTED'],
  HOLD: ['CANARY', 'SOAKING', 'ROLLING_BACK', 'ABORTED'],
  SOAKING: ['PAUSED', 'HOLD', 'PROMOTED', 'ROLLING_BACK', 'ABORTED'],
  PROMOTED: ['WATCHED', 'ROLLING_BACK', 'ABORTED'],
  WATCHED: ['ROLLING_BACK', 'IDLE', 'ABORTED'],
  ROLLING_BACK: ['ROLLED_BACK', 'ABORTED'],
  ROLLED_BACK: ['COOLDOWN'],
  COOLDOWN: ['IDLE'],
  IDLE: [],
  ABORTED: [],
};

/** States in which some task may go to the candidate by a rollout's weight. In every other, the weight is 0. */
export const WEIGHTED_STATES: readonly RolloutState[] = ['CANARY', 'SOAKING', 'PAUSED', 'HOLD'];

/** States in which a person, or the end of its workflow, may abort a rollout. Later ones are taken back with the policy. */
export const ABORTABLE_STATES: readonly RolloutState[] = ['APPROVED', ...WEIGHTED_STATES];

/** Whether the one may follow the other. A step of a canary that is repeated is a move too. */
export function mayMoveProposal(from: ProposalState, to: ProposalState): boolean {
  return PROPOSAL_MOVES[from].includes(to);
}

/** Whether the one may follow the other. */
export function mayMoveRollout(from: RolloutState, to: RolloutState): boolean {
  return ROLLOUT_MOVES[from].includes(to);
}
