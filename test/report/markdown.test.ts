import { reportMarkdown } from '../../client/report/markdown';
import { buildReport } from '../../routing/review/report/build';
import type { ReportFacts } from '../../routing/review/report/facts';
import { DEFAULT_REVIEW_SETTINGS } from '../../routing/review/settings';
import { CHEAP, comparison, finding, judgeEvidence, passingProposal, proposalFacts, reviewFacts } from '../support/review-data';

function markdownOf(changes: Partial<ReportFacts> = {}): string {
  return reportMarkdown(buildReport(reviewFacts(changes)));
}

test('begins with the sentence to decide by', () => {
  expect(markdownOf()).toMatch(
    /^# Serving "summarise" with north\/small instead of west\/large saves at least \$218\.70 a month, and may cost at most 3\.1 points/,
  );
});

test('says early what is asked, of whom, until when, and with which command', () => {
  const top = markdownOf().slice(0, 2_500);
  expect(top).toContain('expires on 2026-11-27 09:30 UTC');
  expect(top).toContain('not from schedule, who asked for the review');
  expect(top).toContain('    signalbox approve proposal-of-summarise --as YOUR-NAME');
});

test('contains every number that decides', () => {
  const page = markdownOf();
  for (const figure of [
    ...[
      '−0.8 [−3.1, +1.6]',
      'may lose 4',
      'cluster-robust',
      '350, only new 6, only old 9, neither 35',
      '0.012, at most 0.05',
      '94 %; 3.6 points',
    ],
    ...['$218.70', '0.231 to 0.271', '$0.1114', '1.60 s', '32 days', '21 of 21', 'grader exact (403)', '−5.6', '100 %', '87.1'],
    ...['120 pairs decide nothing', 'residency', 'No cheaper model comes near its quality', 'privacy-tier: 100 tasks were confidential'],
    ...['NOT approved', 'large-2026-09', 'beef'.padEnd(64, '1'), 'b'.repeat(64), 'seed of the review', '28 days'],
  ]) {
    expect(page).toContain(figure);
  }
});

test('asks more of a model that is to be better than of one that is to be cheaper', () => {
  const { change, finding: found } = passingProposal('summarise');
  const upgrade = { kind: 'upgrade', model: CHEAP.id, change: change!, savingPerMonthNanoUsd: 0 } as const;
  const page = markdownOf({ proposals: [passingProposal('summarise', { finding: { ...found, candidates: [upgrade] } })] });
  expect(page).toContain('must be better');
  expect(page).not.toContain('may lose');
});

test('shows no value that is not there', () => {
  expect(markdownOf()).not.toMatch(/undefined|NaN|Infinity|\[object|null/);
});

test('stands up to a review of which nothing is known', () => {
  const bare = markdownOf({ analysis: null, findings: [], proposals: [proposalFacts('summarise', { state: 'ABORTED' })] });
  expect(bare).toMatch(/^# Nothing would change: 1 class \(summarise\) is held\./);
  expect(bare).not.toMatch(/undefined|NaN|Infinity|\[object|null/);
});

test('says aloud that one person may decide alone', () => {
  const { identity } = reviewFacts();
  const verdict = { ...DEFAULT_REVIEW_SETTINGS.verdict, singleOperator: true };
  const page = markdownOf({ identity: { ...identity, settings: { ...identity.settings, verdict } } });
  expect(page).toContain('Single operator: the policy lets the person who asked for this review approve it.');
  expect(page).not.toContain('not from schedule');
});

test('lets no name end a table, begin markup or move a cursor', () => {
  const hostile = 'a | b\n# c `d` <img src=x> [e](f)\u001b[2J*g*';
  const page = markdownOf({ proposals: [], findings: [finding(hostile, { why: hostile })] });
  expect(page).toContain('a \\| b # c \\`d\\` \\<img src=x> \\[e](f)\\*g\\*');
  expect(page).not.toContain('\u001b');
  const rows = page.split('\n').filter((line) => line.startsWith('|') && line.includes('a \\| b'));
  const columnsOf = (row: string) => row.split(/(?<!\\)\|/).length;
  expect(rows.length).toBeGreaterThan(0);
  expect(new Set(rows.map(columnsOf))).toEqual(new Set([9])); // seven columns
});

test('aligns its tables, so that it can be read as it stands', () => {
  const lines = markdownOf({ proposals: [passingProposal('summarise')] }).split('\n');
  const first = lines.findIndex((line) => line.startsWith('| class'));
  expect(new Set(lines.slice(first, first + 3).map(({ length }) => length)).size).toBe(1);
});

test('says who compared the answers, what people make of that judge, and what its errors cost', () => {
  const judged = comparison({ low: -0.0201, judge: judgeEvidence() });
  const replays = [...passingProposal('summarise').replays];
  const judgement = { ...replays[0]!, role: 'judge-baseline-first', model: 'east/judge', costNanoUsd: 5_000_000_000 } as const;
  const page = markdownOf({
    proposals: [passingProposal('summarise', { comparisons: [judged], replays: [...replays, judgement], graders: { none: 403 } })],
  });
  for (const figure of [
    ...[
      'east/judge; eastern',
      'judge-2026-09',
      'a1b2c3d4e5f6',
      '31, 12.9 %; at most 50 %',
      '12 of 13',
      '120 of at least 100; 2',
      '40; 7; 2',
    ],
    ...['0.84 [0.75, 0.91]; at least 0.6', '0.78 [0.69, 0.86]; 85 %', '0.84 [0.73, 0.90]; 0.96 [0.89, 0.99]'],
    ...[
      'the margin of 4 points times 0.67',
      ': 2.7',
      '−1 [−3.4, +1.4], from 44 labels',
      '$5.00',
      'judge (403)',
      'east/judge errs on these answers',
    ],
  ]) {
    expect(page).toContain(figure);
  }
  // A lower end of −2.0 points as the judge sees it is one of −3.0 to people.
  expect(page.split('\n')[0]).toContain('may cost at most 3 points');
});

test('says nothing of a judge where graders scored', () => {
  expect(markdownOf()).not.toMatch(/The judge|abelled pairs/);
});

test('says of a class how many of its tasks another system served', () => {
  const { analysis } = reviewFacts();
  if (analysis === null) throw new Error('The facts of a review have no analysis.');
  const classes = analysis.classes.map((figures) => (figures.name === 'summarise' ? { ...figures, tasks: 1_000, imported: 250 } : figures));
  expect(markdownOf({ analysis: { ...analysis, classes } })).toContain('250 of its 1000 tasks in the window were served by another system');
  expect(markdownOf()).not.toContain('another system');
});
