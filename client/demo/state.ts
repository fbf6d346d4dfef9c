/** The state folder of the demonstration, which every run begins anew: it must never be somebody's own. */

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RoutingError } from '../../routing/errors';
import { readRunningStack } from '../stack/state';

/** Says that a folder was made by a demonstration and may be emptied by the next one. */
const MARK = 'made-by-signalbox-demo';

/**
 * Makes the folder, or empties the one of an earlier demonstration.
 *
 * @throws {RoutingError} `bad_argument` when the folder holds anything else; `stack_busy` when a stack runs on it. Nothing is touched then.
 */
export async function emptyDemoState(stateDir: string): Promise<void> {
  const running = await readRunningStack(stateDir);
  if (running !== undefined) {
    throw new RoutingError(
      'stack_busy',
      `A stack runs on ${stateDir} (process ${running.pid}). Stop it, or give the demo another --state.`,
    );
  }
  if (existsSync(stateDir) && readdirSync(stateDir).length > 0 && !existsSync(join(stateDir, MARK))) {
    throw new RoutingError(
      'bad_argument',
      `${stateDir} is not empty and was not made by the demo, which begins with an empty state. Nothing was touched: give it another --state.`,
    );
  }
  rmSync(stateDir, { recursive: true, force: true });
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(join(stateDir, MARK), '');
}
