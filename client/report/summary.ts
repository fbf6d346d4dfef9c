/** The top of a report: what is asked of the reader, and what is asked of nobody. */

import type { ReportedClass, ReviewReport } from '../../routing/review/report/report';
import { counted, duration, listed, percent } from '../../routing/review/report/words';
import { type Block, right, type Section, table, text } from './blocks';
import { instant, interval, money, pValue, shortHash } from './figures';
import { nothingToApprove } from './log-blocks';
import { allowance } from './quality-blocks';

/** Where the report comes from, in two sentences, and whether one person may decide alone. */
export function opening({ identity, replayCost }: ReviewReport): readonly Block[] {
  const { reviewId, scope, windowFrom, windowTo, requestedBy, trigger, expiresAt, settings, reportedAt } = identity;
  const asked = trigger.detail === '' ? trigger.kind : `${trigger.kind}: ${trigger.detail}`;
  return [
    text(
      `Review ${reviewId} of ${scope === 'all' ? 'all classes' : `"${scope}"`}, tasks from ${instant(windowFrom)} to ${instant(windowTo)}. Asked for by ${requestedBy} (${asked}), reported ${instant(reportedAt)}. Its replays cost ${money(replayCost.spentNanoUsd)} of ${money(replayCost.capNanoUsd)} allowed.`,
    ),
    ...(expiresAt === null
      ? []
      : [
          text(
            `Without a verdict it expires on ${instant(expiresAt)}, ${duration(expiresAt - reportedAt)} after the report; nothing changes then.`,
          ),
        ]),
    ...(settings.verdict.singleOperator
      ? [text('Single operator: the policy lets the person who asked for this review approve it. Nobody else has to look at it.')]
      : []),
  ];
}

export function summarySections(report: ReviewReport): readonly Section[] {
  const of = (status: ReportedClass['status']) => report.classes.filter((one) => one.status === status);
  return [
    section(report.logs === undefined ? 'What waits for a verdict' : 'What was proved', proposedBlocks(report, of('proposed'))),
    section('What needs an owner', escalations(of('needs-owner'))),
    section('What is held, and by what', held(of('held'))),
    section('What stays as it is', unchanged(of('unchanged'))),
  ].filter(({ blocks }) => blocks.length > 0);
}

function section(title: string, blocks: readonly Block[]): Section {
  return { title, level: 2, blocks };
}

function proposedBlocks({ savingPerMonthNanoUsd, identity, logs }: ReviewReport, classes: readonly ReportedClass[]): readonly Block[] {
  const rows = classes.flatMap((one) => {
    const { name, proposal } = one;
    const last = proposal?.comparisons.at(-1);
    if (proposal === undefined || last === undefined) return [];
    const { proof, rollout } = proposal;
    return [
      [
        name,
        `${last.baseline} → ${last.candidate}`,
        money(proof?.saving.atLeastNanoUsd ?? null),
        interval(last),
        allowance(one, last),
        last.pairs,
        proof === undefined ? null : pValue(proof.adjustedP),
        rollout?.length == null ? null : counted(rollout.length.days, 'day'),
      ],
    ];
  });
  if (rows.length === 0) return [];
  const titles = [
    ...['class', 'change', right('saves a month, at least'), right('quality, points [95 % interval]'), 'asked of it'],
    ...[right('pairs'), right('adjusted p'), right('rollout')],
  ];
  return [
    ...table('Proposals. Quality is the success rate or mean score, in points of 100, new model minus old.', titles, rows),
    ...(classes.length > 1 && savingPerMonthNanoUsd !== null
      ? [text(`Together they save at least ${money(savingPerMonthNanoUsd)} a month.`)]
      : []),
    ...(logs === undefined ? verdictBlocks(identity, classes) : [text(nothingToApprove(logs))]),
  ];
}

function verdictBlocks({ settings, requestedBy, policy }: ReviewReport['identity'], classes: readonly ReportedClass[]): readonly Block[] {
  const { approvers, singleOperator } = settings.verdict;
  const who = approvers.length > 0 ? `one of ${listed(approvers)}` : 'anybody';
  return [
    text(
      `The verdict may come from ${who}${singleOperator ? '' : `, but not from ${requestedBy}, who asked for the review`}. It counts for exactly this evidence on policy version ${policy.version}.`,
    ),
    ...classes.flatMap(commands),
  ];
}

function commands({ name, proposal }: ReportedClass): readonly Block[] {
  if (proposal?.evidenceSha256 === undefined) return [];
  return [
    text(`"${name}", evidence ${shortHash(proposal.evidenceSha256)}:`),
    { kind: 'command', text: `signalbox approve ${proposal.proposalId} --as YOUR-NAME` },
    { kind: 'command', text: `signalbox reject ${proposal.proposalId} --as YOUR-NAME --reason "…"` },
  ];
}

function escalations(classes: readonly ReportedClass[]): readonly Block[] {
  const rows = classes.map(({ name, finding, proposal }) => {
    const escalation = proposal?.escalation ?? finding.escalation;
    return [name, escalation?.rule ?? null, escalation?.detail ?? finding.why];
  });
  return table('Trade-offs that a review does not make.', ['class', 'rule', 'what has to be decided'], rows);
}

function held(classes: readonly ReportedClass[]): readonly Block[] {
  const rows = classes.map(({ name, finding, proposal, sentence }) => {
    const why = proposal?.heldBy ?? finding.heldBy;
    const last = proposal?.comparisons.at(-1);
    const seen = last === undefined ? null : interval(last);
    const needed = last?.pairsNeeded ?? proposal?.samples.at(-1)?.plan.pairsNeeded ?? null;
    return [name, why?.by ?? null, why?.detail ?? sentence, seen, last?.pairs ?? null, needed];
  });
  const titles = ['class', 'held by', 'why', right('quality, points'), right('pairs'), right('pairs that would decide')];
  return table('A change looked worthwhile and is not made.', titles, rows);
}

function unchanged(classes: readonly ReportedClass[]): readonly Block[] {
  const rows = classes.map(({ name, finding }) => {
    const quality = finding.screened.find(({ model }) => model === finding.baseline?.model);
    return [
      name,
      finding.served,
      finding.baseline?.model ?? null,
      quality === undefined ? null : `${percent(quality.shrunk)} (n ${quality.n})`,
      Math.round(finding.tasksPerMonth),
      money(finding.costPerMonthNanoUsd),
      finding.why,
    ];
  });
  const titles = ['class', 'served', 'by', right('quality'), right('tasks a month'), right('cost a month'), 'why'];
  return table('No change was proposed.', titles, rows);
}
