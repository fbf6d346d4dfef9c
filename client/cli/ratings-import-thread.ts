/** The thread in which ratings are imported, started by ratings-import.ts. */

import { createReadStream } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { connect } from '../../db/connect';
import { policyFromJson } from '../../db/documents/policy-document';
import { type ImportedRatings, importRatings } from '../../db/queries/ratings-import';
import { loadPolicy } from '../../db/queries/rules';
import { isRoutingError, RoutingError, type RoutingErrorCode } from '../../routing/errors';
import { parseRatingLines } from '../ratings/rating-lines';
import { readLines } from '../ratings/read-lines';

/** What the thread is started with. */
export interface ImportOrder {
  readonly databaseUrl: string;
  /** Its path; `-` is standard input. */
  readonly file: string;
  /** For the audit of each rating: who imported it. */
  readonly actor: string;
}

/** What the thread says: how much it has read, and in the end one of the other two. */
export type ImportMessage =
  | { readonly kind: 'read'; readonly bytes: number }
  | { readonly kind: 'imported'; readonly imported: ImportedRatings }
  | { readonly kind: 'refused'; readonly code: RoutingErrorCode; readonly message: string };

async function run({ databaseUrl, file, actor }: ImportOrder): Promise<ImportedRatings> {
  const db = connect(databaseUrl, { applicationName: 'signalbox-cli', maxConnections: 2 });
  try {
    const policy = await loadPolicy(db);
    if (policy === undefined) throw new RoutingError('no_active_policy', 'No policy is in force. Run "signalbox up" once.');
    const { alpha, seed } = policyFromJson(policy.body).learning;
    const what = file === '-' ? 'Standard input' : `The file "${file}"`;
    const open = () => (file === '-' ? process.stdin : createReadStream(file));
    const lines = readLines(open, what, (bytes) => say({ kind: 'read', bytes }));
    return await importRatings(db, parseRatingLines(lines, what), { actor, alpha, seed });
  } finally {
    await db.close();
  }
}

function say(message: ImportMessage): void {
  parentPort?.postMessage(message);
}

void run(workerData as ImportOrder).then(
  (imported) => say({ kind: 'imported', imported }),
  (error: unknown) => {
    // An error loses its class on the way to another thread; what is a defect ends this one, and is told as such.
    if (!isRoutingError(error)) throw error;
    say({ kind: 'refused', code: error.code, message: error.message });
  },
);
