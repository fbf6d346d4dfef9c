/**
 * Workers whose review has the real beginning, verdicts and end, and analysis and replays that a test makes up. The rows and the
 * engine are real.
 */

import { NativeConnection, Worker } from '@temporalio/worker';
import { type Activities, createActivities } from '../../activities';
import type { ReviewActivities } from '../../activities/review';
import { reviewQueue } from '../../workflows/messages';
import { startReviewTrigger } from '../../workflows/start-review';
import { addPassed } from './awaiting-review';
import { depsOf } from './deps';
import type { Installation } from './installation';
import { quietRuntime } from './quiet-runtime';
import { testServer } from './servers';

/** Steps that a test makes up; what it leaves out finds nothing to propose. */
export type MadeUpSteps = Partial<ReviewActivities>;

/** One proposal of each name, as `proposeChanges` leaves them: worth replaying. */
export async function addScreened({ db }: Pick<Installation, 'db'>, reviewId: string, names: readonly string[]) {
  return Promise.all(
    names.map(async (name) => {
      const proposalId = await addPassed({ db }, reviewId, name);
      await db.sql`UPDATE proposals SET state = 'SCREENED', verdict = NULL, evidence_sha256 = NULL WHERE id = ${proposalId} AND state = 'AWAITING_APPROVAL'`;
      return { proposalId, name };
    }),
  );
}

/** Runs `use` while such workers run. */
export async function withReviewWorkers<T>(box: Installation, steps: MadeUpSteps, use: () => Promise<T>): Promise<T> {
  quietRuntime();
  const { codePath } = await testServer('workflows');
  const connection = await NativeConnection.connect({ address: box.environment.TEMPORAL_ADDRESS ?? '' });
  const deps = depsOf(box, { askForReview: (trigger) => startReviewTrigger(box.engine.workflow, box.queue, trigger) });
  const activities: Activities = { ...createActivities(deps), ...NOTHING_FOUND, ...steps };
  const shared = { connection, namespace: box.environment.TEMPORAL_NAMESPACE ?? 'default', activities };
  const flows = await Worker.create({ ...shared, taskQueue: box.queue, workflowBundle: { codePath } });
  const analysis = await Worker.create({ ...shared, taskQueue: reviewQueue(box.queue) });
  try {
    return await flows.runUntil(() => analysis.runUntil(use));
  } finally {
    await connection.close();
  }
}

const NOTHING_FOUND: MadeUpSteps = {
  analyseReview: async () => ({ classes: 0, tasks: 0 }),
  proposeChanges: async () => [],
  drawSample: async () => ({ kind: 'drawn', pairs: 0 }),
  decidePass: async () => ({ verdict: 'PASS', next: 'conclude' }),
  concludeReview: async () => ({ passing: 0, held: 0 }),
  reportReview: async () => ({ kind: 'no-change', reason: 'Nothing costs more than it must.' }),
  closeReplays: async () => ({ closed: 0 }),
};
