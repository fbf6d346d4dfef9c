/** `review report`: one page in every form. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildReport } from '../../routing/review/report/build';
import type { ReviewReport } from '../../routing/review/report/report';
import { testModel } from '../support/catalogue';
import { commandPath, folderWith, jsonOf, signalbox } from '../support/command-line';
import { type Installation, install } from '../support/installation';
import { reviewFacts } from '../support/review-data';
import { insertReview } from '../support/review-rows';

let stack: Installation;
let report: ReviewReport;

beforeAll(async () => {
  await commandPath();
  stack = await install({ models: [testModel('scripted/first')] });
  const reviewId = await insertReview(stack.db, { phase: 'awaiting-verdict' });
  const built = buildReport(reviewFacts());
  report = { ...built, identity: { ...built.identity, reviewId } };
  await stack.db.sql`UPDATE reviews SET report = ${JSON.stringify(report)}::text::jsonb WHERE id = ${reviewId}`;
}, 180_000);
afterAll(() => stack.end());

const run = (words: readonly string[], cwd = folderWith({})) =>
  signalbox(['review', 'report', report.identity.reviewId, ...words], { cwd, env: stack.environment });

test('as text begins with the sentence to decide by, and has its tables without markup', async () => {
  const { exitCode, stdout } = await run([]);
  expect({ exitCode, headline: stdout.split('\n')[0] }).toEqual({ exitCode: 0, headline: report.headline });
  expect(stdout).toMatch(/^WHAT WAITS FOR A VERDICT$/m);
  expect(stdout).toContain('signalbox approve proposal-of-summarise --as YOUR-NAME');
  expect(stdout).not.toMatch(/^#|\| ---|undefined|NaN/m);
});

test('--json is the report as it is stored', async () => {
  expect(jsonOf(await run(['--json']))).toEqual(JSON.parse(JSON.stringify(report)));
  expect(jsonOf(await run(['--format', 'json']))).toMatchObject({ headline: report.headline });
});

test.each([
  ['report.md', /^# Serving "summarise"/],
  ['report.html', /^<!doctype html>[\s\S]*<svg/],
  ['report.json', /^\{\n {2}"format": 1/],
  ['report', /^Serving "summarise"/],
])('--out %s is written as its ending says', async (file, begins) => {
  const cwd = folderWith({});
  expect(await run(['--out', file], cwd)).toMatchObject({ exitCode: 0, stdout: `Wrote the report to ${file}.\n` });
  expect(readFileSync(join(cwd, file), 'utf8')).toMatch(begins);
});

test('a form that is asked for by name wins over the ending', async () => {
  const cwd = folderWith({});
  await run(['--out', 'page.txt', '--format', 'markdown'], cwd);
  expect(readFileSync(join(cwd, 'page.txt'), 'utf8')).toMatch(/^# /);
});

test('contradictions and files that cannot be written are named', async () => {
  expect(await run(['--json', '--format', 'html'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('contradict') });
  expect(await run(['--out', 'no/where.md'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('no/where.md cannot be written (ENOENT)'),
  });
});
