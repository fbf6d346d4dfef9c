/** The last page of the demonstration, for somebody who has never seen the program. */

import Table from 'cli-table3';
import pc from 'picocolors';
import { formatUsd, nanoToUsd, usdToNano } from '../../routing/units';
import { DEMO_FAULTS_PERCENT } from './rules';
import type { DemoReport } from './run';

const percent = (share: number) => `${share > 0 ? '+' : share < 0 ? '−' : ''}${Math.abs(share * 100).toFixed(1)} %`;
/** Half of the widest 95 % interval of a mean of scores in [0, 1]. */
const margin = (tasks: number) => ((1.96 * 0.5) / Math.sqrt(tasks)).toFixed(2);
const quality = (mean: number | null) => (mean === null ? '–' : mean.toFixed(3));

/** Renders the report as lines of text. */
export function demoPage(report: DemoReport): string {
  const { run, kill } = report;
  const completed = run.outcomes.completed ?? 0;
  const lines = [
    '',
    pc.bold('What happened'),
    `  ${report.tasks} recorded tasks of ${report.classes} kinds went through Postgres, Temporal and two worker processes in ${(report.runMs / 1000).toFixed(1)} s.`,
    pc.yellow(
      '  The answers are recorded, not live: the scores are measurements of real answers (LLMRouter, MIT), the costs their list prices.',
    ),
    '',
    models(report),
    '',
    compared(report),
    '',
    `  ${pc.bold('Outcomes')}   ${completed} completed${others(run.outcomes)}; ${run.withoutOneOutcome === 0 ? pc.green('every task has exactly one') : pc.red(`${run.withoutOneOutcome} have none`)}.`,
    `  ${pc.bold('Faults')}     The demonstration made ${DEMO_FAULTS_PERCENT} % of the first calls fail: ${failures(report)}. ${run.fellBack} of these tasks were answered by another model, the rest by the same one on a second try.`,
    `  ${pc.bold('The kill')}   Worker ${kill.pid} was ended by kill -9 half way, with ${kill.inFlight} calls in flight. ${afterKill(report)}`,
    `  ${pc.bold('Ledger')}     ${report.audit.ok ? pc.green(`${report.audit.checks.length} invariants hold`) : pc.red('violations found: run "signalbox audit ledger"')}: every call has its decision, its reservation and one cost row.`,
    '',
    pc.bold('Try next'),
    `  npx signalbox route "Fix authentication bug in login endpoint"     where a task would go, and why`,
    `  npx signalbox up                                                   your own stack; then, in a second terminal:`,
    `  npx signalbox submit --wait "Summarise the plot of Hamlet"         a task of your own`,
    '',
  ];
  return lines.join('\n');
}

function models({ run }: DemoReport): string {
  const table = new Table({
    head: ['answered by', 'tasks', 'cost', 'mean quality'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right'],
  });
  for (const { model, tasks, costNano, meanScore } of run.models) table.push([model, tasks, formatUsd(costNano), quality(meanScore)]);
  return indent(table.toString());
}

function compared({ run, best, tasks }: DemoReport): string {
  const table = new Table({ head: ['', 'cost', 'mean quality'], style: { head: [], border: [] }, colAligns: ['left', 'right', 'right'] });
  const routed = nanoToUsd(run.costNano);
  table.push(
    [`everything on the best model (${best.model})`, formatUsd(usdToNano(best.totalCostUsd)), quality(best.meanQuality)],
    ['routed, with all retries and lost calls', formatUsd(run.costNano), quality(run.meanScore)],
    [
      'difference',
      percent(routed / best.totalCostUsd - 1),
      `${(run.meanScore ?? 0) - best.meanQuality >= 0 ? '+' : '−'}${Math.abs((run.meanScore ?? 0) - best.meanQuality).toFixed(3)}`,
    ],
  );
  return `${indent(table.toString())}\n  ${pc.dim(`Routes and "best" come from the recorded tasks that were not submitted. With ${tasks} tasks, read the qualities as ± ${margin(tasks)}.`)}`;
}

function others(outcomes: Readonly<Record<string, number>>): string {
  const rest = Object.entries(outcomes).filter(([kind]) => kind !== 'completed');
  return rest.map(([kind, count]) => `, ${count} ${kind}`).join('');
}

function failures({ run }: DemoReport): string {
  const made = run.failures.filter(({ failureClass }) => failureClass !== 'in-doubt');
  return made.length === 0 ? 'none' : made.map(({ failureClass, calls }) => `${calls} ${failureClass}`).join(', ');
}

function afterKill({ kill }: DemoReport): string {
  if (kill.inDoubt === 0) return 'None of them was lost.';
  const plural = kill.inDoubt === 1 ? 'One call had' : `${kill.inDoubt} calls had`;
  return `${plural} no answer on record: charged in full as in doubt (${formatUsd(kill.inDoubtNano)}), then made again by the other worker. No task was lost, none was done twice.`;
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
