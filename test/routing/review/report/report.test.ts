import fc from 'fast-check';
import { buildReport } from '../../../../routing/review/report/build';
import { constraintChecks, obstacleTo } from '../../../../routing/review/report/checks';
import type { ReportFacts } from '../../../../routing/review/report/facts';
import { rolloutPlanOf, rolloutRules } from '../../../../routing/review/report/plan';
import type { ReviewReport } from '../../../../routing/review/report/report';
import { reportedSaving } from '../../../../routing/review/report/saving';
import { rolloutLength } from '../../../../routing/review/rollout/rollout-length';
import { DAY_MS, DEFAULT_REVIEW_SETTINGS, type ReviewSettings } from '../../../../routing/review/settings';
import { usdToNano } from '../../../../routing/units';
import { catalogueOf } from '../../../support/catalogue';
import {
  CHEAP,
  classFigures,
  comparison,
  DEAR,
  FALLBACK,
  finding,
  modelFigures,
  passingProposal,
  proposalFacts,
  REVIEWED_MODELS,
  reviewFacts,
  samplePlan,
} from '../../../support/review-data';

function reportOf(changes: Partial<ReportFacts> = {}): ReviewReport {
  return buildReport(reviewFacts(changes));
}

function classOf(report: ReviewReport, name: string) {
  const one = report.classes.find((each) => each.name === name);
  if (one === undefined) throw new Error(`The report has no class ${name}.`);
  return one;
}

function withSettings(changes: Partial<ReviewSettings>): Partial<ReportFacts> {
  return { identity: { ...reviewFacts().identity, settings: { ...DEFAULT_REVIEW_SETTINGS, ...changes } } };
}

describe('the first sentence', () => {
  test('says what would change, what it saves at least, and what it may cost in quality at most', () => {
    expect(reportOf().headline).toBe(
      'Serving "summarise" with north/small instead of west/large saves at least $218.70 a month, and may cost at most 3.1 points of quality (of 100).',
    );
  });

  test('of several proposals sums the least savings and names the largest loss', () => {
    const proposals = [passingProposal('summarise'), passingProposal('translate', { comparisons: [comparison({ low: -0.038 })] })];
    const { headline, savingPerMonthNanoUsd } = reportOf({ proposals });
    expect(savingPerMonthNanoUsd).toBe(2 * usdToNano(218.7));
    expect(headline).toBe(
      'Serving 2 classes (summarise and translate) by other models saves at least $437.40 a month, and may cost at most 3.8 points of quality (of 100) in any of them.',
    );
  });

  test('says what an upgrade costs at most and gains at least', () => {
    const proof = comparison({
      low: 0.021,
      high: 0.09,
      cost: { ...comparison().cost, ratio: { ratio: 1.4, se: 0.05, lo: 1.3, hi: 1.5, savingLowerBound: -0.5 } },
    });
    expect(reportOf({ proposals: [passingProposal('summarise', { comparisons: [proof] })] }).headline).toMatch(
      /costs at most \$150\.00 more a month, and gains at least 2\.1 points of quality/,
    );
  });

  test('claims no saving in all when one of them has no bound', () => {
    const unknown = comparison({ cost: { ...comparison().cost, ratio: null } });
    const { headline, savingPerMonthNanoUsd } = reportOf({
      proposals: [passingProposal('summarise'), passingProposal('translate', { comparisons: [unknown] })],
    });
    expect(savingPerMonthNanoUsd).toBeNull();
    expect(headline).toContain('saves an amount that the evidence cannot bound');
  });

  test('names what is held, and what needs an owner, when nothing would change', () => {
    const [, held, escalated] = reviewFacts().proposals;
    expect(reportOf({ proposals: [held!, escalated!], findings: [finding('triage', { served: 'right-served' })] }).headline).toBe(
      'Nothing would change: 1 class (contracts) needs the word of an owner, 1 class (translate) is held and 1 class (triage) is right as it is.',
    );
    expect(reportOf({ proposals: [], findings: [] }).headline).toBe('Nothing would change: the window has no tasks to review.');
  });
});

describe('a report', () => {
  test('puts what waits for a verdict first, then what needs an owner, what is held, what stays', () => {
    const { result, classes } = reportOf();
    expect(result).toBe('awaiting');
    expect(classes.map(({ name, status }) => [name, status])).toEqual([
      ['summarise', 'proposed'],
      ['contracts', 'needs-owner'],
      ['translate', 'held'],
      ['triage', 'unchanged'],
    ]);
  });

  test('ends as the gravest of its classes', () => {
    const [, held, escalated] = reviewFacts().proposals;
    expect(reportOf({ proposals: [held!, escalated!] }).result).toBe('needs-owner');
    expect(reportOf({ proposals: [held!], findings: [] }).result).toBe('held');
    expect(reportOf({ proposals: [], findings: [finding('triage')] }).result).toBe('no-change');
    expect(
      reportOf({ proposals: [], findings: [finding('triage', { heldBy: { by: 'dwell', detail: 'It changed yesterday.' } })] }).result,
    ).toBe('held');
  });

  test('says of every class why it stands where it does', () => {
    const report = reportOf();
    expect(classOf(report, 'summarise').sentence).toBe(comparison().sentence);
    expect(classOf(report, 'translate').sentence).toBe('Held by evidence: 120 pairs decide nothing; 512 would.');
    expect(classOf(report, 'contracts').sentence).toMatch(/^Needs an owner by the rule "residency": The only cheaper model/);
    expect(classOf(report, 'triage').sentence).toBe('No cheaper model comes near its quality.');
  });

  test('leaves as it is what was aborted, and says so', () => {
    const report = reportOf({ proposals: [proposalFacts('summarise', { state: 'ABORTED' })], findings: [] });
    expect(classOf(report, 'summarise')).toMatchObject({ status: 'held', sentence: expect.stringContaining('ABORTED') });
  });

  test('adjusts the p-value of a class for the others that were compared', () => {
    // Benjamini–Hochberg over 0.0062 and, of the class that proved nothing, 0.42.
    expect(classOf(reportOf(), 'summarise').proposal?.proof).toMatchObject({ adjustedP: 0.0124, adjustedLimit: 0.05, classesCompared: 2 });
  });

  test('shows the replays of the worst tasks, so that they can be read side by side', () => {
    expect(classOf(reportOf(), 'summarise').proposal?.proof?.worst).toEqual([
      {
        taskId: '0193-worst',
        baseline: 1,
        candidate: 0,
        baselineReplayId: '0193-worst-baseline',
        candidateReplayId: '0193-worst-candidate',
      },
    ]);
  });

  test('counts neither sentinels nor other passes among the replays of an arm', () => {
    const { replays } = passingProposal('summarise');
    const strange = replays.map((replay) => ({ ...replay, latencyMs: 1e6 }));
    const more = [
      ...replays,
      ...strange.map((replay) => ({ ...replay, isSentinel: true })),
      ...strange.map((replay) => ({ ...replay, pass: 2 as const })),
    ];
    const proof = (proposal: ReturnType<typeof passingProposal>) =>
      classOf(reportOf({ proposals: [proposal] }), 'summarise').proposal?.proof;
    expect(proof(passingProposal('summarise', { replays: more }))?.candidate).toEqual(proof(passingProposal('summarise'))?.candidate);
  });

  test('is JSON: what is read back is what was written', () => {
    const report = reportOf();
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  test('says what limits it: coverage, a short time of replays, compressed time, a single operator', () => {
    const sample = { ...passingProposal('summarise').samples[0]!, plan: samplePlan({ coverage: 0.6 }), replayedInMs: DAY_MS / 12 };
    const settings = {
      verdict: { ...DEFAULT_REVIEW_SETTINGS.verdict, singleOperator: true },
      canary: { ...DEFAULT_REVIEW_SETTINGS.canary, dwellMs: [3_000, 3_000, 3_000], soakMs: 5_000 },
    };
    const { notTested, assumptions } = reportOf({
      proposals: [passingProposal('summarise', { samples: [sample] })],
      ...withSettings(settings),
    }).limits;
    expect(notTested).toEqual(
      expect.arrayContaining([
        '"summarise": 40 % of its tasks could not be replayed, and need not be like the others.',
        '"summarise": all replays ran within 2 hours. How the providers differ from day to day is not in the interval.',
      ]),
    );
    expect(assumptions.join(' ')).toMatch(/last at least 3 seconds, 3 seconds, 3 seconds, and the soak 5 seconds/);
    expect(assumptions.join(' ')).toContain('One person both asks for reviews and approves them');
  });
});

describe('the least saving', () => {
  const proof = comparison();

  test('is what the old model costs now, times one minus the upper end of the ratio', () => {
    expect(reportedSaving(proof, classFigures('a'), finding('a'))).toMatchObject({
      atLeastNanoUsd: usdToNano(300 * (1 - 0.271)),
      expectedNanoUsd: usdToNano(300 * 0.75),
    });
  });

  test('counts the loss on tasks of a cheaper model, and not the gain on those of a dearer one', () => {
    // By upper ratio, a task costs 0.0271 on the candidate: 0.0071 more than on the cheaper model, for 1,000 of 3,800 tasks.
    const mixed = (others: number) => {
      const models = [modelFigures(DEAR.id, 2_800, 0.1), modelFigures('other/one', 1_000, others)];
      const figures = classFigures('a', { models, costNanoUsd: usdToNano(280 + 1_000 * others) });
      return reportedSaving(proof, figures, { costPerMonthNanoUsd: figures.costNanoUsd }).atLeastNanoUsd ?? NaN;
    };
    expect(mixed(0.02) / 1e9).toBeCloseTo(280 * 0.729 - 7.1, 6);
    expect(mixed(5) / 1e9).toBeCloseTo(280 * 0.729, 6);
  });

  test('is not claimed without an interval, or without costs of the old model', () => {
    expect(reportedSaving({ ...proof, cost: { ...proof.cost, ratio: null } }, classFigures('a'), finding('a')).atLeastNanoUsd).toBeNull();
    expect(reportedSaving(proof, undefined, finding('a')).atLeastNanoUsd).toBeNull();
    expect(reportedSaving(proof, classFigures('a', { models: [] }), finding('a')).atLeastNanoUsd).toBeNull();
  });
});

describe('the checks of privacy and residency', () => {
  const { demands } = classFigures('a');
  const catalogue = catalogueOf(REVIEWED_MODELS);
  const to = (model: string, fallbacks: string[] = []) => ({ after: { a: { kind: 'model' as const, model, fallbacks } } });

  test('ask every tier and residency that occurred of every model of the new route', () => {
    const checks = constraintChecks(demands, to(CHEAP.id, [FALLBACK.id]), catalogue);
    expect(checks.map(({ rule, value, tasks, model, role, isApproved }) => [rule, value, tasks, model, role, isApproved])).toEqual([
      ['privacy-tier', 'internal', 2_700, CHEAP.id, 'first', true],
      ['privacy-tier', 'confidential', 100, CHEAP.id, 'first', true],
      ['residency', 'eu', 800, CHEAP.id, 'first', true],
      ['privacy-tier', 'internal', 2_700, FALLBACK.id, 'fallback', true],
      ['privacy-tier', 'confidential', 100, FALLBACK.id, 'fallback', false],
      ['residency', 'eu', 800, FALLBACK.id, 'fallback', false],
    ]);
  });

  test('forbid a first model that fails one, and no fallback, which is passed over', () => {
    expect(obstacleTo(demands, to(CHEAP.id, [FALLBACK.id]), catalogue)).toBeUndefined();
    expect(obstacleTo(demands, to(FALLBACK.id), catalogue)).toBe(
      `${FALLBACK.id} is not approved for privacy-tier "confidential", which 100 of its tasks had.`,
    );
  });

  test('approve a model that the catalogue lost for nothing', () => {
    expect(obstacleTo(demands, to('gone/model'), catalogue)).toMatch(/^gone\/model is not approved for privacy-tier/);
  });
});

describe('the rollout of a proposal', () => {
  const plan = rolloutPlanOf({ tasksPerMonth: 3_000 }, comparison(), DEFAULT_REVIEW_SETTINGS);

  test('is watched at the quality that the candidate showed, within the tolerance that was agreed', () => {
    expect(plan).toMatchObject({ approvedLevel: 0.89, approvedDelta: -0.0075, tolerance: 0.05, tasksPerDay: 100, scale: 'binary' });
  });

  test('lasts until each arm has its tasks and their labels are final', () => {
    // 50 tasks of 5 a day, then 150 of 25, then 300 of 50, and a day for the labels of each.
    expect(rolloutLength(plan)).toEqual({
      steps: [
        { weight: 0.05, minPerArm: 50, fromDay: 0, days: 11, waitsFor: 'tasks' },
        { weight: 0.25, minPerArm: 150, fromDay: 11, days: 7, waitsFor: 'tasks' },
        { weight: 0.5, minPerArm: 300, fromDay: 18, days: 7, waitsFor: 'tasks' },
      ],
      soakDays: 7,
      days: 32,
      isBeyondDeadline: true,
    });
  });

  test('lasts as long as its dwell times where there are tasks enough', () => {
    const quick = rolloutLength({ ...plan, tasksPerDay: 1e6, canary: { ...plan.canary, labelWindowMs: 0 } });
    expect(quick).toMatchObject({ days: 1 + 1 + 2 + 7, isBeyondDeadline: false });
    expect(quick?.steps.map(({ waitsFor }) => waitsFor)).toEqual(['time', 'time', 'time']);
  });

  test('waits in its last step until the margin of promotion can be proven', () => {
    const narrow = rolloutLength({ ...plan, tolerance: 0.02 });
    expect(narrow?.steps.at(-1)?.waitsFor).toBe('proof');
    expect(narrow?.days).toBeGreaterThan(32);
  });

  test('never ends without tasks, or when the approved loss is itself beyond the margin', () => {
    expect(rolloutLength({ ...plan, tasksPerDay: 0 })).toBeNull();
    expect(rolloutLength({ ...plan, approvedDelta: -0.1 })).toBeNull();
  });

  test('is no longer for a class with more tasks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 10_000 }), (tasks, more) => {
        const [few, many] = [rolloutLength({ ...plan, tasksPerDay: tasks }), rolloutLength({ ...plan, tasksPerDay: tasks + more })];
        expect(many?.days).toBeLessThanOrEqual((few?.days ?? NaN) + 1e-9);
      }),
    );
  });

  test('states what stops it, takes it back, holds it and promotes it, with its own numbers', () => {
    const rules = rolloutRules(plan).join('\n');
    for (const words of ['by 5 points or more', 'above −10 points', 'after 28 days', 'from 89 of 100', 'p < 0.001', 'after 15 minutes']) {
      expect(rules).toContain(words);
    }
  });
});
