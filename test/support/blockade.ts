/**
 * Holds up a statement of another process in the database, so that a test can kill that process at this very moment.
 *
 * A killed process leaves its statement waiting in the server. `cutOff` ends it, as the end of the whole machine would; without
 * that it is carried out once the way is clear, and nobody hears of it.
 */

import { randomInt } from 'node:crypto';
import type postgres from 'postgres';
import type { Database } from '../../db/connect';
import { until } from './processes';

export class Blockade {
  private constructor(
    private readonly db: Database,
    private readonly held: postgres.ReservedSql,
  ) {}

  /** Holds up whoever wants to write into a table. */
  static async ofTable(db: Database, table: string): Promise<Blockade> {
    const held = await begin(db);
    await held`LOCK TABLE ${held(table)} IN SHARE MODE`;
    return new Blockade(db, held);
  }

  /** Holds up whoever wants to change what belongs to a task. */
  static async ofTask(db: Database, taskId: string): Promise<Blockade> {
    const held = await begin(db);
    await held`SELECT FROM tasks WHERE id = ${taskId} FOR UPDATE`;
    return new Blockade(db, held);
  }

  /**
   * Holds up whoever writes such a row into a table, right before it is written.
   *
   * @param event     what is done with the row
   * @param condition on NEW and, for an update, OLD
   */
  static async ofRow(db: Database, table: string, event: 'INSERT' | 'UPDATE', condition: string): Promise<Blockade> {
    const key = randomInt(2 ** 31);
    await db.sql.unsafe(`
      CREATE FUNCTION wait_for_${key}() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock(${key}); RETURN NEW; END $$;
      CREATE TRIGGER wait_for_${key} BEFORE ${event} ON ${table} FOR EACH ROW WHEN (${condition}) EXECUTE FUNCTION wait_for_${key}()`);
    const held = await begin(db);
    await held`SELECT pg_advisory_xact_lock(${key})`;
    return new Blockade(db, held);
  }

  /** Resolves with the server processes that wait for this blockade, when there are as many. */
  async waitForBlocked(count: number, patienceMs = 20_000): Promise<readonly number[]> {
    const [own] = await this.held<[{ pid: number }]>`SELECT pg_backend_pid() AS pid`;
    let pids: readonly number[] = [];
    await until(
      async () => {
        const rows = await this.db.sql<{ pid: number }[]>`SELECT pid FROM pg_stat_activity WHERE ${own.pid} = ANY (pg_blocking_pids(pid))`;
        pids = rows.map(({ pid }) => pid);
        return pids.length >= count;
      },
      `${count} statements wait`,
      patienceMs,
    );
    return pids;
  }

  /** Ends server processes, and undoes what they were doing. */
  async cutOff(pids: readonly number[]): Promise<void> {
    for (const pid of pids) await this.db.sql`SELECT pg_terminate_backend(${pid}, 5000)`;
  }

  /** Lets the others pass. */
  async lift(): Promise<void> {
    await this.held`ROLLBACK`;
    this.held.release();
  }
}

async function begin(db: Database): Promise<postgres.ReservedSql> {
  const held = await db.sql.reserve();
  await held`BEGIN`;
  return held;
}
