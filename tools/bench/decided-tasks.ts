/** Tasks with a decision and nothing else, as they are right before their first call. */

import { v7 as newId } from 'uuid';
import type { Database } from '../../db/connect';
import { acceptTask, recordDecision } from '../../db/queries/ledger';
import { repeat } from './load';

export interface DecidedTask {
  readonly taskId: string;
  readonly decisionId: string;
  readonly attemptId: string;
}

/** How many are made at a time. */
const AT_A_TIME = 16;

export async function decidedTasks(db: Database, count: number, catalogueVersion: string): Promise<DecidedTask[]> {
  const decided: DecidedTask[] = [];
  await repeat(count, AT_A_TIME, async () => {
    const ids = { taskId: newId(), decisionId: newId(), attemptId: newId() };
    await acceptTask(db, {
      id: ids.taskId,
      owner: 'bench',
      bodySha256: '',
      facts: {},
      privacyTier: 'internal',
      priority: 50,
      dryRun: false,
      prompt: {},
      promptBytes: 2,
      promptSha256: '',
    });
    const decision = { kind: 'routed', taskClass: 'bench/simple', tier: 'SIMPLE', record: {}, inputs: {} } as const;
    await recordDecision(db, { ...decision, taskId: ids.taskId, id: ids.decisionId, policyVersion: 1, catalogueVersion });
    decided.push(ids);
  });
  return decided;
}
