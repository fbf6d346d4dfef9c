/** Everything that is stored, table by table, for whoever wants it elsewhere. Content is left out unless it is asked for. */

import { type Database, guarded } from '../connect';
import { streamRows } from './stream-rows';

export interface ExportTable {
  readonly name: string;
  /** Without those of content, unless they were asked for. */
  readonly columns: readonly string[];
  /** Columns of the primary key, by which its rows are ordered; empty: it has none. */
  readonly key: readonly string[];
}

/** Rows of one table, each as the text of a JSON object; times in UTC. */
export interface ExportPart {
  readonly table: string;
  readonly rows: readonly string[];
}

/** What submitters and models wrote, word for word or in parts. */
const CONTENT: Readonly<Record<string, readonly string[]>> = {
  task_payloads: ['prompt', 'grader'],
  answers: ['body'],
  routing_outcomes: ['score_detail'],
};

/** All tables, by name, but for what the audit log keeps for itself and months that were archived. */
export function exportTables(db: Database, withContent: boolean): Promise<readonly ExportTable[]> {
  return guarded('list the tables', async () => {
    const tables = await db.sql<{ name: string; columns: string[]; key: string[] }[]>`
      SELECT c.relname AS name,
        ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)
          AS columns,
        ARRAY(SELECT a.attname::text FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS part (number, place)
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = part.number
          WHERE i.indrelid = c.oid AND i.indisprimary ORDER BY place) AS key
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'audit_head'
      ORDER BY c.relname`;
    return tables.map(({ name, columns, key }) => {
      const hidden = withContent ? [] : (CONTENT[name] ?? []);
      return { name, columns: columns.filter((column) => !hidden.includes(column)), key };
    });
  });
}

/** The rows of these tables, in their order, all as they were at one moment. An empty table gives no part. */
export async function* exportRows(db: Database, tables: readonly ExportTable[]): AsyncGenerator<ExportPart> {
  const parts = streamRows<{ table: string; row: string }>(db, 'export a table', function* (sql) {
    for (const { name, columns, key } of tables) {
      yield sql<{ table: string; row: string }[]>`
        SELECT ${name}::text AS "table", row_to_json(r)::text AS row
        FROM (SELECT ${sql([...columns])} FROM ${sql(name)} ${key.length === 0 ? sql`` : sql`ORDER BY ${sql([...key])}`}) AS r`;
    }
  });
  for await (const rows of parts) {
    const [first] = rows;
    if (first !== undefined) yield { table: first.table, rows: rows.map(({ row }) => row) };
  }
}
