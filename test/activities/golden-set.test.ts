/** The golden set of a promoted change: what is run, once a night, and what of it the watch counts. */

import { v7 as newId } from 'uuid';
import { callModelOnce } from '../../activities/call/model-call';
import { decideTask } from '../../activities/decide';
import type { Deps } from '../../activities/deps';
import { rollUp } from '../../activities/review/roll-up';
import { lookAtRollout } from '../../activities/review/rollout';
import { lookAtWatch } from '../../activities/review/watch';
import { loadGoldenRuns, loadRollout } from '../../client/rollouts';
import { openTasks } from '../../db/queries/audit/open-workflows';
import { auditLedger } from '../../db/queries/audit-ledger';
import { acceptGoldenRun } from '../../db/queries/golden-set';
import { forgetRollups } from '../../db/queries/rollups';
import { runReport } from '../../db/queries/run-report';
import { countTasks } from '../../db/queries/stats';
import { listTasks } from '../../db/queries/tasks';
import { unheardCancellations, unstartedTasks, unwatchedTasks } from '../../db/queries/upkeep';
import type { FailureClass } from '../../routing/decision/failure';
import { insertRollout } from '../support/approved-proposal';
import { type ArmEnd, type DecidedTask, endOne } from '../support/arm-tasks';
import { depsOf } from '../support/deps';
import { type GoldenScenario, nightPasses, promotedWithGoldenSet, tonight } from '../support/golden-scenario';
import { type Installation, install } from '../support/installation';
import { GOOD } from '../support/replay-scenario';
import { MODELS, NORTH, routeOver, SOUTH, WEST, workPolicy } from '../support/scenario';

const { signal } = new AbortController();

/** The policy as it is after the promotion, so that it may be applied with other rules beside it. */
const PROMOTED = workPolicy({ classes: { work: routeOver([SOUTH]) } });

let box: Installation;
let deps: Deps;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
  deps = depsOf(box);
});
afterEach(() => box.end());

const look = (rolloutId: string) => lookAtWatch(deps, { rolloutId }, signal);
const watchOf = async (rolloutId: string) => (await loadRollout(box.db, rolloutId)).watch!;

async function decidedOf(taskId: string): Promise<DecidedTask> {
  await decideTask(deps, { taskId });
  const [row] = await box.db.sql<[DecidedTask]>`
    SELECT task_id AS "taskId", id AS "decisionId", model, arm FROM routing_decisions WHERE task_id = ${taskId}`;
  return row;
}

/** Decides and ends all tasks of tonight as a test says. */
async function runTonight({ rolloutId }: GoldenScenario, end: ArmEnd): Promise<void> {
  for (const { id } of await tonight(box, rolloutId)) await endOne(deps, await decidedOf(id), end);
}

describe('the run of a night', () => {
  test('has the shares that strata have in traffic, of tasks that the candidate did well', async () => {
    const scenario = await promotedWithGoldenSet(box, deps, { goldenTasks: 20, score: (at) => (at < 50 ? 0 : 1), sentinels: [98, 99] });
    await look(scenario.rolloutId);
    const run = await tonight(box, scenario.rolloutId);
    expect(run.map(({ stratum }) => stratum).toSorted()).toEqual([...Array(2).fill('failed'), ...Array(18).fill('ok')]);
    expect(scenario.originals.slice(50, 98)).toEqual(expect.arrayContaining(run.map(({ original }) => original)));
  });

  test('is made once, however many look', async () => {
    const { rolloutId } = await promotedWithGoldenSet(box, deps, { goldenTasks: 10 });
    await look(rolloutId);
    const run = await tonight(box, rolloutId);
    await Promise.all([look(rolloutId), look(rolloutId), look(rolloutId)]);
    expect(await tonight(box, rolloutId)).toEqual(run);
    expect(run).toHaveLength(10);
    await nightPasses(box);
    await Promise.all([look(rolloutId), look(rolloutId)]);
    expect(await loadGoldenRuns(box.db, await loadRollout(box.db, rolloutId))).toEqual({ nights: 2, tasks: 20 });
  });

  test('is of the same tasks every night', async () => {
    const { rolloutId } = await promotedWithGoldenSet(box, deps, { goldenTasks: 10 });
    await look(rolloutId);
    const first = await tonight(box, rolloutId);
    await nightPasses(box);
    await look(rolloutId);
    const second = await tonight(box, rolloutId);
    expect(second.map(({ original }) => original)).toEqual(first.map(({ original }) => original));
    expect(second.map(({ id }) => id)).not.toEqual(first.map(({ id }) => id));
  });

  test('is of as many as there are where more are asked for', async () => {
    const { rolloutId } = await promotedWithGoldenSet(box, deps, { goldenTasks: 5, originals: { count: 3 } });
    await look(rolloutId);
    expect(await tonight(box, rolloutId)).toHaveLength(3);
  });

  test('is not made without a golden set, nor when the watch is over or the change was replaced', async () => {
    const none = await promotedWithGoldenSet(box, deps, { goldenTasks: 0 });
    await look(none.rolloutId);
    expect(await loadGoldenRuns(box.db, await loadRollout(box.db, none.rolloutId))).toBeUndefined();
    await box.apply({ policy: workPolicy() });
    const over = await promotedWithGoldenSet(box, deps, { goldenTasks: 5, watch: { durationMs: 0 } });
    expect(await look(over.rolloutId)).toMatchObject({ state: 'IDLE' });
    expect(await tonight(box, over.rolloutId)).toEqual([]);
    const tasks = [{ taskId: over.originals[0]!, goldenTaskId: newId() }];
    expect(await acceptGoldenRun(box.db, { rolloutId: over.rolloutId, scope: {}, tasks })).toBe(0);
  });

  test('leaves out tasks whose content is gone, and says once when none is left', async () => {
    const { rolloutId, originals } = await promotedWithGoldenSet(box, deps, { goldenTasks: 10 });
    await look(rolloutId);
    const [gone, ...kept] = (await tonight(box, rolloutId)).map(({ original }) => original);
    await box.db.sql`DELETE FROM task_payloads WHERE task_id = ${gone!}`;
    await nightPasses(box);
    await look(rolloutId);
    const next = (await tonight(box, rolloutId)).map(({ original }) => original);
    expect(next).toEqual(expect.arrayContaining(kept));
    expect(next).not.toContain(gone);
    await box.db.sql`DELETE FROM task_payloads WHERE task_id = ANY (${[...originals]}::uuid[])`;
    await nightPasses(box);
    await look(rolloutId);
    await look(rolloutId);
    expect(await tonight(box, rolloutId)).toEqual([]);
    expect((await watchOf(rolloutId)).notes).toEqual([expect.stringMatching(/^No golden set is run/)]);
  });
});

describe('a golden task', () => {
  test('is the original by reference, with its class, tier and residency, and belongs to nobody', async () => {
    await box.apply({ models: MODELS.map((model) => ({ ...model, regions: ['eu'] })) });
    const originals = { privacyTier: 'restricted', residency: 'eu', facts: { scope: { team: 'sales' } } } as const;
    const scenario = await promotedWithGoldenSet(box, deps, { goldenTasks: 1, originals });
    await look(scenario.rolloutId);
    const [task] = await tonight(box, scenario.rolloutId);
    const [row] = await box.db.sql`
      SELECT t.owner, t.purpose, t.replay_of, t.privacy_tier, t.residency, t.priority, t.facts->>'taskClass' AS task_class, t.facts->'scope' AS scope,
        NOT EXISTS (SELECT FROM task_payloads w WHERE w.task_id = t.id) AS is_without_content FROM tasks t WHERE id = ${task!.id}`;
    expect(row).toEqual({
      owner: 'signalbox-replay',
      purpose: 'golden',
      replay_of: task!.original,
      privacy_tier: 'restricted',
      residency: 'eu',
      priority: 0,
      task_class: 'work',
      scope: { tag: 'signalbox-replay' },
      is_without_content: true,
    });
  });

  test('is refused, and not counted, when no model may take it any more', async () => {
    const scenario = await promotedWithGoldenSet(box, deps, { goldenTasks: 1, originals: { privacyTier: 'confidential' } });
    await look(scenario.rolloutId);
    await box.apply({ models: MODELS.map((model) => ({ ...model, privacyTiers: ['internal'] })), policy: PROMOTED });
    const [task] = await tonight(box, scenario.rolloutId);
    expect(await decideTask(deps, { taskId: task!.id })).toEqual({ kind: 'ended', outcome: 'refused' });
    await look(scenario.rolloutId);
    expect(await loadRollout(box.db, scenario.rolloutId)).toMatchObject({ state: 'WATCHED' });
    expect((await watchOf(scenario.rolloutId)).golden).toBeUndefined();
  });

  test('is decided, called, graded and settled as work is, behind work on its queue', async () => {
    box.script({ models: { '*': [GOOD] } });
    const { rolloutId } = await promotedWithGoldenSet(box, deps, { goldenTasks: 1 });
    await look(rolloutId);
    const [task] = await tonight(box, rolloutId);
    const plan = await decideTask(deps, { taskId: task!.id });
    expect(plan).toMatchObject({ kind: 'routed', givesWay: true });
    const decided = await decidedOf(task!.id);
    expect(decided).toMatchObject({ model: SOUTH.id });
    const call = { taskId: task!.id, decisionId: decided.decisionId, number: 1, model: SOUTH.id, maxCallMs: 10_000 };
    expect(await callModelOnce(deps, call, signal)).toEqual({ kind: 'ended', outcome: 'completed' });
    await look(rolloutId);
    expect((await watchOf(rolloutId)).golden).toMatchObject({ labelled: 1, sum: 0 });
    expect(await auditLedger(box.db)).toMatchObject({ ok: true });
  });

  test('is in no arm of a rollout that its class has meanwhile', async () => {
    const { rolloutId } = await promotedWithGoldenSet(box, deps, { goldenTasks: 20 });
    await look(rolloutId);
    const next = await insertRollout(box.db, { baseline: SOUTH.id, candidate: WEST.id, canary: { steps: [0.5] } });
    await lookAtRollout(deps, { rolloutId: next }, signal);
    for (const { id } of await tonight(box, rolloutId)) expect(await decidedOf(id)).toMatchObject({ model: SOUTH.id, arm: null });
  });

  test('is in no average, roll-up, list or report of work', async () => {
    const scenario = await promotedWithGoldenSet(box, deps, { goldenTasks: 10 });
    const figures = async () => {
      await forgetRollups(box.db);
      await rollUp(box);
      return {
        performance: await box.db.sql`SELECT * FROM model_performance ORDER BY model, grain, cell`,
        rollups: await box.db.sql`SELECT task_class, model, tasks, score_sum FROM class_rollups ORDER BY 1, 2, 3`,
        ratings: await box.db.sql`SELECT count(*) FROM ratings`,
        report: await runReport(box.db),
        counts: await countTasks(box.db),
        listed: (await listTasks(box.db, { limit: 1_000 })).length,
        fallbacks: await box.db.sql`SELECT * FROM v_fallback_rates`,
        models: await box.db.sql`SELECT model, calls FROM v_model_summary ORDER BY model`,
      };
    };
    const before = await figures();
    await look(scenario.rolloutId);
    await runTonight(scenario, { score: 0 });
    expect(await figures()).toEqual(before);
  });

  test('is started, watched and cancelled by upkeep as work is', async () => {
    const { rolloutId } = await promotedWithGoldenSet(box, deps, { goldenTasks: 1 });
    await look(rolloutId);
    const [task] = await tonight(box, rolloutId);
    await box.db
      .sql`UPDATE tasks SET accepted_at = now() - interval '1 hour', cancel_requested_at = now() - interval '1 hour' WHERE id = ${task!.id}`;
    expect(await unstartedTasks(box.db, 10)).toEqual([task!.id]);
    expect(await unheardCancellations(box.db, 10)).toEqual([task!.id]);
    expect((await openTasks(box.db, 60_000)).settled).toEqual([task!.id]);
    await box.db.sql`UPDATE tasks SET status = 'running', started_at = now() - interval '1 hour' WHERE id = ${task!.id}`;
    expect(await unwatchedTasks(box.db, 10)).toEqual([task!.id]);
  });

  test.each([
    ['is of no watch', (id: string) => box.db.sql`DELETE FROM golden_runs WHERE golden_task_id = ${id}`],
    ['runs another original', (id: string) => box.db.sql`UPDATE tasks SET replay_of = ${newId()} WHERE id = ${id}`],
  ])('breaks the audit when it %s', async (_, lie) => {
    const { rolloutId } = await promotedWithGoldenSet(box, deps, { goldenTasks: 1 });
    await look(rolloutId);
    const broken = async () => (await auditLedger(box.db)).checks.find(({ invariant }) => invariant === 24)?.violationCount;
    expect(await broken()).toBe(0);
    await lie((await tonight(box, rolloutId))[0]!.id);
    expect(await broken()).toBe(1);
  });
});

describe('the watch', () => {
  test('takes a degraded model back by its golden set alone, where the class has no traffic', async () => {
    const scenario = await promotedWithGoldenSet(box, deps, { goldenTasks: 20 });
    const { rolloutId } = scenario;
    await look(rolloutId);
    await runTonight(scenario, { score: 1 });
    expect(await look(rolloutId)).toMatchObject({ state: 'WATCHED' });
    await nightPasses(box);
    await look(rolloutId);
    await runTonight(scenario, { score: 0 });
    expect(await look(rolloutId)).toMatchObject({ state: 'COOLDOWN', isOver: true });
    expect((await loadRollout(box.db, rolloutId)).reason).toMatch(/Its golden set shows it\.$/);
  });

  test('counts each outcome once, and keeps it apart from traffic', async () => {
    const scenario = await promotedWithGoldenSet(box, deps, { goldenTasks: 4 });
    await look(scenario.rolloutId);
    await runTonight(scenario, { score: 1, servedModel: 'middle-2' });
    await Promise.all([look(scenario.rolloutId), look(scenario.rolloutId), look(scenario.rolloutId)]);
    await look(scenario.rolloutId);
    const { golden, labelled, notes, servedAs } = await watchOf(scenario.rolloutId);
    expect(golden).toMatchObject({ labelled: 4 });
    expect(labelled).toBe(0);
    expect(servedAs).toEqual(['middle-1', 'middle-2']);
    expect(notes).toHaveLength(1);
  });

  test.each<[string, FailureClass, number]>([
    ['a failure of the model itself as the worst', 'malformed-answer', 3],
    ['nothing for an outage of its provider', 'server-error', 0],
    ['nothing for a call that nobody knows the end of', 'in-doubt', 0],
  ])('counts %s', async (_, failure, labelled) => {
    const scenario = await promotedWithGoldenSet(box, deps, { goldenTasks: 3 });
    await look(scenario.rolloutId);
    await runTonight(scenario, { failure });
    await look(scenario.rolloutId);
    const { golden } = await watchOf(scenario.rolloutId);
    expect(golden).toMatchObject({ labelled });
    expect(golden!.sum > 0).toBe(labelled > 0);
  });

  test('counts nothing for an answer of a fallback', async () => {
    const scenario = await promotedWithGoldenSet(box, deps, { goldenTasks: 3 });
    await look(scenario.rolloutId);
    for (const { id } of await tonight(box, scenario.rolloutId)) {
      const task = await decidedOf(id);
      await endOne(deps, { ...task, model: NORTH.id }, { score: 0 });
    }
    await look(scenario.rolloutId);
    expect((await watchOf(scenario.rolloutId)).golden).toMatchObject({ labelled: 0 });
  });

  test('counts nothing for a task that the budget of replays refused', async () => {
    const scenario = await promotedWithGoldenSet(box, deps, { goldenTasks: 3 });
    await look(scenario.rolloutId);
    await box.apply({ budgets: [{ period: 'day', limitNano: 1, scopeKind: 'tag', scopeId: 'signalbox-replay' }], policy: PROMOTED });
    for (const { id } of await tonight(box, scenario.rolloutId)) {
      expect(await decideTask(deps, { taskId: id })).toEqual({ kind: 'ended', outcome: 'refused' });
    }
    await look(scenario.rolloutId);
    expect(await loadRollout(box.db, scenario.rolloutId)).toMatchObject({ state: 'WATCHED' });
    expect((await watchOf(scenario.rolloutId)).golden).toBeUndefined();
  });
});
