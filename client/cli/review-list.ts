/** `signalbox review list`: the latest reviews, what nobody has heard yet, and the alarm when a week had none. */

import { listReviews, listTriggers, type ReviewSummary, reviewOverdue, type TriggerRow } from '../reviews';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { stateOf } from './terminal/review';
import { formatInstant, onOneLine } from './terminal/text';

export interface ReviewListOptions extends StackCommandOptions {
  readonly limit: number;
}

/** Triggers among which those are looked for that no review has heard. */
const LATEST_TRIGGERS = 200;

export async function runReviewList({ limit, ...options }: ReviewListOptions, cli: Cli): Promise<ExitCode> {
  const { reviews, unheard, isOverdue } = await withDatabase(cli, options, async (db) => {
    const [list, triggers, overdue] = await Promise.all([listReviews(db, limit), listTriggers(db, LATEST_TRIGGERS), reviewOverdue(db)]);
    return { reviews: list, unheard: triggers.filter(({ reviewId }) => reviewId === null), isOverdue: overdue };
  });
  const { output } = cli;
  if (options.json) {
    output.printJson({ isOverdue, reviews: reviews.map(shapeOf), waitingTriggers: unheard.map(triggerShapeOf) });
    return EXIT.ok;
  }
  if (isOverdue) {
    output.note(
      output.colors.red(
        'ALARM: no review has begun for 8 days. "signalbox review schedule" shows the schedule, "signalbox doctor" what is wrong.',
      ),
    );
  }
  for (const { kind, detail, requestedBy, at } of unheard) {
    output.note(onOneLine(`Asked for, not begun: ${kind}${detail === '' ? '' : ` (${detail})`}, by ${requestedBy}, ${formatInstant(at)}.`));
  }
  if (reviews.length === 0) output.note('There is no review yet. "signalbox review start" asks for one.');
  else output.print(describe(reviews, output));
  return EXIT.ok;
}

function shapeOf({ id, ...review }: ReviewSummary) {
  return { reviewId: id, ...review };
}

function triggerShapeOf({ id, reviewId: _, isJoined: __, ...trigger }: TriggerRow) {
  return { triggerId: id, ...trigger };
}

function describe(reviews: readonly ReviewSummary[], { table }: Output): string {
  const columns = (['review', 'of', 'state', 'proposals', 'because of', 'asked for by', 'began'] as const).map((title) => ({ title }));
  return table(
    columns,
    reviews.map((review) => [
      review.id,
      review.scope,
      stateOf(review),
      Object.entries(review.proposals)
        .map(([state, count]) => `${count} ${state}`)
        .join(', '),
      review.triggerDetail === '' ? review.triggerKind : `${review.triggerKind}: ${review.triggerDetail}`,
      review.requestedBy,
      formatInstant(review.startedAt),
    ]),
  );
}
