/** `signalbox rollback [VERSION]`: puts an earlier policy in force again, for the next decision, and ends every rollout. */

import { loadPolicy } from '../../db/queries/rules';
import { RoutingError } from '../../routing/errors';
import { rollbackPolicy } from '../rollouts';
import { type ActingOptions, actorOf } from './acting-as';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { confirm } from './input/confirm';
import { withDatabase } from './open-client';
import { formatMs } from './terminal/text';

export interface RollbackOptions extends StackCommandOptions, ActingOptions {
  readonly reason?: string;
  readonly yes?: boolean;
}

/** @param version the one before the one in force when undefined */
export async function runRollback(version: number | undefined, options: RollbackOptions, cli: Cli): Promise<ExitCode> {
  const { output } = cli;
  const actor = await actorOf(options, cli);
  return withDatabase(cli, options, async (db) => {
    const inForce = await loadPolicy(db);
    if (inForce === undefined) throw new RoutingError('no_active_policy', 'No policy is in force, so there is nothing to go back from.');
    const target = version ?? inForce.baseVersion;
    if (target === null)
      throw new RoutingError('unknown_policy', `Version ${inForce.version} is the first policy; there is none before it.`);
    await confirm(`Put policy version ${target} in force instead of ${inForce.version}, and end every rollout?`, options, cli);
    const startedAt = performance.now();
    // Temporal is not asked for: the way back must not wait for it, and the workflows of ended rollouts find that at their next look.
    const done = await rollbackPolicy(db, undefined, { version: target, actor, reason: options.reason ?? '' });
    const ms = Math.round(performance.now() - startedAt);
    if (options.json) output.printJson({ ...done, before: inForce.version, actor, ms });
    else {
      output.print(
        `Version ${done.version} is in force for every decision from now on. It has the rules of version ${done.restored}. That took ${formatMs(ms)}.`,
      );
      for (const id of done.ended) output.print(`Rollout ${id} is ended.`);
    }
    return EXIT.ok;
  });
}
