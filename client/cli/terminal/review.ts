/** Reviews for people: where one stands, what it proposes, who said what, and the command that decides. */

import type { EvaluatedPairs } from '../../../db/queries/evaluations';
import type { ReviewProgress } from '../../../db/queries/review-progress';
import { formatUsd } from '../../../routing/units';
import type { ReviewStory, ReviewSummary } from '../../reviews';
import type { Output } from './output';
import { formatInstant, indented, onOneLine } from './text';

/** Normal quantile of 95 %: how precise a mean of pairs is, for the eye. */
const Z_95 = 1.96;

const PHASES = {
  analysing: 'analysing past tasks',
  proposing: 'looking for changes that are worth proving',
  replaying: 'replaying past tasks',
  reporting: 'writing the report',
  'awaiting-verdict': 'waiting for a verdict',
  ended: 'ended',
} as const;

/** What it does now, in words that stay the same while it does it. */
export function describePhase({ phase }: Pick<ReviewProgress, 'phase'>): string {
  return PHASES[phase];
}

/** Its phase, or how it ended. */
export function stateOf({ phase, endKind }: Pick<ReviewSummary, 'phase' | 'endKind'>): string {
  return endKind === null ? phase : `ended: ${endKind}`;
}

/** What comes next, when nothing more happens by itself. */
export function describeEnd({ reviewId, phase, endKind, endReason }: ReviewProgress): string {
  if (phase === 'ended') return onOneLine(`Review ${reviewId} has ended: ${endKind}. ${endReason ?? ''}`);
  return `Review ${reviewId} waits for a verdict. Read "signalbox review report ${reviewId}", then approve or reject.`;
}

/** What other systems have measured of the models of a proposal, by its id. */
export type EarlierEvaluations = ReadonlyMap<string, readonly EvaluatedPairs[]>;

export function describeReview(story: ReviewStory, progress: ReviewProgress, earlier: EarlierEvaluations, output: Output): string {
  const sections: readonly (readonly [title: string, text: string | undefined])[] = [
    [`Review ${story.review.id}`, describeFacts(story, progress)],
    ['Asked for', describeTriggers(story)],
    ['Proposals', describeProposals(story, output)],
    ['Measured elsewhere, and no part of the proof', describeEarlier(story, earlier)],
    ['Verdicts', describeVerdicts(story)],
    ['Rollouts', describeRollouts(story)],
    ['To decide', describeCommands(story)],
  ];
  return sections
    .filter((section): section is readonly [string, string] => section[1] !== undefined)
    .map(([title, text]) => `${output.colors.bold(title)}\n${indented(text)}`)
    .join('\n\n');
}

function describeFacts({ review }: ReviewStory, progress: ReviewProgress): string {
  const { scope, windowFrom, windowTo, baseVersion, catalogueVersion, endReason, expiresAt, settings } = review;
  const { singleOperator } = (settings as { readonly verdict: { readonly singleOperator: boolean } }).verdict;
  return [
    `${stateOf(review)}, ${scope === 'all' ? 'of every class' : `of ${scope}`}`,
    ...(endReason === null ? [] : [endReason]),
    `tasks from ${formatInstant(windowFrom)} to ${formatInstant(windowTo)}, policy ${baseVersion}, catalogue ${catalogueVersion.slice(0, 12)}`,
    `${progress.replaysDone} of ${progress.replaysPlanned} replays, ${formatUsd(progress.spentNano)} of ${formatUsd(progress.capNano)} spent`,
    ...(expiresAt === null || review.endedAt !== null ? [] : [`expires ${formatInstant(expiresAt)}`]),
    ...(singleOperator ? ['single operator: whoever asked for it may approve it'] : []),
  ]
    .map(onOneLine)
    .join('\n');
}

function describeTriggers({ triggers }: ReviewStory): string | undefined {
  if (triggers.length === 0) return undefined;
  return triggers
    .map(({ kind, detail, requestedBy, at, isJoined }) =>
      onOneLine(
        `${formatInstant(at)} by ${requestedBy}: ${kind}${detail === '' ? '' : ` (${detail})`}${isJoined ? ', found it open' : ''}`,
      ),
    )
    .join('\n');
}

function describeProposals({ proposals, review }: ReviewStory, { table }: Output): string | undefined {
  if (proposals.length === 0) return review.endedAt === null ? undefined : 'none';
  const columns = (['class', 'state', 'evidence', 'from', 'to', 'held by', 'proposal'] as const).map((title) => ({ title }));
  return table(
    columns,
    proposals.map(({ id, name, state, verdict, baseline, candidate, heldBy, heldDetail, escalation }) => [
      name,
      state,
      verdict,
      baseline,
      candidate,
      heldBy === null ? '' : `${escalation ?? heldBy}: ${heldDetail ?? ''}`,
      id,
    ]),
  );
}

function describeEarlier({ proposals }: ReviewStory, earlier: EarlierEvaluations): string | undefined {
  const lines = proposals.flatMap(({ id, name, baseline, candidate }) =>
    (earlier.get(id) ?? []).map(({ origin, run, grader, pairs, baselineMean, candidateMean, differenceSd, evaluatedAt, fingerprints }) => {
      const half = differenceSd === null ? undefined : Z_95 * (differenceSd / Math.sqrt(pairs));
      const spread = half === undefined ? '' : `, difference ${(candidateMean - baselineMean).toFixed(3)} ± ${half.toFixed(3)}`;
      const served = fingerprints.length === 0 ? '' : `; served: ${fingerprints.join(', ')}`;
      return onOneLine(
        `${name}: ${candidate} ${candidateMean.toFixed(3)}, ${baseline} ${baselineMean.toFixed(3)}${spread} in ${pairs} pairs of ${run} (${origin}, ${grader}), ${formatInstant(new Date(evaluatedAt))}${served}`,
      );
    }),
  );
  return lines.length === 0 ? undefined : lines.join('\n');
}

function describeVerdicts({ approvals, proposals }: ReviewStory): string | undefined {
  if (approvals.length === 0) return undefined;
  const names = new Map(proposals.map(({ id, name }) => [id, name]));
  return approvals
    .map(({ proposalId, verdict, actor, note, givenAt, state, refusal }) =>
      onOneLine(
        `${formatInstant(givenAt)} ${actor}: ${verdict} ${names.get(proposalId) ?? proposalId}, ${state}${refusal === null ? '' : ` (${refusal})`}${note === '' ? '' : `: ${note}`}`,
      ),
    )
    .join('\n');
}

function describeRollouts({ rollouts }: ReviewStory): string | undefined {
  if (rollouts.length === 0) return undefined;
  return rollouts
    .map(({ id, name, state, reason }) => onOneLine(`${name}: ${state}${reason === '' ? '' : `, ${reason}`} (rollout ${id})`))
    .join('\n');
}

/** Each with what it is bound to, so that what is approved is what was read. */
function describeCommands({ review, proposals }: ReviewStory): string | undefined {
  const waiting = proposals.filter(({ state }) => state === 'AWAITING_APPROVAL');
  if (waiting.length === 0 || review.endedAt !== null) return undefined;
  return waiting
    .flatMap(({ id, name, evidenceSha256 }) => [
      onOneLine(`${name}, evidence ${evidenceSha256?.slice(0, 12) ?? ''}`),
      `  signalbox approve ${id} --as YOUR-NAME`,
      `  signalbox reject ${id} --as YOUR-NAME --reason "WHY"`,
    ])
    .join('\n');
}
