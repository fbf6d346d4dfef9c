/** CSV that spreadsheets read and do not run. */

import fc from 'fast-check';
import { csvLine } from '../../client/money/csv';

test.each([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['\r=1', "'\r=1"],
  ['\n=1', "'\n=1"],
  ['  =1', "'  =1"],
  ['\u00a0=1', "'\u00a0=1"],
  ['＝1', "'＝1"],
  ['=HYPERLINK("http://x","y")', `'=HYPERLINK("http://x","y")`],
])('%j is shown as text and not computed', (text, cell) => {
  expect(csvLine([text, 1])).toBe(`"${cell.replaceAll('"', '""')}",1`);
});

test.each([
  [['plain', 'two words', 'a-b', 'team:search'], 'plain,two words,a-b,team:search'],
  [['a,b', 'say "x"', 'two\nlines'], '"a,b","say ""x""","two\nlines"'],
  [[-1, 0.5, 1e-9, true, null, ''], '-1,0.5,1e-9,true,,'],
  [['bell\u0007', '\u009b31m'], 'bell\ufffd,\ufffd31m'],
])('%j is %j', (values, line) => {
  expect(csvLine(values)).toBe(line);
});

/** Reads one line of RFC 4180. */
function cellsOf(line: string): string[] {
  return [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/gu)].map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '');
}

test('whatever stands in a text, it is one cell, reads back as it was, and never begins like a formula', () => {
  const text = fc.string({
    unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', "'", ' ', 'a', '1', '|', '\u0000', '\u001b'),
  });
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (texts) => {
      const cells = cellsOf(csvLine(texts));
      expect(cells).toHaveLength(texts.length);
      for (const [place, cell] of cells.entries()) {
        expect(cell).not.toMatch(/^[\s]*[=+\-@]|^[\t\r\n]/u);
        expect(cell.replace(/^'/u, '')).toBe(texts[place]!.replace(/[^\P{Cc}\t\r\n]/gu, '\ufffd').replace(/^'/u, ''));
      }
    }),
  );
});
