/** Looks at a rollout, one after the other, without Temporal: what happens to it from the first weight to its end. */

import { decideTask } from '../../activities/decide';
import type { Deps } from '../../activities/deps';
import { restCooledDown } from '../../activities/review/rest';
import { abortRollout as abortStep, beginRollout, lookAtRollout } from '../../activities/review/rollout';
import { abortRollout, listRollouts, loadRollout, pauseRollout, resumeRollout, rollbackPolicy } from '../../client/rollouts';
import { liveCanaries, moveRollout } from '../../db/queries/rollouts';
import { loadPolicy } from '../../db/queries/rules';
import { type ApprovedRow, insertApprovedProposal, insertRollout } from '../support/approved-proposal';
import { type ArmEnd, type DecidedTask, decideOne, endOne, fillArms } from '../support/arm-tasks';
import { depsOf } from '../support/deps';
import { type Installation, install } from '../support/installation';
import { until } from '../support/processes';
import { MODELS, NORTH, routeOver, SOUTH, WEST, WORK, workPolicy } from '../support/scenario';

const SWAP = { baseline: NORTH.id, candidate: SOUTH.id } as const;
const PERSON = { actor: 'olga', note: 'As the test says.' } as const;
const { signal } = new AbortController();

let box: Installation;
let deps: Deps;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy() });
  deps = depsOf(box);
});
afterEach(() => box.end());

const look = (rolloutId: string) => lookAtRollout(deps, { rolloutId }, signal);
const rowOf = (id: string) => loadRollout(box.db, id);
const fill = (perArm: number, endOf: (task: DecidedTask) => ArmEnd = () => ({ score: 1 })) => fillArms(deps, WORK, perArm, endOf);

/** A rollout on its first step. */
async function canary(changes: Partial<ApprovedRow> = {}): Promise<string> {
  const rolloutId = await insertRollout(box.db, { ...SWAP, ...changes });
  expect(await look(rolloutId)).toMatchObject({ state: 'CANARY', isOver: false });
  return rolloutId;
}

/** Model of the next decision for the class. */
async function nextModels(count: number): Promise<Set<string>> {
  const models = new Set<string>();
  for (let at = 0; at < count; at += 1) models.add((await decideOne(deps, WORK)).model);
  return models;
}

async function auditOf(rolloutId: string): Promise<string[]> {
  const rows = await box.db.sql<{ action: string }[]>`SELECT action FROM audit_log WHERE subject = ${rolloutId} ORDER BY seq`;
  return rows.map(({ action }) => action.replace('rollout.', ''));
}

describe('a good candidate', () => {
  test('goes from step to step, soaks and is promoted as a new version of the policy', async () => {
    const rolloutId = await canary();
    await fill(6);
    expect(await look(rolloutId)).toMatchObject({ state: 'CANARY' });
    expect(await rowOf(rolloutId)).toMatchObject({ step: 1, weight: 0.5, control: 0.5, moveKey: 'step-1' });
    await fill(6);
    expect(await look(rolloutId)).toEqual({ state: 'PROMOTED', isOver: true, nextMs: 0 });
    expect(await loadPolicy(box.db)).toMatchObject({ version: 2, body: { classes: { work: { route: { model: SOUTH.id } } } } });
    expect(await rowOf(rolloutId)).toMatchObject({ weight: 0, promotedVersion: 2 });
    expect(await auditOf(rolloutId)).toEqual(['APPROVED', 'CANARY', 'CANARY', 'SOAKING', 'PROMOTED']);
    expect(await nextModels(5)).toEqual(new Set([SOUTH.id]));
  });

  test('goes no further without tasks, however often it is looked at', async () => {
    const rolloutId = await canary();
    for (let times = 0; times < 5; times += 1) expect(await look(rolloutId)).toMatchObject({ state: 'CANARY' });
    expect(await rowOf(rolloutId)).toMatchObject({ step: 0, weight: 0.4 });
  });

  test('is not promoted on tasks whose labels may still change', async () => {
    const rolloutId = await canary({ canary: { labelWindowMs: 60_000 } });
    await fill(8);
    await look(rolloutId);
    expect(await rowOf(rolloutId)).toMatchObject({ step: 0, monitors: { labelled: { canary: 0, control: 0 } } });
  });

  test('soaks with all but the holdback, counted apart', async () => {
    const rolloutId = await canary({ canary: { steps: [0.5], minPerArm: [5], dwellMs: [0], soakMs: 60_000, holdback: 0.3 } });
    await fill(5);
    expect(await look(rolloutId)).toMatchObject({ state: 'SOAKING', isOver: false });
    expect(await rowOf(rolloutId)).toMatchObject({ weight: 0.7, control: 0.3 });
    await fill(2);
    expect(await look(rolloutId)).toMatchObject({ state: 'SOAKING' });
    await box.db.sql`UPDATE rollouts SET step_at = step_at - interval '2 minutes' WHERE id = ${rolloutId}`;
    expect(await look(rolloutId)).toMatchObject({ state: 'PROMOTED' });
  });

  test('is promoted on top of what was promoted for another class meanwhile', async () => {
    await box.apply({ policy: workPolicy({ classes: { work: routeOver(MODELS), other: routeOver(MODELS) } }) });
    const first = await canary({ canary: { steps: [0.5], minPerArm: [5], dwellMs: [0] } });
    const other = await insertRollout(box.db, {
      ...SWAP,
      candidate: WEST.id,
      taskClass: 'other',
      canary: { steps: [0.5], minPerArm: [5], dwellMs: [0] },
    });
    await look(other);
    await fillArms(deps, { ...WORK, taskClass: 'other' }, 5, () => ({ score: 1 }));
    expect(await look(other)).toMatchObject({ state: 'PROMOTED' });
    await fill(5);
    expect(await look(first)).toMatchObject({ state: 'PROMOTED' });
    const routes = { work: { route: { model: SOUTH.id } }, other: { route: { model: WEST.id } } };
    expect(await loadPolicy(box.db)).toMatchObject({ version: 4, body: { classes: routes } });
  });
});

describe('a bad candidate', () => {
  test('is taken back by itself: weight 0, the old route, a cool-down', async () => {
    const rolloutId = await canary({ plan: { tolerance: 0.05 } });
    await fill(20, ({ arm }) => ({ score: arm === 'canary' ? 0 : 1 }));
    expect(await look(rolloutId)).toMatchObject({ state: 'COOLDOWN', isOver: true });
    const row = await rowOf(rolloutId);
    expect(row).toMatchObject({ weight: 0, control: 0, leaseUntilMs: null });
    expect(row.cooldownUntilMs! - row.nowMs).toBeGreaterThan(27 * 86_400_000);
    expect(await auditOf(rolloutId)).toEqual(['APPROVED', 'CANARY', 'ROLLING_BACK', 'ROLLED_BACK', 'COOLDOWN']);
    expect(await nextModels(10)).toEqual(new Set([NORTH.id]));
  });

  test('cools down for twice as long the second time, and rests when that is over', async () => {
    const cooled: number[] = [];
    for (let times = 0; times < 2; times += 1) {
      const rolloutId = await canary({ plan: { tolerance: 0.05 } });
      await fill(20, ({ arm }) => ({ score: arm === 'canary' ? 0 : 1 }));
      await look(rolloutId);
      const { cooldownUntilMs, movedAtMs } = await rowOf(rolloutId);
      cooled.push(Math.round((cooldownUntilMs! - movedAtMs) / 86_400_000));
    }
    expect(cooled).toEqual([28, 56]);
    expect(await restCooledDown(deps)).toBe(0);
    await box.db.sql`UPDATE rollouts SET cooldown_until = clock_timestamp()`;
    expect(await restCooledDown(deps)).toBe(2);
    expect((await listRollouts(box.db)).map(({ state }) => state)).toEqual(['IDLE', 'IDLE']);
  });

  test('whose calls fail is taken back before its quality could be judged', async () => {
    const rolloutId = await canary({ canary: { minPerArm: [1_000, 1_000] } });
    await fill(8, ({ arm }) => (arm === 'canary' ? { failure: 'malformed-answer' } : { score: 1 }));
    expect(await look(rolloutId)).toMatchObject({ state: 'COOLDOWN' });
  });

  test('whose provider is out is paused, not judged', async () => {
    const rolloutId = await canary({ plan: { tolerance: 0.05 } });
    await fill(8, ({ arm }) => (arm === 'canary' ? { failure: 'overloaded' } : { score: 1 }));
    expect(await look(rolloutId)).toMatchObject({ state: 'PAUSED', isOver: false });
    expect(await rowOf(rolloutId)).toMatchObject({ pauseReason: 'ProviderOutage', resumeTo: 'CANARY', weight: 0.4 });
  });

  test('that loses an approval which its class needs is aborted, and no task goes there', async () => {
    const rolloutId = await canary();
    await box.apply({ models: [NORTH, { ...SOUTH, privacyTiers: ['public'] }, WEST] });
    const restricted = await decideOne(deps, { ...WORK, privacyTier: 'internal' });
    expect(restricted).toMatchObject({ model: NORTH.id, arm: null });
    expect(await look(rolloutId)).toMatchObject({ state: 'ABORTED', isOver: true });
    expect((await rowOf(rolloutId)).reason).toMatch(/no longer approved for/);
  });

  test('that was called where a task forbids it is aborted at once', async () => {
    const rolloutId = await canary();
    await fill(1, ({ arm }) => (arm === 'canary' ? { failure: 'not-admissible' } : { score: 1 }));
    expect(await look(rolloutId)).toMatchObject({ state: 'ABORTED' });
  });
});

describe('what is void', () => {
  test('a policy that a person changed under it: dispatch stops at once, and the next look aborts it', async () => {
    const rolloutId = await canary();
    await box.apply({ policy: workPolicy({ defaultTolerance: 0.06 }) });
    expect(await liveCanaries(box.db)).toEqual([]);
    expect(await nextModels(10)).toEqual(new Set([NORTH.id]));
    expect(await look(rolloutId)).toMatchObject({ state: 'ABORTED', isOver: true });
    expect((await rowOf(rolloutId)).reason).toMatch(/policy under it was changed/);
  });

  test('an approval that runs out: it is not renewed', async () => {
    const rolloutId = await canary();
    await box.db.sql`UPDATE approvals SET expires_at = clock_timestamp()`;
    expect(await look(rolloutId)).toMatchObject({ state: 'ABORTED' });
  });

  test('an approval that ran out before the first task was moved', async () => {
    const rolloutId = await insertRollout(box.db, SWAP);
    await box.db.sql`UPDATE approvals SET expires_at = clock_timestamp()`;
    expect(await look(rolloutId)).toMatchObject({ state: 'ABORTED' });
    expect(await liveCanaries(box.db)).toEqual([]);
  });

  test('a second rollout for a class that has one is refused, by name of the class', async () => {
    await canary();
    const { proposalId } = await insertApprovedProposal(box.db, { ...SWAP, candidate: WEST.id });
    expect(await beginRollout(deps, { proposalId })).toEqual({ rolloutId: null, why: 'class work has a rollout under way' });
  });

  test('a proposal begins one rollout, however often it is begun, and none without approval', async () => {
    const { proposalId } = await insertApprovedProposal(box.db, SWAP);
    const first = await beginRollout(deps, { proposalId });
    expect(await beginRollout(deps, { proposalId })).toEqual(first);
    const waiting = await insertApprovedProposal(box.db, { ...SWAP, taskClass: 'other', isApproved: false });
    expect(await beginRollout(deps, { proposalId: waiting.proposalId })).toMatchObject({ rolloutId: null });
  });
});

describe('what dies half way', () => {
  test('between a change of weight and its record: the step is made once', async () => {
    const rolloutId = await canary();
    await fill(6);
    // The process dies after the database has moved it: Temporal runs the look again.
    const move = { id: rolloutId, to: 'CANARY', key: 'step-1', actor: 'rollout', reason: '', step: 1, weight: 0.5, control: 0.5 } as const;
    expect(await moveRollout(box.db, move)).toMatchObject({ kind: 'moved' });
    expect(await moveRollout(box.db, move)).toMatchObject({ kind: 'already' });
    await look(rolloutId);
    expect(await rowOf(rolloutId)).toMatchObject({ state: 'CANARY', step: 1 });
    expect(await auditOf(rolloutId)).toEqual(['APPROVED', 'CANARY', 'CANARY']);
  });

  test('two looks at once make each move once', async () => {
    const rolloutId = await canary();
    await fill(6);
    await Promise.all(Array.from({ length: 4 }, () => look(rolloutId)));
    expect(await auditOf(rolloutId)).toEqual(['APPROVED', 'CANARY', 'CANARY']);
  });

  test('between the two halves of a rollback: the next look goes on', async () => {
    const rolloutId = await canary();
    await moveRollout(box.db, { id: rolloutId, to: 'ROLLING_BACK', key: 'roll-back', actor: 'rollout', reason: 'worse' });
    expect(await liveCanaries(box.db)).toEqual([]);
    expect(await look(rolloutId)).toMatchObject({ state: 'COOLDOWN' });
  });

  test('a lease that nobody renews: dispatch is back on the old route by itself, and a later look goes on', async () => {
    const rolloutId = await canary({ canary: { steps: [0.5], minPerArm: [5], dwellMs: [0], leaseMs: 1_500 } });
    expect(await nextModels(12)).toEqual(new Set([NORTH.id, SOUTH.id]));
    await until(async () => (await liveCanaries(box.db)).length === 0, 'the lease has run out');
    expect(await nextModels(12)).toEqual(new Set([NORTH.id]));
    expect(await rowOf(rolloutId)).toMatchObject({ state: 'CANARY', weight: 0.5 });
    await look(rolloutId);
    expect(await liveCanaries(box.db)).toMatchObject([{ rolloutId }]);
  });

  test('a figure that cannot be read is counted, and too many in a row pause', async () => {
    const rolloutId = await canary({ canary: { consecutiveErrorLimit: 2 } });
    await box.db.sql`UPDATE reviews SET analysis = '{"classes": 7}'`; // what the look reads first
    expect(await look(rolloutId)).toMatchObject({ state: 'CANARY' });
    expect(await rowOf(rolloutId)).toMatchObject({ failedLooks: 1 });
    expect(await look(rolloutId)).toMatchObject({ state: 'PAUSED' });
    expect(await rowOf(rolloutId)).toMatchObject({ pauseReason: 'AnalysisError' });
  });
});

describe('people', () => {
  test('a pause keeps the weight and goes no further; a resumed one goes on', async () => {
    const rolloutId = await canary();
    await fill(6);
    await pauseRollout(box.db, undefined, { id: rolloutId, ...PERSON });
    expect(await look(rolloutId)).toMatchObject({ state: 'PAUSED', isOver: false });
    expect(await liveCanaries(box.db)).toMatchObject([{ rolloutId, weight: 0.4 }]);
    await resumeRollout(box.db, undefined, { id: rolloutId.slice(0, 13), ...PERSON });
    await look(rolloutId);
    expect(await rowOf(rolloutId)).toMatchObject({ state: 'CANARY', step: 1, pauseReason: null });
  });

  test('a look that began before the pause does not undo it', async () => {
    const rolloutId = await canary();
    const { moveKey } = await rowOf(rolloutId);
    await pauseRollout(box.db, undefined, { id: rolloutId, ...PERSON });
    const late = {
      id: rolloutId,
      to: 'CANARY',
      key: 'step-1',
      fromKey: moveKey,
      actor: 'rollout',
      reason: '',
      step: 1,
      weight: 0.5,
    } as const;
    expect(await moveRollout(box.db, late)).toEqual({ kind: 'refused', state: 'PAUSED' });
  });

  test('what had paused for bad evidence begins its step anew and counts from there', async () => {
    const rolloutId = await canary();
    await fill(8, ({ arm }) => (arm === 'canary' ? { failure: 'overloaded' } : { score: 1 }));
    await look(rolloutId);
    await resumeRollout(box.db, undefined, { id: rolloutId, ...PERSON });
    expect(await look(rolloutId)).toMatchObject({ state: 'CANARY' });
    expect(await rowOf(rolloutId)).toMatchObject({ step: 0, monitors: { labelled: { canary: 0, control: 0 } } });
  });

  test('an abort is in effect for the next decision, and is final', async () => {
    const rolloutId = await canary();
    await abortRollout(box.db, undefined, { id: rolloutId, ...PERSON });
    expect(await nextModels(10)).toEqual(new Set([NORTH.id]));
    expect(await look(rolloutId)).toMatchObject({ state: 'ABORTED', isOver: true });
    await expect(resumeRollout(box.db, undefined, { id: rolloutId, ...PERSON })).rejects.toMatchObject({ code: 'conflict' });
    expect(await abortStep(deps, { rolloutId, why: 'again' })).toEqual({ state: 'ABORTED' });
  });

  test('a promoted one is not aborted but rolled back', async () => {
    const rolloutId = await canary({ canary: { steps: [0.5], minPerArm: [5], dwellMs: [0] } });
    await fill(5);
    await look(rolloutId);
    await expect(abortRollout(box.db, undefined, { id: rolloutId, ...PERSON })).rejects.toMatchObject({ code: 'too_late' });
    expect(await rollbackPolicy(box.db, undefined, { actor: 'olga', reason: 'test' })).toMatchObject({
      version: 3,
      restored: 1,
      ended: [rolloutId],
    });
    expect(await nextModels(3)).toEqual(new Set([NORTH.id]));
  });

  test('nothing is found by an id that is not there, or that is not one', async () => {
    await canary();
    for (const id of ['ffffffff', "' OR true --", ''])
      await expect(loadRollout(box.db, id)).rejects.toMatchObject({ code: 'unknown_rollout' });
    await expect(rollbackPolicy(box.db, undefined, { version: 99, actor: 'olga', reason: 'test' })).rejects.toMatchObject({
      code: 'unknown_policy',
    });
    await expect(rollbackPolicy(box.db, undefined, { actor: 'olga', reason: 'test' })).rejects.toMatchObject({ code: 'unknown_policy' });
  });
});

describe('rollback of the policy', () => {
  test('while a canary advances: it is ended, and nothing brings its weight back', async () => {
    await box.apply({ policy: workPolicy({ defaultTolerance: 0.06 }) });
    const rolloutId = await canary();
    await fill(6);
    const [rolledBack] = await Promise.all([
      rollbackPolicy(box.db, undefined, { actor: 'olga', reason: 'test' }),
      look(rolloutId),
      look(rolloutId),
    ]);
    expect(rolledBack).toMatchObject({ version: 3, restored: 1 });
    expect(await look(rolloutId)).toMatchObject({ state: 'ABORTED' });
    expect(await liveCanaries(box.db)).toEqual([]);
    expect(await nextModels(10)).toEqual(new Set([NORTH.id]));
  });

  test('asked for twice goes back twice, and not there and back', async () => {
    await box.apply({ policy: workPolicy({ defaultTolerance: 0.06 }) });
    await box.apply({ policy: workPolicy({ defaultTolerance: 0.07 }) });
    const order = { actor: 'olga', reason: 'test' };
    expect(await rollbackPolicy(box.db, undefined, order)).toMatchObject({ version: 4, restored: 2 });
    expect(await rollbackPolicy(box.db, undefined, order)).toMatchObject({ version: 5, restored: 1 });
    await expect(rollbackPolicy(box.db, undefined, order)).rejects.toMatchObject({ code: 'unknown_policy' });
    expect(await rollbackPolicy(box.db, undefined, { ...order, version: 3 })).toMatchObject({ version: 6, restored: 3 });
  });

  test('one that was taken back cannot be aborted: its cool-down stays', async () => {
    const rolloutId = await canary();
    await moveRollout(box.db, { id: rolloutId, to: 'ROLLING_BACK', key: 'roll-back', actor: 'rollout', reason: 'worse' });
    await look(rolloutId);
    await expect(abortRollout(box.db, undefined, { id: rolloutId, ...PERSON })).rejects.toMatchObject({ code: 'too_late' });
    expect(await abortStep(deps, { rolloutId, why: 'cancelled' })).toEqual({ state: 'COOLDOWN' });
  });

  test('is in effect for the next decision, within a second', async () => {
    const rolloutId = await canary({ canary: { steps: [0.5], minPerArm: [5], dwellMs: [0] } });
    await fill(5);
    await look(rolloutId);
    const waiting = await Promise.all(Array.from({ length: 5 }, () => box.client.submit(WORK)));
    const startedAt = performance.now();
    await rollbackPolicy(box.db, undefined, { actor: 'olga', reason: 'test' });
    await decideTask(deps, { taskId: waiting[0]!.taskId });
    const tookMs = performance.now() - startedAt;
    const [row] = await box.db.sql<[{ model: string }]>`SELECT model FROM routing_decisions WHERE task_id = ${waiting[0]!.taskId}`;
    expect(row.model).toBe(NORTH.id);
    expect(tookMs).toBeLessThan(1_000);
  });
});

test('a task that was moved finishes on the model that began it, whatever becomes of the rollout', async () => {
  const rolloutId = await canary();
  let task: DecidedTask;
  do task = await decideOne(deps, WORK);
  while (task.arm !== 'canary');
  await abortRollout(box.db, undefined, { id: rolloutId, ...PERSON });
  expect(await decideTask(deps, { taskId: task.taskId })).toMatchObject({ kind: 'routed', chain: [{ model: SOUTH.id }, {}, {}] });
  await endOne(deps, task, { score: 1 });
});
