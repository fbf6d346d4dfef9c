/**
 * JSON that is not one value on each line: the elements of arrays, and objects that stand one after the other on several lines.
 *
 * Only brackets and strings are looked at, to find where each element begins and ends; the elements themselves are parsed one by one,
 * so that a file of gigabytes needs the room of its longest element.
 */

import { isUtf8 } from 'node:buffer';
import { LONGEST_ROW, parseRow, type SourceRow, type SourceRows } from './source-row';

/** An object whose array under one of these is the file's rows: pages of an API, and requests of OpenTelemetry. */
const CONTAINERS = new Set(['data', 'resourceSpans', 'batches']);
const LONGEST_CONTAINER = 16;

const BEHIND = -1;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = new Set([0x7b, 0x5b]);
const CLOSE = new Set([0x7d, 0x5d]);
const BRACKET = 0x5b;
const COMMA = 0x2c;
const COLON = 0x3a;
const SPACE = 0x20;

/** @param skipRows elements at the beginning that are counted and not looked at */
export async function* jsonElements(chunks: AsyncIterable<Buffer>, skipRows = 0): SourceRows {
  const finder = new ElementFinder(skipRows);
  for await (const chunk of chunks) {
    const rows = finder.add(chunk);
    if (rows.length > 0) yield rows;
  }
  const rest = finder.end();
  if (rest.length > 0) yield rest;
}

/** Where the reading stands between two parts of a file. */
class ElementFinder {
  /** Brackets that are open. */
  private depth = 0;
  /**
   * Brackets that are open around elements: 1 in an array, 2 in an array within an object; 0: the values of the file are the elements;
   * `BEHIND`: what follows within the object is none.
   */
  private around = 0;
  private isInString = false;
  private isEscaped = false;
  /** The last string of the outermost object: the name of its field, where a bracket follows. */
  private key: number[] = [];
  private isElement = false;
  private element: Buffer[] = [];
  private elementBytes = 0;
  /** Something that is neither object nor array stands where an element should. */
  private isOther = false;
  private number = 0;
  private rows: SourceRow[] = [];

  constructor(private readonly skipRows: number) {}

  add(chunk: Buffer): readonly SourceRow[] {
    this.rows = [];
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (this.isInString) {
        at = this.endOfString(chunk, at);
      } else if (byte === QUOTE) {
        this.isInString = true;
        this.key = [];
        this.noteOther();
      } else if (OPEN.has(byte)) {
        if (this.opensElement(byte)) start = at;
        this.depth++;
      } else if (CLOSE.has(byte)) {
        if (this.closesElement()) {
          this.keep(chunk.subarray(start, at + 1));
          this.finishElement();
        }
      } else if (byte === COMMA) this.finishOther();
      else if (byte > SPACE && byte !== COLON) this.noteOther();
    }
    if (this.isElement) this.keep(chunk.subarray(start));
    return this.rows;
  }

  end(): readonly SourceRow[] {
    this.rows = [];
    this.finishOther();
    if (this.isElement) this.found(() => ({ number: this.number, problem: 'cut-off' }));
    return this.rows;
  }

  /** @returns where the string ends, or where the part does */
  private endOfString(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (this.isEscaped) this.isEscaped = false;
      else if (byte === BACKSLASH) this.isEscaped = true;
      else if (byte === QUOTE) {
        this.isInString = false;
        return at;
      }
      if (this.depth === 1 && this.around === 0 && this.key.length <= LONGEST_CONTAINER) this.key.push(byte);
    }
    return chunk.length;
  }

  private opensElement(byte: number): boolean {
    if (this.isElement) {
      const isContainer = this.depth === 1 && this.around === 0 && byte === BRACKET && CONTAINERS.has(String.fromCharCode(...this.key));
      if (isContainer) {
        // The outermost object is around rows: it is no row itself.
        this.around = 2;
        this.dropElement();
      }
      return false;
    }
    if (this.depth !== this.around) return false;
    this.finishOther();
    if (this.depth === 0 && byte === BRACKET) this.around = 1;
    else this.isElement = true;
    return this.isElement;
  }

  private closesElement(): boolean {
    if (!this.isElement) this.finishOther();
    this.depth = Math.max(0, this.depth - 1);
    if (!this.isElement && this.depth < this.around) this.around = BEHIND;
    if (!this.isElement && this.depth === 0) this.around = 0;
    return this.isElement && this.depth === this.around;
  }

  private noteOther(): void {
    if (!this.isElement && this.depth === this.around) this.isOther = true;
  }

  private finishOther(): void {
    if (this.isOther) this.found(() => ({ number: this.number, problem: 'not-an-object' }));
    this.isOther = false;
  }

  private keep(bytes: Buffer): void {
    this.elementBytes += bytes.length;
    if (this.elementBytes <= LONGEST_ROW) this.element.push(bytes);
    else this.element = [];
  }

  private finishElement(): void {
    const bytes = this.element.length === 1 ? this.element[0]! : Buffer.concat(this.element);
    const isTooLong = this.elementBytes > LONGEST_ROW;
    this.found(() => {
      if (isTooLong) return { number: this.number, problem: 'too-long' };
      return isUtf8(bytes) ? parseRow(this.number, bytes.toString('utf8')) : { number: this.number, problem: 'bad-bytes' };
    });
    this.dropElement();
  }

  private dropElement(): void {
    this.element = [];
    this.elementBytes = 0;
    this.isElement = false;
  }

  private found(row: () => SourceRow): void {
    this.number++;
    if (this.number > this.skipRows) this.rows.push(row());
  }
}
