/**
 * Ends the test servers when the process that runs jest is gone, however it went: finished, interrupted or killed.
 *
 * It hears of servers and folders over its channel, and the closing of the channel is the event it waits for.
 */

const { rmSync } = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');

/** @type {Map<number, NodeJS.Signals>} */
const servers = new Map();
/** @type {Set<string>} */
const folders = new Set();

process.on('message', (/** @type {{ pid: number, signal: NodeJS.Signals } | { folder: string }} */ message) => {
  if ('folder' in message) folders.add(message.folder);
  else servers.set(message.pid, message.signal);
});

process.once('disconnect', async () => {
  for (const [pid, signal] of servers) send(pid, signal);
  // A server that is ending still writes into its folder.
  for (let tries = 0; tries < 100 && [...servers.keys()].some((pid) => send(pid, 0)); tries++) await sleep(50);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  process.exit(0);
});

/**
 * @param {number} pid
 * @param {NodeJS.Signals | 0} signal 0 only asks
 * @returns {boolean} whether there was such a process
 */
function send(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

// Ctrl-C reaches the whole group of the terminal; this process goes last.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
