/** `signalbox rollout list` and `signalbox rollout show ID`: approved changes on their way to traffic. */

import type { RolloutRow } from '../../db/queries/rollouts';
import { listRollouts, loadGoldenRuns, loadRollout } from '../rollouts';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { describeRollout, percent } from './terminal/rollout';
import { formatInstant } from './terminal/text';

export async function runRolloutList(options: StackCommandOptions, cli: Cli): Promise<ExitCode> {
  const rollouts = await withDatabase(cli, options, (db) => listRollouts(db));
  if (options.json) cli.output.printJson(rollouts.map(shapeOf));
  else if (rollouts.length === 0) cli.output.note('There is no rollout yet. One begins when a proposal is approved.');
  else cli.output.print(describe(rollouts, cli.output));
  return EXIT.ok;
}

export async function runRolloutShow(id: string, options: StackCommandOptions, cli: Cli): Promise<ExitCode> {
  const { rollout, goldenRuns } = await withDatabase(cli, options, async (db) => {
    const found = await loadRollout(db, id);
    return { rollout: found, goldenRuns: await loadGoldenRuns(db, found) };
  });
  if (options.json)
    cli.output.printJson({
      ...shapeOf(rollout),
      change: rollout.change,
      plan: rollout.plan,
      monitors: rollout.monitors,
      watch: rollout.watch,
      goldenRuns: goldenRuns ?? null,
    });
  else cli.output.print(describeRollout(rollout, goldenRuns, cli.output));
  return EXIT.ok;
}

/** A contract with programs. */
function shapeOf(rollout: RolloutRow) {
  const { id, proposalId, reviewId, name, classes, state, reason, pauseReason, step, weight, control, baseVersion, promotedVersion } =
    rollout;
  return {
    ...{
      rolloutId: id,
      proposalId,
      reviewId,
      name,
      classes,
      state,
      reason,
      pauseReason,
      step,
      weight,
      control,
      baseVersion,
      promotedVersion,
    },
    evidenceSha256: rollout.evidenceSha256,
    startedAt: instantOf(rollout.startedAtMs),
    movedAt: instantOf(rollout.movedAtMs),
    leaseUntil: instantOf(rollout.leaseUntilMs),
    cooldownUntil: instantOf(rollout.cooldownUntilMs),
  };
}

function instantOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}

function describe(rollouts: readonly RolloutRow[], { table }: Output): string {
  const columns = [
    ...(['rollout', 'of', 'state', 'from', 'to'] as const).map((title) => ({ title })),
    { title: 'on the new', align: 'right' as const },
    { title: 'began' },
    { title: 'why' },
  ];
  return table(
    columns,
    rollouts.map(({ id, name, state, pauseReason, plan, weight, startedAtMs, reason }) => [
      id,
      name,
      pauseReason === null ? state : `${state} (${pauseReason})`,
      plan.baseline,
      plan.candidate,
      percent(weight),
      formatInstant(new Date(startedAtMs)),
      reason,
    ]),
  );
}
