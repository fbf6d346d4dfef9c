/**
 * Text on its way to a terminal. Prompts, answers and names were written by others: none of them may move the cursor, change a
 * title or hide what stands beside it.
 */

/** A control sequence: CSI (`ESC [ … letter`), a string such as OSC (`ESC ] … BEL`), or ESC and one character. */
const ESCAPE =
  // biome-ignore format: one alternative per line reads better than a wrapped pattern
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/gu;

/** What is left of C0, DEL and C1; line feed and tab stay. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu;

/** The text without control sequences and control characters; line ends become line feeds. Takes linear time. */
export function withoutEscapes(text: string): string {
  return text.replace(/\r\n?/gu, '\n').replace(ESCAPE, '').replace(CONTROL, '');
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
