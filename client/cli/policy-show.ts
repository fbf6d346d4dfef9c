/** `signalbox policy show` and `signalbox policy list`: which rules are in force, and which were. */

import { differencePolicies, policyFromJson } from '../../db/documents/policy-document';
import { listPolicies, loadPolicy, type PolicyRow } from '../../db/queries/rules';
import { DEFAULT_POLICY } from '../../routing/decision/policy';
import { RoutingError } from '../../routing/errors';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { describeChanges } from './terminal/policy-changes';
import { formatInstant, onOneLine } from './terminal/text';

/** @param version the one in force when undefined */
export async function runPolicyShow(version: number | undefined, options: StackCommandOptions, cli: Cli): Promise<ExitCode> {
  const row = await withDatabase(cli, options, (db) => loadPolicy(db, version));
  if (row === undefined) {
    if (version === undefined)
      throw new RoutingError('no_active_policy', 'No policy is in force. Run "signalbox up" or "signalbox policy apply".');
    throw new RoutingError('bad_argument', `There is no policy version ${version}. "signalbox policy list" names all.`);
  }
  const { body, ...facts } = shapeOf(row);
  if (options.json) cli.output.printJson({ ...facts, policy: body });
  else cli.output.print(describe(row, cli.output));
  return EXIT.ok;
}

export async function runPolicyList(options: StackCommandOptions, cli: Cli): Promise<ExitCode> {
  const rows = await withDatabase(cli, options, listPolicies);
  if (options.json) {
    cli.output.printJson(rows.map(shapeOf).map(({ body: _, ...facts }) => facts));
    return EXIT.ok;
  }
  const columns = [
    { title: 'version', align: 'right' as const },
    { title: 'based on', align: 'right' as const },
  ];
  const cells = rows.map(({ version, baseVersion, active, appliedAt, appliedBy, sha256 }) => [
    version,
    baseVersion,
    active ? 'in force' : '',
    formatInstant(appliedAt),
    appliedBy,
    sha256.slice(0, 12),
  ]);
  cli.output.print(
    rows.length === 0
      ? 'No policy was ever applied. "signalbox up" or "signalbox policy apply" makes the first.'
      : cli.output.table([...columns, { title: '' }, { title: 'applied' }, { title: 'by' }, { title: 'rules' }], cells),
  );
  return EXIT.ok;
}

function shapeOf({ version, baseVersion, active, appliedAt, appliedBy, sha256, body }: PolicyRow) {
  return { version, baseVersion, isInForce: active, appliedAt, appliedBy, sha256, body };
}

function describe(row: PolicyRow, output: Output): string {
  const changes = differencePolicies(DEFAULT_POLICY, policyFromJson(row.body));
  const state = row.active ? 'in force' : 'not in force';
  return [
    output.colors.bold(`Policy version ${row.version}, ${state}`),
    onOneLine(`applied ${formatInstant(row.appliedAt)} by ${row.appliedBy}, rules ${row.sha256.slice(0, 12)}`),
    '',
    changes.length === 0 ? 'It has the default rules.' : describeChanges(changes, output, ['default', 'here']),
    '',
    output.colors.dim('Rules that are not here are as by default; --json shows all.'),
  ].join('\n');
}
