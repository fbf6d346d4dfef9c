/**
 * Text on its way to a terminal. Prompts, answers and names were written by others: none of them may move the cursor, change a
 * title or hide what stands beside it.
 */

const BELL = 0x07;
const ESCAPE = 0x1b;
/** C1's one-character forms of `ESC [` and of the strings `ESC P`, `ESC X`, `ESC ]`, `ESC ^`, `ESC _`, and the end of those. */
const CSI = 0x9b;
const STRINGS: ReadonlySet<number> = new Set([0x90, 0x98, 0x9d, 0x9e, 0x9f]);
const STRING_END = 0x9c;

/**
 * The text without control sequences and without control characters but line feed and tab; other line ends become line feeds.
 * A sequence that does not end takes what a terminal would take for a part of it. One pass, whatever the text.
 */
export function withoutEscapes(text: string): string {
  const lines = text.replace(/\r\n?/gu, '\n');
  let kept = '';
  let keptTo = 0;
  for (const { index } of lines.matchAll(/\p{Cc}/gu)) {
    if (index < keptTo || lines[index] === '\n' || lines[index] === '\t') continue;
    kept += lines.slice(keptTo, index);
    keptTo = endOfControl(lines, index);
  }
  return kept + lines.slice(keptTo);
}

/** Where the control character, or the sequence that it begins, ends. */
function endOfControl(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === CSI) return endOfCsi(text, start + 1);
  if (STRINGS.has(first)) return endOfString(text, start + 1);
  if (first !== ESCAPE) return start + 1;
  const second = text.charCodeAt(start + 1);
  if (second === CSI - 0x40) return endOfCsi(text, start + 2);
  if (STRINGS.has(second + 0x40)) return endOfString(text, start + 2);
  const final = skip(text, start + 1, 0x20, 0x2f);
  return skip(text, final, 0x30, 0x7e, final + 1);
}

/** Parameters, intermediates, one final character. */
function endOfCsi(text: string, start: number): number {
  const final = skip(text, skip(text, start, 0x30, 0x3f), 0x20, 0x2f);
  return skip(text, final, 0x40, 0x7e, final + 1);
}

/** A string goes on to its end, or to the next control character. */
function endOfString(text: string, start: number): number {
  let end = start;
  while (end < text.length && !isControl(text.charCodeAt(end))) end++;
  const last = text.charCodeAt(end);
  if (last === BELL || last === STRING_END) return end + 1;
  return last === ESCAPE && text[end + 1] === '\\' ? end + 2 : end;
}

function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f);
}

/** The first place from `start` whose code is outside the range, at most `limit`. */
function skip(text: string, start: number, low: number, high: number, limit = text.length): number {
  let end = start;
  while (end < Math.min(limit, text.length) && text.charCodeAt(end) >= low && text.charCodeAt(end) <= high) end++;
  return end;
}

/** As `withoutEscapes`, on one line. */
export function onOneLine(text: string): string {
  return withoutEscapes(text).replace(/\s+/gu, ' ').trim();
}

/** Each line moved to the right by `spaces`. */
export function indented(text: string, spaces = 2): string {
  return text.replace(/^(?=.)/gmu, ' '.repeat(spaces));
}

/** The beginning of a long text, and how much follows. */
export function beginningOf(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const cut = text.slice(0, maxCharacters).replace(/[\ud800-\udbff]$/u, '');
  return `${cut}\n… and ${text.length - cut.length} more characters (--json shows everything)`;
}

/** `340 ms`, `3.2 s`, `4 min 10 s`. */
export function formatMs(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 99_950) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}

/** `2026-11-21 09:30:00 UTC`. */
export function formatInstant(instant: Date): string {
  return `${instant.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
