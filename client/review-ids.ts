/** Reviews and proposals as people name them: by an id, or by a beginning of it that only one has. */

import type { Database } from '../db/connect';
import { findReviewsAndProposals, type NamedByPrefix } from '../db/queries/review-reads';
import { RoutingError } from '../routing/errors';

/** Shorter beginnings are too easily another's. */
const FEWEST_DIGITS = 6;

/**
 * What an id or its beginning names. A review and its own proposals are no ambiguity: the review is meant.
 *
 * @throws {RoutingError} `unknown_review` when nothing or too much begins so, or it is no beginning of an id
 */
export async function resolveReviewOrProposal(db: Database, prefix: string): Promise<NamedByPrefix> {
  const text = prefix.toLowerCase();
  if (!/^[0-9a-f-]+$/u.test(text) || text.replaceAll('-', '').length < FEWEST_DIGITS) {
    throw new RoutingError(
      'unknown_review',
      `"${prefix}" names no review or proposal. Give an id, or at least its first ${FEWEST_DIGITS} digits; "signalbox review list" shows them.`,
    );
  }
  const found = await findReviewsAndProposals(db, text);
  const [first] = found;
  if (first === undefined) {
    throw new RoutingError(
      'unknown_review',
      `No review or proposal begins with "${prefix}". "signalbox review list" shows those there are.`,
    );
  }
  const isOne =
    found.length === 1 ||
    (first.kind === 'review' && found.slice(1).every(({ kind, reviewId }) => kind === 'proposal' && reviewId === first.id));
  if (!isOne) {
    const names = found.map(({ kind, id, name }) => `${kind} ${id} (${name})`).join(', ');
    throw new RoutingError('unknown_review', `More than one begins with "${prefix}": ${names}. Give more digits.`);
  }
  return first;
}

/**
 * The review that an id, a beginning of it, or one of its proposals names.
 *
 * @throws {RoutingError} as `resolveReviewOrProposal`
 */
export async function resolveReview(db: Database, prefix: string): Promise<string> {
  return (await resolveReviewOrProposal(db, prefix)).reviewId;
}
