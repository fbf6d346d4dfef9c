/** Texts that make careless text processing slow: what backtracks, what nests, what never ends a word or a line. */

export interface Hostile {
  readonly kind: string;
  /** One text per size, ascending. */
  readonly texts: readonly string[];
}

const PIECES: Readonly<Record<string, string>> = {
  'one endless word': 'a',
  'open brackets': '([{',
  'spaces, then a letter': '                                                               x',
  'line breaks': '\n',
  'numbers with dots': '1.1.',
  'half identifiers': 'a_A1.',
  'fences and placeholders': '```${{',
  'lone surrogates and NUL': '\ud800\u0000\udfff',
  'emoji and combining marks': '👩‍👩‍👧‍👦e\u0301',
  'words of every rule': 'fix bug refactor test explain design urgent why how ',
};

/** @param sizes in UTF-16 code units */
export function hostileTexts(sizes: readonly number[]): Hostile[] {
  return Object.entries(PIECES).map(([kind, piece]) => ({
    kind,
    texts: sizes.map((size) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size)),
  }));
}
