/** Ratings on their way from and to files: many at once, in parts, and each counted once however often its file is read. */

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { LearningParameters } from '../../routing/decision/policy';
import { RoutingError } from '../../routing/errors';
import { type Database, guarded } from '../connect';
import { streamRows } from './stream-rows';

/** A rating as files have it. */
export interface FiledRating {
  /** ISO 8601, to the microsecond. */
  readonly ratedAt: string;
  readonly provider: string;
  /** `provider/model`; null: from before models were rated. */
  readonly model: string | null;
  /** 1 to 5. */
  readonly score: number;
  readonly tier: string;
  readonly taskHash: string | null;
}

export interface IncomingRating extends FiledRating {
  /** Line of the file, counted from 1. */
  readonly line: number;
}

export interface ImportedRatings {
  readonly added: number;
  /** Were there already. */
  readonly known: number;
  /** Added, and counted for no model. */
  readonly withoutModel: number;
  /** Models of the file that the catalogue in force does not have; their ratings are kept. */
  readonly unknownModels: readonly string[];
}

/** Who imports, and how averages are made. */
export interface ImportOptions extends Pick<LearningParameters, 'alpha' | 'seed'> {
  readonly actor: string;
}

/** Longest statement of a large import, in milliseconds. */
const STATEMENT_TIMEOUT_MS = 3_600_000;

/**
 * Adds ratings and brings the averages of their models up to date; all or nothing. A rating that is there as often as in the file,
 * the same in everything, is not added again.
 *
 * @param ratings a part at a time; when it throws, nothing was added
 * @throws {RoutingError} `bad_input` for a rating of the future, and what `ratings` throws
 */
export function importRatings(
  db: Database,
  ratings: AsyncIterable<readonly IncomingRating[]>,
  { actor, alpha, seed }: ImportOptions,
): Promise<ImportedRatings> {
  return guarded('import ratings', () =>
    db.sql.begin(async (sql) => {
      await sql`SELECT set_config('statement_timeout', ${String(STATEMENT_TIMEOUT_MS)}, true)`;
      await sql`SELECT pg_advisory_xact_lock(hashtext('signalbox ratings import'))`;
      await sql`
        CREATE TEMPORARY TABLE incoming_ratings (line integer, rated_at timestamptz, provider text, model text, score double precision,
          tier text, task_hash text) ON COMMIT DROP`;
      // One part at a time is on its way: what waits in memory is what keeps a million lines from being small.
      await pipeline(Readable.from(copyLines(ratings), { highWaterMark: 1 }), await sql`COPY incoming_ratings FROM STDIN`.writable());
      await sql`ANALYZE incoming_ratings`;
      const [future] = await sql<{ line: number }[]>`
        SELECT line FROM incoming_ratings WHERE rated_at > clock_timestamp() ORDER BY line LIMIT 1`;
      if (future !== undefined) {
        throw new RoutingError('bad_input', `Line ${future.line} was rated in the future; nothing was imported. Correct its timestamp.`);
      }
      // Ids follow the lines: of ratings of one instant, whose order matters too, the earlier line comes first.
      const [counted] = await sql<[{ added: number; withoutModel: number; models: string[] }]>`
        WITH numbered AS (
          SELECT *, row_number() OVER (PARTITION BY rated_at, provider, model, score, tier, task_hash ORDER BY line) AS nth FROM incoming_ratings
        ), known AS (
          SELECT rated_at, provider, coalesce(model, '') AS model, score, tier, coalesce(task_hash, '') AS task_hash, count(*) AS times FROM ratings
          WHERE rated_at BETWEEN (SELECT min(rated_at) FROM incoming_ratings) AND (SELECT max(rated_at) FROM incoming_ratings)
          GROUP BY 1, 2, 3, 4, 5, 6
        ), added AS (
          INSERT INTO ratings (id, provider, model, score, tier, task_hash, source, rated_by, rated_at)
            SELECT (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n.line >> 20), 3, '0')
              || '8' || lpad(to_hex(n.line & 1048575), 5, '0') || substr(md5(random()::text), 1, 10))::uuid, n.provider, n.model, n.score, n.tier, n.task_hash, 'import', ${actor}, n.rated_at
            FROM numbered n LEFT JOIN known k ON k.rated_at = n.rated_at AND k.provider = n.provider AND k.model = coalesce(n.model, '')
              AND k.score = n.score AND k.tier = n.tier AND k.task_hash = coalesce(n.task_hash, '')
            WHERE n.nth > coalesce(k.times, 0)
          RETURNING model
        )
        SELECT count(*)::integer AS added, (count(*) FILTER (WHERE model IS NULL))::integer AS "withoutModel",
          coalesce(array_agg(DISTINCT model) FILTER (WHERE model IS NOT NULL), '{}') AS models FROM added`;
      await sql`SELECT refold_ratings(${counted.models}, ${alpha}, ${seed})`;
      const [file] = await sql<[{ lines: number; unknownModels: string[] }]>`
        SELECT count(*)::integer AS lines, coalesce(array_agg(DISTINCT r.model ORDER BY r.model) FILTER (WHERE r.model IS NOT NULL AND NOT EXISTS (
          SELECT FROM catalogue_models m JOIN catalogue_versions v ON v.version = m.catalogue_version AND v.active WHERE m.model = r.model)), '{}')
          AS "unknownModels"
        FROM incoming_ratings r`;
      const { added, withoutModel } = counted;
      return { added, known: file.lines - added, withoutModel, unknownModels: file.unknownModels };
    }),
  );
}

/** In the text format of COPY. */
async function* copyLines(parts: AsyncIterable<readonly IncomingRating[]>): AsyncGenerator<string> {
  for await (const ratings of parts) {
    const lines = ratings.map(({ line, ratedAt, provider, model, score, tier, taskHash }) =>
      [line, ratedAt, provider, model, score, tier, taskHash].map(copyField).join('\t'),
    );
    if (lines.length > 0) yield `${lines.join('\n')}\n`;
  }
}

const COPY_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function copyField(value: string | number | null): string {
  return value === null ? '\\N' : String(value).replace(/[\\\t\n\r]/gu, (character) => COPY_ESCAPES[character] ?? '');
}

/** All ratings, oldest first, a part at a time: as they were when it began. */
export function exportRatings(db: Database): AsyncGenerator<readonly FiledRating[]> {
  return streamRows(db, 'export ratings', (sql) => [
    sql<FiledRating[]>`
      SELECT to_char(rated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "ratedAt", provider, model, score, tier,
        task_hash AS "taskHash"
      FROM ratings ORDER BY rated_at, id`,
  ]);
}
