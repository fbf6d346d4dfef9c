/** A whole review by hand: a class that passes, one that is held after a replay, one that needs an owner, one that is right as it is. */

import type { ClassFigures, ModelFigures } from '../../routing/review/figures/figures';
import type { Finding, SamplePlan, Stability } from '../../routing/review/findings';
import type { Comparison } from '../../routing/review/prove/evidence';
import type { JudgeEvidence } from '../../routing/review/prove/judge-evidence';
import type { ProposalFacts, ReplayFact, ReportFacts } from '../../routing/review/report/facts';
import { rolloutPlanOf } from '../../routing/review/report/plan';
import { DAY_MS, DEFAULT_REVIEW_SETTINGS } from '../../routing/review/settings';
import { usdToNano } from '../../routing/units';
import { catalogueOf, testModel } from './catalogue';

export const DEAR = testModel('west/large');
export const CHEAP = testModel('north/small', { privacyTiers: ['public', 'internal', 'confidential'], regions: ['eu'] });
export const FALLBACK = testModel('south/middle', { privacyTiers: ['public', 'internal'], regions: [] });
export const REVIEWED_MODELS = [DEAR, CHEAP, FALLBACK] as const;

export const REPORTED_AT = Date.UTC(2026, 10, 20, 9, 30);
const WINDOW_FROM = REPORTED_AT - 28 * DAY_MS;

/** 2,800 tasks in 28 days, on one model at 10 cents. */
export function classFigures(name: string, changes: Partial<ClassFigures> = {}): ClassFigures {
  const models = [modelFigures(DEAR.id, 2_800, 0.1)];
  return {
    name,
    classes: [name],
    tasks: 2_800,
    refused: 0,
    demands: {
      privacyTiers: { internal: 2_700, confidential: 100 },
      residencies: { '': 2_000, eu: 800 },
      capabilities: [],
      maxInputTokens: 2_000,
      maxOutputTokens: 500,
    },
    models,
    activeDays: 28,
    costNanoUsd: models.reduce((sum, { cost }) => sum + cost.count * cost.mean, 0),
    ...changes,
  };
}

export function modelFigures(model: string, tasks: number, meanUsd: number): ModelFigures {
  const mean = usdToNano(meanUsd);
  return {
    ...{ model, tasks, completed: tasks, failed: 0, retried: 0, graded: tasks, isBinary: true, rated: 0, ratingSum: 0 },
    ...{ scoreSum: 0.9 * tasks, scoreSquareSum: 0.9 * tasks, good: 0.9 * tasks },
    cost: { count: tasks, mean, sd: mean / 2, p50: 0.9 * mean, p95: 2 * mean },
    latencyMs: { count: tasks, mean: 900, sd: 300, p50: 850, p95: 1_600 },
  };
}

export function finding(name: string, changes: Partial<Finding> = {}): Finding {
  return {
    name,
    classes: [name],
    served: 'over-served',
    why: 'The lower bound of its quality, 88, is above the floor of 80, and north/small would cost a quarter.',
    baseline: { model: DEAR.id, by: 'route' },
    screened: [
      { model: DEAR.id, n: 2_800, raw: 0.9, shrunk: 0.899, low: 0.888, high: 0.91 },
      { model: CHEAP.id, n: 10, raw: 1, shrunk: 0.871, low: 0.79, high: 0.95 },
    ],
    options: [
      { model: DEAR.id, ...option(0.1, 0), dropped: { reason: 'same-model', detail: 'it serves the class now' } },
      { model: CHEAP.id, ...option(0.025, 225) },
      { model: FALLBACK.id, ...option(0.05, 150), dropped: { reason: 'privacy-tier', detail: '100 tasks were confidential' } },
    ],
    plain: {
      singleSwap: { shares: { [CHEAP.id]: 1 }, costPerTaskNanoUsd: usdToNano(0.025), quality: 0.871 },
      mix: { shares: { [CHEAP.id]: 0.4, [DEAR.id]: 0.6 }, costPerTaskNanoUsd: usdToNano(0.07), quality: 0.888 },
    },
    limits: { tolerance: 0.05, margin: 0.04, floor: 0.8 },
    tasksPerMonth: 3_000,
    costPerMonthNanoUsd: usdToNano(300),
    candidates: [],
    ...changes,
  };
}

function option(costUsd: number, savingUsd: number) {
  return {
    costPerTaskNanoUsd: usdToNano(costUsd),
    costFrom: 'measured' as const,
    savingPerMonthNanoUsd: usdToNano(savingUsd),
    quality: 0.87,
    chance: 0.8,
  };
}

/** A pass: 400 pairs, nine points lost to six won. */
export function comparison(changes: Partial<Comparison> = {}): Comparison {
  return {
    ...{ pass: 1, baseline: DEAR.id, candidate: CHEAP.id, scale: 'binary', pairs: 400, excluded: { 'provider-error': 3 } },
    cells: { a: 350, b: 6, c: 9, d: 35 },
    ...{ wins: 6, ties: 385, losses: 9, delta: -0.0075, tolerance: 0.05, margin: 0.04 },
    methods: [
      { method: 'tango', delta: -0.0075, low: -0.0278, high: 0.0121, p: 0.0004 },
      { method: 'cluster-robust', delta: -0.0075, low: -0.0312, high: 0.0162, p: 0.0031 },
    ],
    ...{ deciding: 'cluster-robust', low: -0.0312, high: 0.0162, p: 0.0031, pClass: 0.0062 },
    strata: [
      { name: 'long prompts', weight: 0.25, pairs: 130, delta: -0.0154, low: -0.0561, high: 0.0243, isVeto: false },
      { name: 'short prompts', weight: 0.75, pairs: 270, delta: -0.0049, low: -0.028, high: 0.017, isVeto: false },
    ],
    meanQuality: { baseline: 0.8975, candidate: 0.89 },
    ...{ qualityLowerBound: 0.8555, floor: 0.8, catastrophic: { count: 2, upper: 0.0179 } },
    cost: {
      baseline: { n: 400, mean: usdToNano(0.1), sd: usdToNano(0.05), p50: usdToNano(0.09), p95: usdToNano(0.2) },
      candidate: { n: 400, mean: usdToNano(0.025), sd: usdToNano(0.01), p50: usdToNano(0.023), p95: usdToNano(0.05) },
      ratio: { ratio: 0.25, se: 0.01, lo: 0.231, hi: 0.271, savingLowerBound: 0.729 },
    },
    costPerSuccessNanoUsd: { baseline: usdToNano(0.1114), candidate: usdToNano(0.0281) },
    latencyMs: {
      baseline: { n: 400, mean: 900, sd: 300, p50: 850, p95: 1_600 },
      candidate: { n: 400, mean: 410, sd: 120, p50: 380, p95: 640 },
      isTooSlow: false,
    },
    worstCase: { delta: -0.0149, verdict: 'PASS' },
    sentinels: { pairs: 21, caught: 21 },
    ...{ pairsNeeded: 318, detectableLoss: 0.036, power: 0.94, clusters: 55, effectivePairs: 352 },
    ...{ verdict: 'PASS', flags: [] },
    sentence: 'north/small against west/large on 400 tasks: 89 against 89.8 of 100 points of quality; that is good enough.',
    worst: [{ taskId: '0193-worst', baseline: 1, candidate: 0 }],
    ...changes,
  };
}

/** A judge that people agree with, on 240 pairs. */
export function judgeEvidence(changes: Partial<JudgeEvidence> = {}): JudgeEvidence {
  return {
    ...{ model: 'east/judge', families: ['eastern'], rubricVersion: 'a1b2c3d4e5f6', served: ['judge-2026-09'] },
    ...{ pairs: 240, flips: 31, flipRate: 31 / 240, sentinels: { pairs: 13, caught: 12 }, problems: [] },
    calibration: {
      ...{ pairs: 120, people: ['ana', 'ben'], sharedPairs: 40, disputedPairs: 7, opposedPairs: 2, agreement: 0.85 },
      matrix: [
        [33, 4, 2],
        [3, 41, 3],
        [1, 5, 28],
      ],
      kappa: { value: 0.84, low: 0.75, high: 0.91 },
      ac1: { value: 0.78, low: 0.69, high: 0.86 },
      sensitivity: { value: 0.836, low: 0.734, high: 0.904 },
      specificity: { value: 0.959, low: 0.887, high: 0.986 },
      informedness: { value: 0.795, low: 0.671, high: 0.877 },
    },
    required: { minLabels: 100, minKappa: 0.6, minKappaLow: 0.4, maxFlipRate: 0.5 },
    correction: { kind: 'margin', factor: 0.671, margin: 0.02684 },
    predictionPowered: { labels: 44, delta: -0.01, low: -0.034, high: 0.014, leansAtLeast: -0.02 },
    ...changes,
  };
}

export function samplePlan(changes: Partial<SamplePlan> = {}): SamplePlan {
  return {
    ...{ pass: 1, seed: 'seed of the sample', frame: 2_500, coverage: 0.91, duplicates: 48, excluded: { 'no grader': 252 } },
    strata: [
      { name: 'long prompts', size: 625, drawn: 131 },
      { name: 'short prompts', size: 1_875, drawn: 272 },
    ],
    ...{ pairs: 403, pairsWanted: 403, pairsNeeded: 93, expectedCostNanoUsd: usdToNano(50.4) },
    ...changes,
  };
}

export const UNTOUCHED: Stability = { changedAt: [], setbacks: {}, acceptedDeltas: [], leftRecently: [] };

/** Four tasks are enough to have percentiles: the dear model takes twice as long. */
function replays(): ReplayFact[] {
  return ['0193-worst', '0193-b', '0193-c', '0193-d'].flatMap((taskId, index) =>
    (['baseline', 'candidate'] as const).map((role) => ({
      ...{ taskId, pass: 1 as const, role, replayTaskId: `${taskId}-${role}`, isSentinel: false, calls: 1 },
      model: role === 'baseline' ? DEAR.id : CHEAP.id,
      costNanoUsd: usdToNano((role === 'baseline' ? 0.1 : 0.025) * (1 + index / 4)),
      latencyMs: (role === 'baseline' ? 800 : 400) * (1 + index / 4),
    })),
  );
}

export function proposalFacts(name: string, changes: Partial<ProposalFacts> = {}): ProposalFacts {
  return {
    id: `proposal-of-${name}`,
    name,
    classes: [name],
    candidate: null,
    state: 'HELD',
    finding: finding(name),
    ...{ verdict: null, change: null, heldBy: null, heldDetail: null, escalation: null, rolloutPlan: null, evidenceSha256: null },
    ...{ samples: [], comparisons: [], graders: {}, replays: [], stability: UNTOUCHED },
    ...changes,
  };
}

/** Waits for a verdict, on the rollout that its settings plan. */
export function passingProposal(name: string, changes: Partial<ProposalFacts> = {}): ProposalFacts {
  const proof = comparison();
  return proposalFacts(name, {
    state: 'AWAITING_APPROVAL',
    verdict: 'PASS',
    candidate: CHEAP.id,
    change: {
      name,
      classes: [name],
      before: { [name]: { kind: 'model', model: DEAR.id, fallbacks: [] } },
      after: { [name]: { kind: 'model', model: CHEAP.id, fallbacks: [FALLBACK.id] } },
    },
    samples: [
      {
        plan: samplePlan(),
        tasks: 424,
        sentinels: 21,
        blocks: 8,
        clusters: 55,
        replayedInMs: 3 * DAY_MS,
        manifestSha256: 'c0ffee'.padEnd(64, '0'),
      },
    ],
    comparisons: [proof],
    graders: { exact: 403 },
    replays: replays(),
    rolloutPlan: rolloutPlanOf({ tasksPerMonth: 3_000 }, proof, DEFAULT_REVIEW_SETTINGS),
    evidenceSha256: 'beef'.padEnd(64, '1'),
    stability: { ...UNTOUCHED, changedAt: [WINDOW_FROM - 100 * DAY_MS], acceptedDeltas: [-0.01] },
    ...changes,
  });
}

/** The whole review; a test changes what it is about. */
export function reviewFacts(changes: Partial<ReportFacts> = {}): ReportFacts {
  const undecided = comparison({
    ...{ pairs: 120, delta: -0.02, low: -0.081, high: 0.04, p: 0.21, pClass: 0.42, verdict: 'INCONCLUSIVE', pairsNeeded: 512 },
    sentence: 'north/small against west/large on 120 tasks; that decides nothing.',
  });
  const escalation = {
    rule: 'residency',
    detail: 'The only cheaper model is approved for the us, and 40 tasks must stay in the eu.',
  } as const;
  return {
    identity: {
      ...{ reviewId: '5d1f8a52-review', scope: 'all', windowFrom: WINDOW_FROM, windowTo: REPORTED_AT - DAY_MS / 24 },
      ...{ startedAt: REPORTED_AT - DAY_MS / 24, reportedAt: REPORTED_AT, expiresAt: REPORTED_AT + 7 * DAY_MS },
      trigger: { kind: 'schedule', detail: '' },
      requestedBy: 'schedule',
      policy: { version: 7, sha256: 'a'.repeat(64) },
      ...{ catalogueVersion: 'b'.repeat(64), codeVersion: '0.1.0', seed: 'seed of the review' },
      fingerprints: { [DEAR.id]: ['large-2026-09'], [CHEAP.id]: ['small-2026-10'] },
      settings: DEFAULT_REVIEW_SETTINGS,
    },
    analysis: {
      ...{ from: WINDOW_FROM, to: REPORTED_AT - DAY_MS / 24, tasks: 8_400 },
      classes: ['summarise', 'translate', 'contracts', 'triage'].map((name) => classFigures(name)),
    },
    findings: [
      ...['summarise', 'translate', 'contracts'].map((name) => finding(name)),
      finding('triage', { served: 'right-served', why: 'No cheaper model comes near its quality.', options: [], plain: {} }),
    ],
    proposals: [
      passingProposal('summarise'),
      proposalFacts('translate', {
        ...{ heldBy: 'evidence', heldDetail: '120 pairs decide nothing; 512 would.', verdict: 'INCONCLUSIVE' },
        ...{ candidate: CHEAP.id, samples: passingProposal('translate').samples, comparisons: [undecided], graders: { exact: 120 } },
      }),
      proposalFacts('contracts', {
        ...{ heldBy: 'escalation', heldDetail: escalation.detail, escalation: escalation.rule },
        finding: finding('contracts', { escalation }),
      }),
    ],
    catalogue: catalogueOf(REVIEWED_MODELS),
    replayCost: { spentNanoUsd: usdToNano(51.2), capNanoUsd: usdToNano(100) },
    ...changes,
  };
}
