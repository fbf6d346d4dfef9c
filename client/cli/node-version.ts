/** Whether this Node can run the program. Loaded before anything else: what a program of today is written in, an old one cannot read. */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const LEAST_NODE_MAJOR = 22;

/**
 * @param version as `process.versions.node`
 * @returns for people, what is wrong and what to do; undefined when all is well
 */
export function nodeProblem(version: string): string | undefined {
  if (Number.parseInt(version, 10) >= LEAST_NODE_MAJOR) return undefined;
  return `Signalbox needs Node ${LEAST_NODE_MAJOR} or newer, and this is ${version}. Install Node 24 (https://nodejs.org); in a clone, "npm run signalbox -- COMMAND" brings its own.`;
}

/**
 * Runs the same command on the Node that a clone brings with it, when there is one.
 *
 * @param command the program and its arguments, as in `process.argv` after Node itself
 * @returns its exit code; undefined when there is no such Node
 */
export async function runOnBundledNode(command: readonly string[]): Promise<number | undefined> {
  const node = join(__dirname, '..', '..', '..', 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(node)) return undefined;
  const child = spawn(node, command, { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both, and the child ends in its own way; `kill` sends to us alone.
  process.on('SIGINT', () => {});
  process.on('SIGHUP', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
