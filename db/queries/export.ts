/**
 * Everything that is stored, table by table, for whoever wants it elsewhere. Content is left out unless it is asked for, secrets
 * always.
 */

import type postgres from 'postgres';
import { type Database, guarded } from '../connect';
import { streamRows } from './stream-rows';

/** What a column holds, by its type in Postgres: `text` for everything that is not one of the others, `json` also for lists. */
export type ExportKind = 'boolean' | 'integer' | 'bigint' | 'double' | 'instant' | 'day' | 'bytes' | 'json' | 'text';

export interface ExportColumn {
  readonly name: string;
  readonly kind: ExportKind;
}

export interface ExportTable {
  readonly name: string;
  /** Without those of secrets; and without those of content, unless they were asked for. */
  readonly columns: readonly ExportColumn[];
  /** Columns of the primary key, by which its rows are ordered; empty: it has none. */
  readonly key: readonly string[];
}

/** Rows of one table, each as the text of a JSON object; times in UTC. */
export interface ExportPart {
  readonly table: string;
  readonly rows: readonly string[];
}

/**
 * Values of rows: `json` as JSON has them, where a large figure is one of many digits; `exact` as texts alone, from which each can be
 * read without loss: instants as microseconds and days as days since 1970 in UTC, infinite ones as null, bytes as hex digits.
 */
export type ExportForm = 'json' | 'exact';

/** What submitters and models wrote, word for word or in parts. */
const CONTENT: Readonly<Record<string, readonly string[]>> = {
  task_payloads: ['prompt', 'grader'],
  answers: ['body'],
  routing_outcomes: ['score_detail'],
};

/** What lets its reader do something: the path of a webhook's address may be all that keeps strangers from calling it. */
const SECRETS: Readonly<Record<string, readonly string[]>> = {
  webhooks: ['url'],
  webhook_deliveries: ['url'],
};

const KINDS: Readonly<Record<string, ExportKind>> = {
  bool: 'boolean',
  int2: 'integer',
  int4: 'integer',
  int8: 'bigint',
  float4: 'double',
  float8: 'double',
  timestamptz: 'instant',
  date: 'day',
  bytea: 'bytes',
  json: 'json',
  jsonb: 'json',
};

/** All tables, by name, but for what the audit log keeps for itself and months that were archived. */
export function exportTables(db: Database, withContent: boolean): Promise<readonly ExportTable[]> {
  return guarded('list the tables', async () => {
    const tables = await db.sql<{ name: string; columns: { name: string; type: string }[]; key: string[] }[]>`
      SELECT c.relname AS name,
        (SELECT json_agg(json_build_object('name', a.attname, 'type', CASE WHEN t.typcategory = 'A' THEN 'json' ELSE t.typname END) ORDER BY a.attnum)
          FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
        ARRAY(SELECT a.attname::text FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS part (number, place)
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = part.number
          WHERE i.indrelid = c.oid AND i.indisprimary ORDER BY place) AS key
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'audit_head'
      ORDER BY c.relname`;
    return tables.map(({ name, columns, key }) => {
      const hidden = new Set([...(SECRETS[name] ?? []), ...(withContent ? [] : (CONTENT[name] ?? []))]);
      const shown = columns.filter((column) => !hidden.has(column.name));
      return { name, columns: shown.map((column) => ({ name: column.name, kind: KINDS[column.type] ?? 'text' })), key };
    });
  });
}

/** The rows of these tables, in their order, all as they were at one moment. An empty table gives no part. */
export async function* exportRows(db: Database, tables: readonly ExportTable[], form: ExportForm): AsyncGenerator<ExportPart> {
  const parts = streamRows<{ table: string; row: string }>(db, 'export a table', function* (sql) {
    for (const { name, columns, key } of tables) {
      const values = columns.map((column) => (form === 'json' ? sql`${sql(column.name)}` : exactValue(sql, column)));
      const order =
        key.length === 0
          ? sql``
          : sql`ORDER BY ${listed(
              sql,
              key.map((column) => sql`t.${sql(column)}`),
            )}`;
      yield sql<{ table: string; row: string }[]>`
        SELECT ${name}::text AS "table", row_to_json(r)::text AS row FROM (SELECT ${listed(sql, values)} FROM ${sql(name)} t ${order}) AS r`;
    }
  });
  for await (const rows of parts) {
    const [first] = rows;
    if (first !== undefined) yield { table: first.table, rows: rows.map(({ row }) => row) };
  }
}

type Fragment = postgres.PendingQuery<postgres.Row[]>;

function listed(sql: postgres.ReservedSql, parts: readonly Fragment[]): Fragment {
  return parts.reduce((list, part) => sql`${list}, ${part}`);
}

function exactValue(sql: postgres.ReservedSql, { name, kind }: ExportColumn): Fragment {
  const column = sql(name);
  switch (kind) {
    case 'instant':
      return sql`CASE WHEN isfinite(t.${column}) THEN (extract(epoch FROM t.${column}) * 1000000)::bigint::text END AS ${column}`;
    case 'day':
      return sql`CASE WHEN isfinite(t.${column}) THEN (t.${column} - '1970-01-01'::date)::text END AS ${column}`;
    case 'bytes':
      return sql`encode(t.${column}, 'hex') AS ${column}`;
    case 'json':
      return sql`to_json(t.${column})::text AS ${column}`;
    default:
      return sql`t.${column}::text AS ${column}`;
  }
}
