/** The audit log: who changed what, read, checked and handed out. It is written by the changes themselves. */

import { type Database, guarded } from '../connect';
import type { Violation } from './audit/invariant';
import { auditChainVerifies } from './audit/rule-invariants';

/** One change. */
export interface AuditEntry {
  /** 1 for the first of all. */
  readonly seq: number;
  /** In UTC, to the microsecond, as it is hashed. */
  readonly at: string;
  readonly actor: string;
  /** `policy.applied`, `rollout.CANARY`, … */
  readonly action: string;
  /** Id of what was changed. */
  readonly subject: string;
  readonly details: unknown;
  /** Hash of the entry before, and of this one, in hexadecimal. */
  readonly previous: string;
  readonly hash: string;
}

export interface AuditFilter {
  readonly limit: number;
  /** Whole, or a beginning that ends with a dot: `rollout.`. */
  readonly action?: string;
  /** Whole, or a beginning of at least 6 characters. */
  readonly subject?: string;
}

/** Entries of an export that are in memory at once. */
const BATCH = 1000;
/** Reading the whole log of a large installation, in milliseconds. */
const STATEMENT_TIMEOUT_MS = 600_000;

/** The latest entries, newest first. */
export function listAudit(db: Database, { limit, action, subject }: AuditFilter): Promise<readonly AuditEntry[]> {
  return guarded('list the audit log', async () => {
    const { sql } = db;
    return await sql<AuditEntry[]>`
      SELECT ${columns(db)} FROM audit_log
      WHERE ${action === undefined ? sql`true` : action.endsWith('.') ? sql`starts_with(action, ${action})` : sql`action = ${action}`}
        AND ${subject === undefined ? sql`true` : subject.length < 6 ? sql`subject = ${subject}` : sql`starts_with(subject, ${subject})`}
      ORDER BY seq DESC LIMIT ${limit}`;
  });
}

/** All entries from the first on, a part at a time. What is written meanwhile is at its end. */
export async function* exportAudit(db: Database): AsyncGenerator<readonly AuditEntry[]> {
  for (let last = 0; ; ) {
    const after = last;
    const entries = await guarded(
      'export the audit log',
      () => db.sql<AuditEntry[]>`SELECT ${columns(db)} FROM audit_log WHERE seq > ${after} ORDER BY seq LIMIT ${BATCH}`,
    );
    if (entries.length > 0) yield entries;
    if (entries.length < BATCH) return;
    last = entries.at(-1)!.seq;
  }
}

function columns({ sql }: Database) {
  return sql`seq::integer, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, actor, action, subject, details,
    encode(previous, 'hex') AS previous, encode(hash, 'hex') AS hash`;
}

/** What a check of the whole log found. */
export interface AuditVerification {
  readonly entries: number;
  /** Hash of the last entry; written down elsewhere, it shows later whether the log was replaced as a whole. */
  readonly head: { readonly seq: number; readonly hash: string } | null;
  /** The first entry that does not hold, or the head; what follows a bad entry is bad by consequence. Absent: all hold. */
  readonly firstBad?: Violation;
}

/** Computes every hash again and follows the chain from the first entry to the head. Changes nothing. */
export function verifyAudit(db: Database): Promise<AuditVerification> {
  return guarded('verify the audit log', () =>
    db.sql.begin('isolation level repeatable read read only', async (sql) => {
      const [counted] = await sql<[{ entries: number }]>`
        SELECT count(*)::integer AS entries, set_config('statement_timeout', ${String(STATEMENT_TIMEOUT_MS)}, true) FROM audit_log`;
      const [head = null] = await sql<{ seq: number; hash: string }[]>`
        SELECT seq::integer, encode(hash, 'hex') AS hash FROM audit_head WHERE seq > 0`;
      // An entry is told before the head: whoever changed the log may have left the head as it was.
      const [firstBad] = await sql<Violation[]>`
        SELECT subject, detail FROM (${auditChainVerifies.violations(sql, { bills: [] })}) AS found
        WHERE detail IS NOT NULL ORDER BY subject = 'head' LIMIT 1`;
      return {
        entries: counted.entries,
        head,
        ...(firstBad === undefined ? {} : { firstBad: { subject: firstBad.subject, detail: firstBad.detail } }),
      };
    }),
  );
}
