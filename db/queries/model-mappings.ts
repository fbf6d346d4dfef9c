/** What names of other systems stand for in the catalogue. */

import { type Database, guarded } from '../connect';
import { ms } from './rollup-rows';
import { forgetRollups } from './rollups';

/** A name that imported tasks have. */
export interface ForeignModel {
  readonly name: string;
  /** Tasks that have it. */
  readonly tasks: number;
  /** Id in the catalogue, as a person has said; null: nobody has. */
  readonly mappedTo: string | null;
}

/** All names, most tasks first. */
export function listForeignModels({ sql }: Database): Promise<readonly ForeignModel[]> {
  return guarded('list the models of imported tasks', async () => {
    const rows = await sql<ForeignModel[]>`
      SELECT i.name, i.tasks, m.model AS "mappedTo"
      FROM (SELECT foreign_model AS name, count(*)::double precision AS tasks FROM imported_tasks GROUP BY foreign_model) AS i
        LEFT JOIN model_mappings m ON m.foreign_model = i.name ORDER BY i.tasks DESC, i.name`;
    return [...rows];
  });
}

/**
 * Keeps what names stand for, and has the hours of their tasks rolled up anew where that is news.
 *
 * @param mappings id in the catalogue by name
 * @returns how many were news
 */
export function mapModels({ sql }: Database, mappings: ReadonlyMap<string, string>, actor: string): Promise<number> {
  return guarded('map models', () =>
    sql.begin(async (tx) => {
      let news = 0;
      for (const [name, model] of mappings) {
        const changed = await tx`
          INSERT INTO model_mappings AS m (foreign_model, model, mapped_by) VALUES (${name}, ${model}, ${actor})
            ON CONFLICT (foreign_model) DO UPDATE SET model = excluded.model, mapped_by = excluded.mapped_by, mapped_at = now()
              WHERE m.model <> excluded.model RETURNING 1`;
        if (changed.length === 0) continue;
        news++;
        await tx`SELECT append_audit(${actor}, 'model.mapped', ${name}, ${JSON.stringify({ model })}::text::jsonb)`;
        const [{ since }] = await tx<
          [{ since: number | null }]
        >`SELECT ${ms(tx, tx`min(ended_at)`)} AS since FROM imported_tasks WHERE foreign_model = ${name}`;
        if (since !== null) await forgetRollups({ sql: tx }, since);
      }
      return news;
    }),
  );
}
