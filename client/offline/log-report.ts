/** The report of a review of logs: the same page as that of any review, headed by what logs alone cannot tell. */

import { evidenceSha256, manifestSha256 } from '../../db/documents/evidence-hash';
import { programVersion } from '../../db/documents/program-version';
import type { Catalogue } from '../../routing/catalogue';
import type { Policy } from '../../routing/decision/policy';
import type { PairedAnswer } from '../../routing/review/prove/evidence';
import { buildReport } from '../../routing/review/report/build';
import type { ProposalFacts, ReplayFact } from '../../routing/review/report/facts';
import { rolloutPlanOf } from '../../routing/review/report/plan';
import type { ReportedSample, ReportIdentity, ReviewReport } from '../../routing/review/report/report';
import type { ReplayedPass, ReviewedClass } from '../../routing/review/review-classes';
import { WHOLE_SCOPE } from '../../routing/review/settings';
import { logLimits } from './log-limits';
import type { ReviewedLogs } from './review-logs';

export interface LogReportTerms {
  /** Names this review: the same logs, rules and seed give the same. */
  readonly reviewId: string;
  readonly catalogue: Catalogue;
  readonly policy: Policy;
  readonly policySha256: string;
  readonly seed: string;
  readonly requestedBy: string;
  /** Names of the telemetry files. */
  readonly sources: readonly string[];
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly reportedAt: number;
}

export function logReport(reviewed: ReviewedLogs, terms: LogReportTerms): ReviewReport {
  const { analysis, classes, runs } = reviewed;
  const { catalogue, policy } = terms;
  const identity = identityOf(reviewed, terms);
  const proposals = classes.flatMap((one) => proposalFacts(one, identity) ?? []);
  const report = buildReport({
    ...{ identity, analysis, proposals, catalogue },
    findings: classes.map(({ finding }) => finding),
    replayCost: {
      spentNanoUsd: classes.reduce((sum, one) => sum + costOfReplays(one), 0),
      capNanoUsd: policy.review.replay.capNanoUsd,
    },
  });
  return { ...report, logs: logLimits(reviewed, terms.sources, runs.length > 0) };
}

function identityOf({ analysis, served }: ReviewedLogs, terms: LogReportTerms): ReportIdentity {
  const { reviewId, catalogue, policy, policySha256, seed, requestedBy, startedAt, reportedAt, sources } = terms;
  return {
    ...{ reviewId, seed, requestedBy, startedAt, reportedAt },
    scope: WHOLE_SCOPE,
    windowFrom: analysis.from,
    windowTo: analysis.to,
    expiresAt: null,
    trigger: { kind: 'logs', detail: sources.join(', ') },
    policy: { version: policy.version, sha256: policySha256 },
    catalogueVersion: catalogue.version,
    codeVersion: programVersion(),
    fingerprints: served,
    settings: policy.review,
  };
}

/** Undefined: there is nothing to be said of the class beside its finding. */
function proposalFacts(one: ReviewedClass, identity: ReportIdentity): ProposalFacts | undefined {
  const { name, finding, figures, candidate, comparisons, heldBy, conclusion, stability } = one;
  if (candidate === undefined && heldBy === undefined) return undefined;
  const proof = comparisons.at(-1);
  const passes = heldBy === undefined && candidate !== undefined && proof !== undefined;
  const rolloutPlan = passes ? rolloutPlanOf(finding, proof, identity.settings) : null;
  const id = `${identity.reviewId}/${name}`;
  const samples = one.samples.map((plan, at) => reportedSample(plan, one.passes[at]));
  const { fingerprints, catalogueVersion, policy, settings, codeVersion } = identity;
  return {
    ...{ id, name, classes: figures.classes, finding, comparisons, rolloutPlan, samples, stability },
    candidate: candidate?.model ?? null,
    state: passes ? 'AWAITING_APPROVAL' : 'HELD',
    verdict: proof?.verdict ?? null,
    change: candidate?.change ?? null,
    heldBy: heldBy?.by ?? null,
    heldDetail: heldBy?.detail ?? null,
    escalation: (conclusion?.kind === 'hold' ? conclusion.escalation : undefined) ?? null,
    evidenceSha256:
      rolloutPlan === null || candidate === undefined
        ? null
        : evidenceSha256({
            ...{
              proposalId: id,
              change: candidate.change,
              comparisons,
              fingerprints,
              catalogueVersion,
              policy,
              settings,
              rolloutPlan,
              codeVersion,
            },
            sampleManifests: samples.map(({ manifestSha256: hash }) => hash),
          }),
    graders: proof === undefined ? {} : { 'the replay command': one.passes.at(-1)?.tasks.length ?? 0 },
    replays: one.passes.flatMap(replayFacts),
  };
}

/** @param pass undefined: it was planned, and not made */
function reportedSample(plan: ReportedSample['plan'], pass: ReplayedPass | undefined): ReportedSample {
  const tasks = pass?.tasks ?? [];
  return {
    plan,
    tasks: tasks.length,
    sentinels: tasks.filter(({ isSentinel }) => isSentinel).length,
    blocks: new Set(tasks.map(({ block }) => block)).size,
    clusters: new Set(tasks.map(({ cluster }) => cluster)).size,
    replayedInMs: null,
    manifestSha256: manifestSha256(tasks.map((task) => ({ ...task, pass: plan.pass }))),
  };
}

/** What was known before was paid for before. */
function costOfReplays({ passes }: ReviewedClass): number {
  const paid = passes.flatMap(({ pairs }) => pairs.filter(({ isKnown }) => isKnown !== true));
  return paid.reduce((sum, { baseline, candidate }) => sum + baseline.costNanoUsd + candidate.costNanoUsd, 0);
}

function replayFacts({ pass, baseline, candidate, pairs }: ReplayedPass): ReplayFact[] {
  return pairs.flatMap(({ taskId, isSentinel, isKnown = false, ...answers }) =>
    (['baseline', 'candidate'] as const).flatMap((role) => {
      const answer: PairedAnswer = answers[role];
      if (answer.end === 'excluded') return [];
      const { costNanoUsd, latencyMs = null } = answer;
      return [
        { taskId, pass, role, isSentinel, isKnown, costNanoUsd, latencyMs, model: role === 'baseline' ? baseline : candidate, calls: 1 },
      ];
    }),
  );
}
