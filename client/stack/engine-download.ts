/** The official build of the Temporal command-line tool, downloaded and checked. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Bounds in milliseconds. Without a network the first is what a user waits for. */
const CONNECT_MS = 10_000;
const DOWNLOAD_MS = 300_000;

const RELEASES = 'https://github.com/temporalio/cli/releases/download';

export interface DownloadOptions {
  /** Bytes so far, and in all where the server says. */
  readonly onProgress?: (bytes: number, ofBytes: number | undefined) => void;
  readonly signal?: AbortSignal | undefined;
  /** Address of the releases; the official one by default. */
  readonly releases?: string | undefined;
}

/**
 * Downloads a release and writes its program to `target`.
 *
 * @param version e.g. `1.8.2`
 * @throws {Error} saying why, when it cannot be had or its checksum differs from the published one
 */
export async function downloadTemporal(version: string, target: string, options: DownloadOptions): Promise<void> {
  const folder = `${options.releases ?? RELEASES}/v${version}`;
  const archive = archiveName(version);
  const checksums = (await download(`${folder}/checksums.txt`, { signal: options.signal })).toString('utf8');
  const expected = checksums
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(([, name]) => name === archive)?.[0];
  if (expected === undefined) throw new Error(`the release has no ${archive}`);
  const content = await download(`${folder}/${archive}`, options);
  const actual = createHash('sha256').update(content).digest('hex');
  if (actual !== expected) throw new Error(`the checksum of ${archive} is ${actual}, published is ${expected}; it was thrown away`);
  await extract(content, target);
}

function archiveName(version: string): string {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const cpu = process.arch === 'x64' ? 'amd64' : process.arch;
  return `temporal_cli_${version}_${os}_${cpu}.tar.gz`;
}

async function download(url: string, { onProgress = () => {}, signal }: DownloadOptions): Promise<Buffer> {
  const unanswered = new AbortController();
  const timer = setTimeout(() => unanswered.abort(), CONNECT_MS);
  const limits = [unanswered.signal, AbortSignal.timeout(DOWNLOAD_MS), ...(signal === undefined ? [] : [signal])];
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.any(limits) });
  } catch (error) {
    throw new Error(`${new URL(url).host} did not answer (${reason(error)})`);
  } finally {
    clearTimeout(timer);
  }
  if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
  const ofBytes = Number(response.headers.get('content-length')) || undefined;
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of response.body) {
      pieces.push(piece);
      bytes += piece.length;
      onProgress(bytes, ofBytes);
    }
  } catch (error) {
    throw new Error(`the download broke off after ${bytes} bytes (${reason(error)})`);
  }
  return Buffer.concat(pieces);
}

function reason(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  if (name === 'AbortError') return `no answer within ${CONNECT_MS / 1000} s`;
  if (name === 'TimeoutError') return `not done within ${DOWNLOAD_MS / 1000} s`;
  return cause?.code ?? name ?? 'unknown';
}

async function extract(archive: Buffer, target: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-download-'));
  try {
    await writeFile(join(folder, 'archive.tar.gz'), archive);
    const program = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
    await promisify(execFile)('tar', ['-xzf', 'archive.tar.gz', program], { cwd: folder, timeout: 60_000 });
    await copyFile(join(folder, program), target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
