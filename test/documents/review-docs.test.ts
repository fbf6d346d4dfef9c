/** docs/review.md: what it says of states, names and settings is what the code knows. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../db/documents/package-root';
import { parsePolicyFile } from '../../db/documents/policy-file';
import { loadStartingCatalogue } from '../../db/documents/starting-files';
import { ESCALATIONS, HELD_BY, PAUSE_REASONS, PROPOSAL_MOVES, ROLLOUT_MOVES, VERDICTS } from '../../routing/review/states';
import type { ReviewEnd } from '../../workflows/messages';

const text = readFileSync(join(packageRoot(), 'docs', 'review.md'), 'utf8');
const examples = [...text.matchAll(/```yaml\n(# (\S+)\n[^`]*)```/g)].map(([, body = '', file = '']) => [file, body] as const);

/** Rows of the table with this first column, each a list of the words in code in its cells. */
function tableOf(title: string): readonly (readonly (readonly string[])[])[] {
  const lines = text.split('\n');
  const head = lines.findIndex((line) => line.startsWith(`| ${title} |`));
  const end = lines.findIndex((line, at) => at > head && !line.startsWith('|'));
  return lines.slice(head + 2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word)),
  );
}

/** Names in the first column. */
const namesOf = (title: string) => tableOf(title).map(([first]) => first?.[0]);

/** States and what may follow each, of the table under a heading. */
function movesUnder(heading: string): Readonly<Record<string, readonly string[]>> {
  const rows = [
    ...text
      .slice(text.indexOf(`\n## ${heading}\n`))
      .split('\n## ')[1]!
      .matchAll(/^\| `([A-Z_]+)` \|.*\|(.*)\|$/gm),
  ];
  return Object.fromEntries(rows.map(([, state, next = '']) => [state, [...next.matchAll(/`([A-Z_]+)`/g)].map(([, word]) => word)]));
}

const ENDS = {
  'no-change': true,
  held: true,
  'needs-owner': true,
  decided: true,
  expired: true,
  void: true,
  cancelled: true,
  failed: true,
} satisfies Record<ReviewEnd, true>;

test.each([
  ['States of a proposal', PROPOSAL_MOVES],
  ['States of a rollout', ROLLOUT_MOVES],
])('"%s" has every state, with what may follow it', (heading, moves) => {
  expect(movesUnder(heading)).toEqual(moves);
});

test.each([
  ['verdict on the evidence', VERDICTS],
  ['held by', HELD_BY],
  ['escalation', ESCALATIONS],
  ['pause reason', PAUSE_REASONS],
  ['end', Object.keys(ENDS)],
])('the table by "%s" has every name and no other', (title, names) => {
  expect([...namesOf(title)].sort()).toEqual([...names].sort());
});

test('there is an example of policy.yaml', () => {
  expect(examples.map(([file]) => file)).toContain('policy.yaml');
});

test.each(examples)('the example of %s is valid: %s', (file, body) => {
  expect(parsePolicyFile(body, file, loadStartingCatalogue().catalogue)).toEqual({ ok: expect.anything() });
});
