/** `signalbox policy history`: who changed the policy, when, why, and what. */

import { differencePolicies, type PolicyChange, policyFromJson } from '../../db/documents/policy-document';
import { listPolicies, type PolicyRow } from '../../db/queries/rules';
import { DEFAULT_POLICY } from '../../routing/decision/policy';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { describeChanges } from './terminal/policy-changes';
import { formatInstant, indented, onOneLine } from './terminal/text';

export interface PolicyHistoryOptions extends StackCommandOptions {
  readonly limit: number;
}

/** A version, and what it changed of the one before. */
interface Version {
  readonly row: PolicyRow;
  readonly changes: readonly PolicyChange[];
}

export async function runPolicyHistory({ limit, ...options }: PolicyHistoryOptions, cli: Cli): Promise<ExitCode> {
  const rows = await withDatabase(cli, options, listPolicies);
  const byVersion = new Map(rows.map((row) => [row.version, row]));
  const versions = rows.slice(0, limit).map((row): Version => {
    const base = row.baseVersion === null ? undefined : byVersion.get(row.baseVersion);
    return { row, changes: differencePolicies(base === undefined ? DEFAULT_POLICY : policyFromJson(base.body), policyFromJson(row.body)) };
  });
  if (options.json) cli.output.printJson(versions.map(shapeOf));
  else if (versions.length === 0)
    cli.output.note('No policy was ever applied. "signalbox up" or "signalbox policy apply" makes the first.');
  else cli.output.print(versions.map((version) => describe(version, cli.output)).join('\n\n'));
  return EXIT.ok;
}

function shapeOf({ row: { version, baseVersion, active, appliedAt, appliedBy, reason, rolloutId }, changes }: Version) {
  return { version, baseVersion, isInForce: active, appliedAt, appliedBy, reason, rolloutId, changes };
}

function describe({ row, changes }: Version, output: Output): string {
  const { version, baseVersion, active, appliedAt } = row;
  const before = baseVersion === null ? 'default' : `version ${baseVersion}`;
  return [
    `${output.colors.bold(`Version ${version}`)}${active ? ', in force' : ''}`,
    indented(onOneLine(`${formatInstant(appliedAt)}, ${causeOf(row)}`)),
    indented(changes.length === 0 ? `the same rules as ${before}` : describeChanges(changes, output, [before, `version ${version}`])),
  ].join('\n');
}

const CAUSES = { applied: 'applied', promotion: 'promoted', rollback: 'taken back' } as const satisfies Record<PolicyRow['reason'], string>;

function causeOf({ reason, rolloutId, appliedBy }: PolicyRow): string {
  return `${CAUSES[reason]} by ${appliedBy}${rolloutId === null ? '' : ` in rollout ${rolloutId}`}`;
}
