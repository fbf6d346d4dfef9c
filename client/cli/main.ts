#!/usr/bin/env node
/** The `signalbox` command: the only file of the command line that reads the environment. */

import { enableCompileCache } from 'node:module';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { nodeProblem, runOnBundledNode } from './node-version';

const { env, stdout, stderr, stdin } = process;
const problem = nodeProblem(process.versions.node);
void (problem === undefined ? main() : onOldNode(problem));

async function onOldNode(sentence: string): Promise<void> {
  const exitCode = await runOnBundledNode(process.argv.slice(1));
  if (exitCode === undefined) stderr.write(`${sentence}\n`);
  process.exitCode = exitCode ?? 3;
}

async function main(): Promise<void> {
  // Loaded here rather than above: an old Node must get as far as its message, and compiled code is kept from here on.
  const { cacheFolder } = require('../stack/cache-folder') as typeof import('../stack/cache-folder');
  enableCompileCache(join(cacheFolder(env), 'signalbox', 'compiled'));
  const { createOutput } = require('./terminal/output') as typeof import('./terminal/output');
  const output = createOutput({ stdout, stderr, isColorWanted: !env.NO_COLOR && env.TERM !== 'dumb' });
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // Whoever closes the pipe has read enough: `signalbox tasks | head` is no error. A full disk is one.
      if (error.code !== 'EPIPE') process.exitCode = 1;
    });
  }
  const words = process.argv.slice(2);
  const fail = (error: unknown) => {
    const { reportError } = require('./report-error') as typeof import('./report-error');
    return reportError(error, output, {
      isJson: words.includes('--json'),
      isDebug: env.SIGNALBOX_DEBUG === '1' || /^\s*(1|true|yes|on)\s*$/iu.test(env.ROUTING_DEBUG ?? ''),
    });
  };
  process.once('uncaughtException', (error) => process.exit(fail(error)));
  try {
    const { runProgram } = require('./program') as typeof import('./program');
    process.exitCode = await runProgram(words, { env, nodeVersion: process.versions.node, stdin, output, user: userName() });
  } catch (error) {
    process.exitCode = fail(error);
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // a process without an entry in the system's list of users
  }
}
