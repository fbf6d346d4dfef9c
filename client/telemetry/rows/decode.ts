/** The bytes of a file as UTF-8 without a byte order mark, whatever they came as: gzip or plain, UTF-8 or UTF-16. */

import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { RoutingError } from '../../../routing/errors';
import type { Bytes } from './read-bytes';

/** Enough for every mark at the beginning of a file. */
const MARK_BYTES = 4;

/**
 * @param what how errors name the file, as the beginning of a sentence
 * @throws {RoutingError} `bad_input` when it cannot be read, is compressed in another way, or is cut off within its compression
 */
export async function* decodeBytes(source: Bytes, what: string): AsyncGenerator<Buffer> {
  const compressed = await lookAhead(source);
  yield* beginsWith(compressed.head, 0x1f, 0x8b) ? decodeText(gunzip(compressed.all, what), what) : decodeText(compressed.all, what);
}

async function* decodeText(source: Bytes, what: string): AsyncGenerator<Buffer> {
  const { head, all } = await lookAhead(source);
  if (beginsWith(head, 0x28, 0xb5, 0x2f, 0xfd) || beginsWith(head, 0x42, 0x5a, 0x68) || beginsWith(head, 0x50, 0x4b, 0x03, 0x04)) {
    throw new RoutingError('bad_input', `${what} is compressed with something else than gzip. Unpack it first, or compress it with gzip.`);
  }
  if (beginsWith(head, 0xff, 0xfe)) yield* decodeUtf16(all, 'utf-16le');
  else if (beginsWith(head, 0xfe, 0xff)) yield* decodeUtf16(all, 'utf-16be');
  else {
    let isFirst = beginsWith(head, 0xef, 0xbb, 0xbf);
    for await (const chunk of all) {
      yield isFirst ? asBuffer(chunk).subarray(3) : asBuffer(chunk);
      isFirst = false;
    }
  }
}

async function* decodeUtf16(source: Bytes, encoding: 'utf-16le' | 'utf-16be'): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of source) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  const rest = decoder.decode();
  if (rest !== '') yield Buffer.from(rest);
}

async function* gunzip(source: Bytes, what: string): AsyncGenerator<Uint8Array> {
  const unpacked = createGunzip();
  const packed = Readable.from(source, { objectMode: true, highWaterMark: 1 });
  // An error of either ends both; reading the one tells it.
  packed.on('error', (error) => unpacked.destroy(error));
  packed.pipe(unpacked);
  try {
    yield* unpacked as AsyncIterable<Uint8Array>;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (!String(code).startsWith('Z_')) throw cause;
    throw new RoutingError(
      'bad_input',
      `${what} is damaged or cut off within its compression (${code}). Copy it again; what came before was read.`,
      {
        cause,
      },
    );
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
}

/** The first bytes, and all of them again. The first part holds at least those, where there are as many. */
async function lookAhead(source: Bytes): Promise<{ readonly head: Buffer; readonly all: Bytes }> {
  const parts = source[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.length < MARK_BYTES) {
    const { done, value } = await parts.next();
    if (done) break;
    head = head.length === 0 ? asBuffer(value) : Buffer.concat([head, value]);
  }
  return { head, all: continued(head, parts) };
}

async function* continued(head: Buffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

function beginsWith(bytes: Buffer, ...mark: readonly number[]): boolean {
  return mark.every((byte, index) => bytes[index] === byte);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
