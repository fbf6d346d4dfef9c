/** Texts beside each other in a terminal, wrapped at words, and with no word lost. */

/** Scripts and signs whose characters take two columns in a terminal. */
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff00-\uff60]/u;
/** What stands above or below other characters takes none. */
const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Columns that a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** Lines of at most so many columns. A word that is longer is broken; white space at the beginning of a line is kept, as code has it. */
export function wrapped(text: string, columns: number): readonly string[] {
  return text
    .replaceAll('\t', '    ')
    .split('\n')
    .flatMap((line) => wrappedLine(line, columns));
}

function wrappedLine(line: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let current = '';
  let width = 0;
  for (const [word] of line.matchAll(/\s*\S+|\s+$/gu)) {
    const wordWidth = widthOf(word);
    if (width + wordWidth <= columns) {
      current += word;
      width += wordWidth;
      continue;
    }
    const bare = width > 0 ? word.trimStart() : word;
    if (width > 0) lines.push(current);
    [current, width] = ['', 0];
    for (const character of bare) {
      const step = widthOf(character);
      if (width + step > columns) {
        lines.push(current);
        [current, width] = ['', 0];
      }
      current += character;
      width += step;
    }
  }
  return [...lines, current];
}

/** Two texts beside each other, with a line between them. */
export function sideBySide(left: string, right: string, columns: number): readonly string[] {
  const half = Math.max(1, Math.floor((columns - 3) / 2));
  const [lefts, rights] = [wrapped(left, half), wrapped(right, half)];
  return Array.from({ length: Math.max(lefts.length, rights.length) }, (_, at) => {
    const cell = lefts[at] ?? '';
    return `${cell}${' '.repeat(Math.max(0, half - widthOf(cell)))} │ ${rights[at] ?? ''}`.trimEnd();
  });
}
