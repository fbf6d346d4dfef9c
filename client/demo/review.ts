/** The second part: a review of what the first one left behind, up to the verdict of a person. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadReport } from '../../db/queries/reports';
import { progressOfTrigger, type ReviewProgress } from '../../db/queries/review-progress';
import { RoutingError } from '../../routing/errors';
import type { ReviewReport } from '../../routing/review/report/report';
import { WHOLE_SCOPE } from '../../workflows/messages';
import { reportHtml } from '../report/html';
import { reportMarkdown } from '../report/markdown';
import { loadReview, startReview } from '../reviews';
import { giveVerdict } from '../verdicts';
import type { Stage } from './stage';

export interface DemoReview {
  readonly reviewId: string;
  readonly reviewMs: number;
  readonly replays: number;
  readonly report: ReviewReport;
  /** The same for people: files that can be opened when the demonstration is over. */
  readonly files: { readonly html: string; readonly markdown: string };
}

/** Who asks for the review. The approver must be somebody else. */
const PROPOSER = 'demo';
/** The second name, for `--approve`. */
export const APPROVER = 'demo-approver';

/** Longest time for analysis and replays, in milliseconds: several times what they need. */
const PATIENCE_MS = 600_000;

/** Asks for a review of everything, and follows it to its report. */
export async function reviewEverything(stage: Stage, folder: string): Promise<DemoReview> {
  const { db, temporal, dispatchQueue } = stage;
  const startedAt = performance.now();
  const asked = { scope: WHOLE_SCOPE, kind: 'person', detail: 'the demonstration', requestedBy: PROPOSER } as const;
  const { triggerId } = await startReview(db, temporal, dispatchQueue, asked);
  const { reviewId, replaysDone, endReason } = await untilReported(stage, triggerId);
  const report = await loadReport(db, reviewId);
  if (report === undefined) throw new RoutingError('internal', `The review ended without a report: ${endReason ?? 'nobody said why'}.`);
  return { reviewId, reviewMs: performance.now() - startedAt, replays: replaysDone, report, files: writeReport(report, folder) };
}

/** Follows the review until it is reported or has ended. */
async function untilReported({ db, signal, say, onProgress }: Stage, triggerId: string): Promise<ReviewProgress> {
  let told = '';
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until; await delay(200)) {
    signal.throwIfAborted();
    const progress = await progressOfTrigger(db, triggerId);
    if (progress === undefined) continue;
    const { phase, replaysDone, replaysPlanned } = progress;
    if (phase === 'awaiting-verdict' || phase === 'ended') return progress;
    if (phase !== told) say(`  ${PHASES[phase] ?? phase}`);
    told = phase;
    if (phase === 'replaying' && replaysPlanned > 0) onProgress('answers to past tasks', replaysDone, replaysPlanned);
  }
  throw new RoutingError('timed_out', `The review was not reported within ${PATIENCE_MS / 1000} s.`);
}

const PHASES: Readonly<Record<string, string>> = {
  analysing: 'analysing: what the roll-ups say of every kind of task',
  proposing: 'proposing: the smallest change that is worth proving',
  replaying: 'replaying: past tasks on both models, paired',
  reporting: 'reporting',
};

function writeReport(report: ReviewReport, folder: string): DemoReview['files'] {
  mkdirSync(folder, { recursive: true });
  const files = { html: join(folder, 'review.html'), markdown: join(folder, 'review.md') };
  writeFileSync(files.html, reportHtml(report));
  writeFileSync(files.markdown, reportMarkdown(report));
  return files;
}

/**
 * Has the verdict given, or waits for one from another terminal.
 *
 * @returns names of the classes whose change was approved; empty: none was
 */
export async function awaitVerdict(
  stage: Stage,
  reviewId: string,
  { approve, waitMs }: { readonly approve: boolean; readonly waitMs: number },
): Promise<readonly string[]> {
  const { db, temporal, dispatchQueue, signal } = stage;
  if (approve) {
    await giveVerdict(db, temporal, dispatchQueue, { id: reviewId, verdict: 'approve', actor: APPROVER, note: 'given by --approve' });
  }
  for (const until = performance.now() + waitMs; ; ) {
    signal.throwIfAborted();
    const { proposals } = await loadReview(db, reviewId);
    const isDecided = !proposals.some(({ state }) => state === 'AWAITING_APPROVAL');
    if (isDecided || performance.now() > until) return proposals.filter(({ state }) => state === 'APPROVED').map(({ name }) => name);
    await delay(500);
  }
}
