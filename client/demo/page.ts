/** What the demonstration prints, part by part, for somebody who has never seen the program. */

import Table from 'cli-table3';
import pc from 'picocolors';
import type { ReportedClass } from '../../routing/review/report/report';
import { formatUsd } from '../../routing/units';
import type { DispatchReport } from './dispatch';
import type { DemoDrift } from './drift';
import type { DemoReview } from './review';
import { type DemoRollout, type DemoRollouts, shortName } from './rollout';
import { DEMO_FAULTS_PERCENT, DEMO_MODEL } from './rules';
import type { DemoReport } from './run';

const quality = (mean: number | null) => (mean === null ? '–' : mean.toFixed(3));
const points = (difference: number) => {
  const amount = Math.abs(difference * 100).toFixed(1);
  return `${difference < 0 && amount !== '0.0' ? '−' : '+'}${amount}`;
};
const seconds = (ms: number) => `${(ms / 1000).toFixed(0)} s`;

/** The first part: what became of the tasks, the faults and the killed worker. */
export function dispatchPage({ tasks, runMs, run, kill }: DispatchReport): string {
  const table = tableOf(['answered by', 'tasks', 'cost', 'mean quality']);
  for (const { model, tasks: count, costNano, meanScore } of run.models) {
    table.push([shortName(model), count, formatUsd(costNano), quality(meanScore)]);
  }
  const others = Object.entries(run.outcomes).filter(([kind]) => kind !== 'completed');
  return lines(
    '',
    pc.bold(`1. Dispatch: ${tasks} recorded tasks, all on ${DEMO_MODEL}, in ${seconds(runMs)}`),
    pc.yellow('  Answers are recorded, not live: qualities are measurements of real answers (LLMRouter, MIT), costs their list prices.'),
    indent(table.toString()),
    `  ${pc.bold('Outcomes')}  ${run.outcomes.completed ?? 0} completed${others.map(([kind, count]) => `, ${count} ${kind}`).join('')}; ${run.withoutOneOutcome === 0 ? pc.green('every task has exactly one') : pc.red(`${run.withoutOneOutcome} have none`)}.`,
    `  ${pc.bold('Faults')}    The demonstration made ${DEMO_FAULTS_PERCENT} % of the first calls fail: ${failures(run.failures)}. ${run.fellBack} of these tasks were answered by another model, the rest by the same one on a second try.`,
    `  ${pc.bold('The kill')}  Worker ${kill.pid} was ended by kill -9 with ${kill.inFlight} calls in flight. ${afterKill(kill)}`,
  );
}

function failures(all: DispatchReport['run']['failures']): string {
  const made = all.filter(({ failureClass }) => failureClass !== 'in-doubt');
  return made.length === 0 ? 'none' : made.map(({ failureClass, calls }) => `${calls} ${failureClass}`).join(', ');
}

function afterKill({ inDoubt, inDoubtNano }: DispatchReport['kill']): string {
  if (inDoubt === 0) return 'None of them was lost.';
  const calls = inDoubt === 1 ? 'One call had' : `${inDoubt} calls had`;
  return `${calls} no answer on record: charged in full as in doubt (${formatUsd(inDoubtNano)}), then made again by the other worker. No task was lost, none was done twice.`;
}

/** The second part: the report in short. The whole of it is in the files. */
export function reviewPage({ report, reviewMs, replays, files }: DemoReview): string {
  const table = tableOf(['kind of task', 'tasks', 'what becomes of it']);
  for (const reported of report.classes) table.push([reported.name, tasksOf(reported), wrap(reported.sentence, 84)]);
  return lines(
    '',
    pc.bold(
      `2. Review: ${replays} answers of past tasks compared in pairs, in ${seconds(reviewMs)}, for ${formatUsd(report.replayCost.spentNanoUsd)}`,
    ),
    '',
    indent(wrap(pc.bold(report.headline), 110)),
    pc.dim('  A month is what the last hour would come to: the demonstration takes an hour for the four weeks that a review looks at.'),
    '',
    indent(table.toString()),
    `  ${pc.bold('The report')} ${files.html} (open it in a browser; it needs no network)`,
    `             ${files.markdown}`,
  );
}

function tasksOf({ finding, frontier }: ReportedClass): number {
  const baseline = frontier.find(({ model }) => model === finding.baseline?.model);
  return baseline?.n ?? 0;
}

/** What to do about the proposals. */
export function verdictPage({ reviewId }: DemoReview, stateDir: string): string {
  const id = reviewId.slice(0, 8);
  const place = `--state ${stateDir}`;
  return lines(
    '',
    pc.bold('  Nothing changes until a person says so. In a second terminal:'),
    `    npx signalbox review show ${id} ${place}`,
    `    npx signalbox approve ${id} --as YOUR-NAME ${place}`,
    `    npx signalbox reject ${id} --as YOUR-NAME --reason "…" ${place}`,
    pc.dim('  (npm run demo -- --approve gives the verdict in a second name.)'),
  );
}

/** The third part: what the canaries showed. */
export function rolloutPage({ rollouts, submitted, rounds, rolloutMs }: DemoRollouts): string {
  const table = tableOf(['kind of task', 'from → to', 'state', 'quality, canary − control', 'cost per task', 'saving']);
  for (const rollout of rollouts) {
    table.push([
      rollout.name,
      `${shortName(rollout.baseline)}\n→ ${shortName(rollout.candidate)}`,
      rollout.state,
      differenceOf(rollout),
      costsOf(rollout),
      savingOf(rollout),
    ]);
  }
  return lines(
    '',
    pc.bold(`3. Rollout: ${submitted} further tasks through the canaries, in ${seconds(rolloutMs)}`),
    indent(table.toString()),
    pc.dim(
      `  Steps of 5, 25 and 50 % that take days took seconds. The recorded tasks that the review had not seen were submitted up to ${rounds} times, as tasks of other users each time, so read the bounds as a demonstration.`,
    ),
  );
}

function differenceOf({ difference, tasks }: DemoRollout): string {
  if (difference === null) return '–';
  const { delta, lower, upper } = difference;
  return `${points(delta)} points\n(${points(lower)} to ${points(upper)})\n${tasks.canary} and ${tasks.control} tasks`;
}

function costsOf({ meanCostNano: { canary, control } }: DemoRollout): string {
  return canary === null || control === null ? '–' : `${formatUsd(Math.round(control))}\n→ ${formatUsd(Math.round(canary))}`;
}

function savingOf({ meanCostNano: { canary, control } }: DemoRollout): string {
  return canary === null || control === null || control === 0 ? '–' : `${Math.round((1 - canary / control) * 100)} %`;
}

function driftLines({ name, model, degradedPercent, tasksUntilBack, driftMs, reason, next }: DemoDrift): readonly string[] {
  const end =
    tasksUntilBack === null
      ? pc.red(`It was not taken back. ${reason}`)
      : `${pc.green('Taken back by itself')} after ${tasksUntilBack} tasks and ${seconds(driftMs)}: ${reason} The next task of ${name} goes to ${next === null ? 'nobody' : shortName(next)}.`;
  return ['', pc.bold(`4. Drift: ${shortName(model)} made worse on purpose, worthless in ${degradedPercent} % of its answers`), `  ${end}`];
}

/** The last lines: drift, the proof that everything adds up, and what to try next. */
export function lastPage(report: DemoReport): string {
  const { approved, review, rollouts } = report;
  const awaiting = review.report.result === 'awaiting' && approved.length === 0;
  const saving = savingLines(review, rollouts);
  return lines(
    ...(report.drift === undefined ? [] : driftLines(report.drift)),
    ...(awaiting ? ['', '  Nobody gave a verdict in time, so nothing was changed. "npm run demo -- --approve" shows what follows.'] : []),
    ...saving,
    '',
    `  ${pc.bold('Ledger')}    ${report.audit.ok ? pc.green(`${report.audit.checks.length} invariants hold`) : pc.red('violations found: run "signalbox audit ledger"')}: every call has its decision, its reservation and one cost row; every change its approval.`,
    '',
    pc.bold('Try next'),
    `  npx signalbox route "Fix authentication bug in login endpoint"     where a task would go, and why`,
    `  npx signalbox up                                                   your own stack; then, in a second terminal:`,
    `  npx signalbox submit --wait "Summarise the plot of Hamlet"         a task of your own`,
    '',
  );
}

/** The saving with its interval, as the replays of the promoted changes showed it. */
function savingLines({ report }: DemoReview, rollouts: DemoRollouts | undefined): readonly string[] {
  const promoted = (rollouts?.rollouts ?? []).filter(({ promotedVersion }) => promotedVersion !== null);
  if (promoted.length === 0) return [];
  const rows = promoted.flatMap(({ name }) => {
    const ratio = report.classes.find((reported) => reported.name === name)?.proposal?.comparisons.at(-1)?.cost.ratio;
    if (ratio == null) return [];
    const percent = (share: number) => ((1 - share) * 100).toFixed(1);
    return [`  ${name.padEnd(18)} ${percent(ratio.ratio)} % less (95 % interval ${percent(ratio.hi)} to ${percent(ratio.lo)} %)`];
  });
  return ['', pc.bold('Saved, on the same tasks'), ...rows];
}

function tableOf(head: string[]): Table.Table {
  return new Table({ head, style: { head: [], border: [] } });
}

/** Breaks a sentence into lines of a width. */
function wrap(text: string, width: number): string {
  const wrapped: string[] = [''];
  for (const word of text.split(' ')) {
    const line = wrapped.at(-1)!;
    if (line !== '' && line.length + word.length + 1 > width) wrapped.push(word);
    else wrapped[wrapped.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return wrapped.join('\n');
}

function lines(...all: readonly string[]): string {
  return all.join('\n');
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
