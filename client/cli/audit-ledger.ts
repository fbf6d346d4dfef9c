/** `signalbox audit ledger`: everything that must be true of the tables, whatever was killed, and every row for which it is not. */

import { Client, Connection } from '@temporalio/client';
import type { Database } from '../../db/connect';
import { compareOpenWorkflows, openTasks } from '../../db/queries/audit/open-workflows';
import { type AuditReport, auditLedger, type InvariantCheck } from '../../db/queries/audit-ledger';
import { dispatchWorkflowId } from '../../workflows/messages';
import { connectionOptions } from '../stack/temporal-connection';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { dispatchQueueOf, withDatabase } from './open-client';
import { findTemporal } from './stack-address';
import type { Output } from './terminal/output';
import { onOneLine } from './terminal/text';

export async function runAuditLedger(options: StackCommandOptions, cli: Cli): Promise<ExitCode> {
  const report = await withDatabase(cli, options, async (db): Promise<AuditReport> => {
    const ledger = await auditLedger(db);
    const workflows = await checkOpenWorkflows(db, options, cli);
    const checks = [...ledger.checks, ...workflows];
    return { ...ledger, checks, ok: checks.every(({ violationCount }) => violationCount === 0) };
  });
  if (options.json) cli.output.printJson(report);
  else cli.output.print(describe(report, cli.output));
  return report.ok ? EXIT.ok : EXIT.failed;
}

/** Upkeep starts what nothing started every 10 seconds; after this many milliseconds a task without a workflow is an orphan. */
const GRACE_MS = 60_000;

/** Temporal may be away while the tables are audited: then this one check is left out, and said to be. */
async function checkOpenWorkflows(db: Database, options: StackCommandOptions, cli: Cli): Promise<readonly InvariantCheck[]> {
  try {
    const where = await findTemporal(cli.env, options.state);
    const connection = await Connection.connect({ ...(await connectionOptions(where)), connectTimeout: 5_000 });
    try {
      const { workflow } = new Client({ connection, namespace: where.namespace });
      const prefix = dispatchWorkflowId('');
      const open: string[] = [];
      const query = `WorkflowType = "dispatchTask" AND ExecutionStatus = "Running" AND TaskQueue = "${dispatchQueueOf(cli)}"`;
      for await (const { workflowId } of workflow.list({ query })) {
        if (workflowId.startsWith(prefix)) open.push(workflowId.slice(prefix.length));
      }
      return [compareOpenWorkflows(open, await openTasks(db, GRACE_MS))];
    } finally {
      await connection.close();
    }
  } catch {
    cli.output.note('Temporal did not answer, so open workflows were not compared with open tasks.');
    return [];
  }
}

function describe({ ok, checks }: AuditReport, { colors }: Output): string {
  const lines = checks.flatMap(({ invariant, name, violations, violationCount }) => [
    `${violationCount === 0 ? colors.green('holds ') : colors.red('BROKEN')} ${String(invariant).padStart(2)}  ${name}`,
    ...violations.map(({ subject, detail }) => onOneLine(`${subject} ${detail}`)).map((violation) => `            ${violation}`),
    ...(violationCount > violations.length ? [`            … and ${violationCount - violations.length} more`] : []),
  ]);
  const broken = checks.filter(({ violationCount }) => violationCount > 0).length;
  const verdict = ok
    ? `All ${checks.length} invariants hold.`
    : `${broken} of ${checks.length} invariants are broken. Keep the database as it is and report this.`;
  return [...lines, '', colors.bold(verdict)].join('\n');
}
