/** The thread in which telemetry is imported, started by import-telemetry.ts. */

import { createReadStream } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { connect } from '../../db/connect';
import { isRoutingError, type RoutingErrorCode } from '../../routing/errors';
import { type ImportedFile, type ImportSettings, importTelemetry } from '../telemetry/import-telemetry';

/** What the thread is started with. */
export interface ImportOrder {
  readonly databaseUrl: string;
  /** Its path; `-` is standard input. */
  readonly file: string;
  readonly settings: ImportSettings;
  /** For the audit log: who imports. */
  readonly actor: string;
}

/** What the thread says: how much it has read, and in the end one of the other two. */
export type ImportMessage =
  | { readonly kind: 'read'; readonly bytes: number }
  | { readonly kind: 'imported'; readonly imported: ImportedFile; readonly models: readonly string[] }
  | { readonly kind: 'refused'; readonly code: RoutingErrorCode; readonly message: string };

/** As much as is read of a file at a time, in bytes. */
const PART_BYTES = 256 * 1024;

/** More names are no help: a file whose models are all different has as many as rows. */
const MOST_NAMES = 1_000;

async function run({ databaseUrl, file, settings, actor }: ImportOrder): Promise<ImportMessage> {
  const db = connect(databaseUrl, { applicationName: 'signalbox-cli', maxConnections: 2 });
  const named = new Set<string>();
  const isPipe = file === '-';
  const open = () => (isPipe ? process.stdin : createReadStream(file, { highWaterMark: PART_BYTES }));
  try {
    const watch = {
      onRead: (bytes: number) => say({ kind: 'read', bytes }),
      onModel: (model: string) => void (named.size < MOST_NAMES && named.add(model)),
    };
    const imported = await importTelemetry(db, { name: file, isPipe, open }, settings, actor, watch);
    return { kind: 'imported', imported, models: [...named] };
  } finally {
    await db.close();
  }
}

function say(message: ImportMessage): void {
  parentPort?.postMessage(message);
}

void run(workerData as ImportOrder).then(say, (error: unknown) => {
  // An error loses its class on the way to another thread; what is a defect ends this one, and is told as such.
  if (!isRoutingError(error)) throw error;
  say({ kind: 'refused', code: error.code, message: error.message });
});
