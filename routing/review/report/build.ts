/** Builds the report of a review from its rows. Pure: the same rows give the same report. */

import type { ClassFigures } from '../figures/figures';
import type { Finding } from '../findings';
import { DAMPING, flapPenalty } from '../propose/damping';
import { type AdjustedProof, adjustedProofs } from '../prove/conclude';
import { rolloutLength } from '../rollout/rollout-length';
import { DAY_MS } from '../settings';
import { constraintChecks } from './checks';
import type { ProposalFacts, ReportFacts } from './facts';
import { reportLimits } from './limits';
import { rolloutRules } from './plan';
import { reportedProof } from './proof';
import {
  type FrontierPoint,
  REPORT_FORMAT,
  type ReportedClass,
  type ReportedProposal,
  type ReportedStability,
  type ReportIdentity,
  type ReviewReport,
  type ReviewResult,
} from './report';
import { classSentence, headline } from './sentence';

/** What waits for people comes first. */
const ORDER: readonly ReportedClass['status'][] = ['proposed', 'needs-owner', 'held', 'unchanged'];

export function buildReport(facts: ReportFacts): ReviewReport {
  const { identity, proposals, analysis, findings } = facts;
  const adjusted = adjustedProofs(proposals, identity.settings.proof);
  const figuresOf = (name: string) => analysis?.classes.find((figures) => figures.name === name);
  const reported = proposals.map((proposal) => {
    const figures = figuresOf(proposal.name);
    return reportedClass(proposal.finding, figures, reportedProposal(proposal, figures, adjusted.get(proposal.id), facts));
  });
  const named = new Set(proposals.map(({ name }) => name));
  const others = findings
    .filter(({ name }) => !named.has(name))
    .map((finding) => reportedClass(finding, figuresOf(finding.name), undefined));
  const classes = [...reported, ...others].sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status) || (a.name < b.name ? -1 : 1));
  const savingPerMonthNanoUsd = savingOf(classes);
  return {
    format: REPORT_FORMAT,
    headline: headline(classes, savingPerMonthNanoUsd),
    result: resultOf(classes),
    identity,
    savingPerMonthNanoUsd,
    replayCost: facts.replayCost,
    classes,
    limits: reportLimits(identity, classes),
  };
}

function resultOf(classes: readonly ReportedClass[]): ReviewResult {
  const first = ORDER.find((status) => classes.some((one) => one.status === status));
  return first === 'proposed' ? 'awaiting' : first === undefined || first === 'unchanged' ? 'no-change' : first;
}

/** Null as soon as the saving of one proposal is not known: a sum without it would be a wrong claim if it costs more. */
function savingOf(classes: readonly ReportedClass[]): number | null {
  const savings = classes
    .filter(({ status }) => status === 'proposed')
    .map(({ proposal }) => proposal?.proof?.saving.atLeastNanoUsd ?? null);
  if (savings.length === 0) return null;
  return savings.reduce((sum, saving) => (sum === null || saving === null ? null : sum + saving));
}

function reportedClass(finding: Finding, figures: ClassFigures | undefined, proposal: ReportedProposal | undefined): ReportedClass {
  const status = statusOf(finding, proposal);
  return {
    name: finding.name,
    status,
    sentence: classSentence(status, finding, proposal),
    finding,
    ...(figures?.imported === undefined ? {} : { imported: { tasks: figures.imported, of: figures.tasks } }),
    frontier: frontierOf(finding, figures),
    ...(proposal === undefined ? {} : { proposal }),
  };
}

function statusOf(finding: Finding, proposal: ReportedProposal | undefined): ReportedClass['status'] {
  if (proposal?.state === 'AWAITING_APPROVAL') return 'proposed';
  if ((proposal?.escalation ?? finding.escalation) !== undefined) return 'needs-owner';
  return proposal !== undefined || finding.heldBy !== undefined ? 'held' : 'unchanged';
}

/** Models with both a quality and a cost; where the class's own calls give no cost, the estimate stands in. */
function frontierOf({ screened, options }: Finding, figures: ClassFigures | undefined): FrontierPoint[] {
  return screened.flatMap(({ model, n, shrunk, low, high }) => {
    const cost = figures?.models.find((known) => known.model === model)?.cost;
    const option = options.find((known) => known.model === model);
    const quality = { quality: shrunk, low, high, n };
    if (cost !== undefined && cost.count > 0)
      return [{ model, costPerTaskNanoUsd: Math.round(cost.mean), costFrom: 'measured', ...quality }];
    return option === undefined ? [] : [{ model, costPerTaskNanoUsd: option.costPerTaskNanoUsd, costFrom: option.costFrom, ...quality }];
  });
}

function reportedProposal(
  facts: ProposalFacts,
  figures: ClassFigures | undefined,
  adjusted: AdjustedProof | undefined,
  { identity, catalogue }: ReportFacts,
): ReportedProposal {
  const { change, comparisons, rolloutPlan, evidenceSha256, finding } = facts;
  const last = comparisons.at(-1);
  const escalation = facts.escalation === null ? finding.escalation : { rule: facts.escalation, detail: facts.heldDetail ?? finding.why };
  return {
    proposalId: facts.id,
    state: facts.state,
    ...(facts.heldBy === null ? {} : { heldBy: { by: facts.heldBy, detail: facts.heldDetail ?? '' } }),
    ...(escalation === undefined ? {} : { escalation }),
    ...(change === null ? {} : { change }),
    samples: facts.samples,
    comparisons,
    ...(last === undefined || adjusted === undefined ? {} : { proof: reportedProof(facts, last, figures, adjusted) }),
    checks: change === null || figures === undefined ? [] : constraintChecks(figures.demands, change, catalogue),
    stability: stabilityOf(facts, identity),
    ...(rolloutPlan === null
      ? {}
      : { rollout: { plan: rolloutPlan, length: rolloutLength(rolloutPlan), rules: rolloutRules(rolloutPlan) } }),
    ...(evidenceSha256 === null ? {} : { evidenceSha256 }),
  };
}

function stabilityOf({ stability, comparisons, candidate, finding }: ProposalFacts, { reportedAt }: ReportIdentity): ReportedStability {
  const days = stability.changedAt.map((instant) => instant / DAY_MS);
  return {
    changedAt: stability.changedAt,
    penalty: flapPenalty(days, reportedAt / DAY_MS, DAMPING.halfLifeDays, DAMPING.perChange),
    penaltyLimit: DAMPING.suppress,
    setbacks: candidate === null ? 0 : (stability.setbacks[candidate]?.count ?? 0),
    toleranceLeft: finding.limits?.margin ?? comparisons.at(-1)?.margin ?? null,
    ...(stability.openRollout === undefined ? {} : { openRollout: stability.openRollout }),
  };
}
