/**
 * One holder at a time, whatever is killed.
 *
 * A pid file outlives its process and pids are used again; a listening socket is closed by the kernel when its process dies.
 * So holding means listening on a local socket named after the thing held, and whoever finds it taken can ask the holder
 * who it is. On Linux the socket lives in the abstract namespace and leaves nothing on disk.
 */

import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Hold {
  /** Lets others hold it. Safe to call twice. */
  release(): Promise<void>;
}

/** A holder that does not answer within this many milliseconds is stuck: it is named as unknown. */
const ANSWER_MS = 2_000;

function socketPath(key: string): string {
  const name = `signalbox-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
  return process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`);
}

/**
 * Holds `key`, or gives undefined when another process holds it.
 *
 * @param key      any string; a resolved path for a folder
 * @param describe what to tell those who ask; readable by every user of this machine, so no secrets
 */
export async function hold(key: string, describe: () => object): Promise<Hold | undefined> {
  const path = socketPath(key);
  const server = await listen(path, describe);
  if (server !== undefined) return server;
  if (process.platform === 'linux' || (await isAnswered(path))) return undefined;
  rmSync(path, { force: true }); // left by a process that was killed
  return listen(path, describe);
}

function listen(path: string, describe: () => object): Promise<Hold | undefined> {
  const visitors = new Set<Socket>();
  const server: Server = createServer((visitor) => {
    visitors.add(visitor);
    visitor.on('error', () => {}); // a visitor that leaves is no concern of ours
    visitor.on('close', () => visitors.delete(visitor));
    visitor.unref();
    visitor.write(`${JSON.stringify(describe())}\n`); // and stays open: its end tells the visitor that we let go
  });
  let released: Promise<void> | undefined;
  const release = () => {
    released ??= new Promise((resolve) => {
      server.close(() => resolve());
      for (const visitor of visitors) visitor.destroy();
    });
    return released;
  };
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen({ path }, () => {
      server.unref();
      resolve({ release });
    });
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** What the holder of `key` says of itself; undefined when nobody holds it; an empty object when the holder does not answer. */
export async function holderOf(key: string): Promise<object | undefined> {
  const socket = connect({ path: socketPath(key) });
  return new Promise((resolve) => {
    let text = '';
    socket.setTimeout(ANSWER_MS, () => finish({}));
    socket.on('error', () => finish(undefined));
    socket.on('close', () => finish(undefined));
    socket.on('data', (piece) => {
      text += piece.toString('utf8');
      if (text.includes('\n')) finish(parse(text));
    });
    function finish(answer: object | undefined) {
      resolve(answer);
      socket.destroy();
    }
  });
}

/** Anybody on this machine could listen in the holder's place, so what is said is not trusted to be JSON. */
function parse(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Resolves when the present holder of `key` lets go or dies; at once when there is none. */
export function released(key: string): Promise<void> {
  const socket = connect({ path: socketPath(key) });
  socket.on('error', () => {}); // nobody there, or gone while we connected: the close that follows says it
  socket.resume();
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
}
