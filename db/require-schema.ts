/** For programs that bring only a URL: an empty database gets the schema, one of another version is left alone. */

import { RoutingError } from '../routing/errors';
import { type Database, guarded } from './connect';
import { migrate, schemaState } from './migrate';

/**
 * @throws {RoutingError} `schema_out_of_date`, `schema_too_new`, `database_unreachable`, and then nothing was changed
 */
export async function requireSchema(db: Database, url: string): Promise<void> {
  const { state, isEmpty } = await guarded('look at the schema', async () => {
    const [row] = await db.sql<[{ isEmpty: boolean }]>`SELECT to_regclass('drizzle.__drizzle_migrations') IS NULL AS "isEmpty"`;
    return { state: await schemaState(db.sql), isEmpty: row.isEmpty };
  });
  if (state.kind === 'current') return;
  if (isEmpty) return migrate(url);
  if (state.kind === 'ahead') {
    throw new RoutingError(
      'schema_too_new',
      'The database was written by a newer Signalbox than this one. Install that version, or use another database.',
    );
  }
  throw new RoutingError(
    'schema_out_of_date',
    'The database was written by an older Signalbox than this one. Run "npx signalbox doctor --migrate" with its DATABASE_URL, when nothing older uses it any more.',
  );
}
