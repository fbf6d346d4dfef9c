import { reportHtml } from '../../client/report/html';
import { buildReport } from '../../routing/review/report/build';
import type { ReportFacts } from '../../routing/review/report/facts';
import { classFigures, comparison, finding, passingProposal, proposalFacts, reviewFacts } from '../support/review-data';

function htmlOf(changes: Partial<ReportFacts> = {}): string {
  return reportHtml(buildReport(reviewFacts(changes)));
}

function plotsOf(page: string): string[] {
  return page.match(/<svg[\s\S]*?<\/svg>/g) ?? [];
}

test('begins with the sentence to decide by, and contains the numbers that decide', () => {
  const page = htmlOf();
  expect(page).toMatch(/<h1>Serving &quot;summarise&quot; with north\/small instead of west\/large saves at least \$218\.70 a month/);
  for (const figure of ['−0.8 [−3.1, +1.6]', '0.012, at most 0.05', '$218.70', '32 days', 'NOT approved', 'beef'.padEnd(64, '1')]) {
    expect(page).toContain(figure);
  }
  expect(page).not.toMatch(/undefined|NaN|Infinity|\[object/);
});

test('needs no network and runs no script', () => {
  const page = htmlOf();
  expect(page).not.toMatch(/https?:|<script|<link|@import|url\(|\son[a-z]+=|<iframe|javascript:/i);
  expect(page).toContain(
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:;`,
  );
});

test('escapes whatever comes from data, in text, attributes and pictures', () => {
  const hostile = `"><script>alert(1)</script><b onclick='x'>&amp;\u001b[31m`;
  const strata = [{ name: hostile, weight: 1, pairs: 400, delta: 0, low: -0.02, high: 0.02, isVeto: false }];
  const page = htmlOf({
    analysis: { ...reviewFacts().analysis!, classes: [classFigures(hostile)] },
    findings: [],
    proposals: [
      passingProposal(hostile, { comparisons: [comparison({ strata, sentence: hostile })], finding: finding(hostile, { why: hostile }) }),
    ],
  });
  expect(plotsOf(page)).toHaveLength(4);
  expect(page).not.toMatch(/<script|<b /);
  expect(page).not.toContain('\u001b');
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(page).not.toMatch(/="[^"]*<[^"]*"/);
});

test('draws the frontier, the strata, the spread and the plan of every proposal, each with a title and a description', () => {
  const plots = plotsOf(htmlOf({ proposals: [passingProposal('summarise')], findings: [] }));
  expect(plots.map((svg) => /<title>([^<]*)</.exec(svg)?.[1])).toEqual([
    'Difference of quality in summarise, by stratum',
    'Spread of cost and latency in summarise',
    'Plan of the rollout of summarise',
    'Quality and cost of the models of summarise',
  ]);
  for (const svg of plots) {
    expect(svg).toMatch(/^<svg role="img" aria-label="[^"]{60,}" viewBox="0 0 600 \d+">/);
  }
});

test('draws every picture in the colours of the page, so that it is read by day and by night', () => {
  const colours = plotsOf(htmlOf()).flatMap((svg) => [...svg.matchAll(/(?:fill|stroke)="([^"]*)"/g)].map(([, colour]) => colour));
  const own = new Set(colours.filter((colour) => !colour?.startsWith('var(--') && colour !== 'none' && colour !== 'transparent'));
  expect([...own]).toEqual([]);
});

/** Pixels that a word takes at most, in the font of the plots. */
const MOST_PER_CHARACTER = 8;

test('keeps every word of a picture inside of it, however long the names are', () => {
  const long = 'customer support, long prompts with attachments, previously failed, large tenants';
  const strata = [{ name: long, weight: 1, pairs: 400, delta: 0, low: -0.02, high: 0.02, isVeto: false }];
  const screened = finding('a').screened.map((one) => ({ ...one, model: `${one.model}-${long}` }));
  const options = finding('a').options.map((one) => ({ ...one, model: `${one.model}-${long}` }));
  const proposal = passingProposal(long, { comparisons: [comparison({ strata })], finding: finding(long, { screened, options }) });
  for (const svg of plotsOf(htmlOf({ proposals: [proposal], findings: [] }))) {
    const height = Number(/viewBox="0 0 600 (\d+)"/.exec(svg)?.[1]);
    const words = [...svg.matchAll(/<text [^>]*text-anchor="(\w+)"[^>]*translate\(([\d.-]+) ([\d.-]+)\)"[^>]*>([^<]*)</g)];
    expect(words.length).toBeGreaterThan(4);
    for (const [, anchor, x, y, word = ''] of words) {
      const width = MOST_PER_CHARACTER * word.length;
      const start = Number(x) - { start: 0, middle: width / 2, end: width }[anchor as 'start' | 'middle' | 'end'];
      expect([word, start >= -10, start + width <= 610]).toEqual([word, true, true]);
      expect([word, Number(y) > 0, Number(y) < height]).toEqual([word, true, true]);
    }
  }
});

test('leaves nothing of the chart library in the page: no id, no class, no style in a picture', () => {
  for (const svg of plotsOf(htmlOf())) expect(svg).not.toMatch(/<style|<defs|\sid=|\sclass=|xmlns|clip-path|ecmeta|zr\d/);
});

test('is the same text for the same report', () => {
  expect(htmlOf()).toBe(htmlOf());
});

test('stands up to a review of which nothing is known', () => {
  const page = htmlOf({ analysis: null, findings: [], proposals: [proposalFacts('summarise', { state: 'ABORTED' })] });
  expect(page).toContain('Nothing would change');
  expect(page).not.toMatch(/undefined|NaN|Infinity|\[object/);
});

test('links every part of the page, and every link leads to one', () => {
  const page = htmlOf();
  const targets = [...page.matchAll(/href="#(\w+)"/g)].map(([, id]) => id);
  expect(targets.length).toBeGreaterThan(4);
  for (const id of targets) expect(page).toContain(`id="${id}"`);
});
