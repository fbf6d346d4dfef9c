/** Looks at a promoted change, one after the other, without Temporal. */

import type { Deps } from '../../activities/deps';
import { lookAtRollout } from '../../activities/review/rollout';
import { lookAtWatch } from '../../activities/review/watch';
import { loadRollout, rollbackPolicy } from '../../client/rollouts';
import { moveRollout } from '../../db/queries/rollouts';
import { loadPolicy } from '../../db/queries/rules';
import { insertRollout, type PlanChanges } from '../support/approved-proposal';
import { type ArmEnd, decideOne, endOne, fillArms } from '../support/arm-tasks';
import { depsOf } from '../support/deps';
import { type Installation, install } from '../support/installation';
import { MODELS, NORTH, routeOver, SOUTH, WEST, WORK, workPolicy } from '../support/scenario';

const { signal } = new AbortController();

let box: Installation;
let deps: Deps;

beforeEach(async () => {
  box = await install({ models: MODELS, policy: workPolicy({ classes: { work: routeOver(MODELS), other: routeOver(MODELS) } }) });
  deps = depsOf(box);
});
afterEach(() => box.end());

const look = (rolloutId: string) => lookAtWatch(deps, { rolloutId }, signal);
const rowOf = (id: string) => loadRollout(box.db, id);

/** Failures in a row that no chance explains: some more than raise the alarm. */
const ENOUGH = 30;

/** A rollout of `work` from NORTH to SOUTH that was promoted; nothing is on its way to being committed. */
async function promoted(changes: PlanChanges = {}): Promise<string> {
  const canary = { steps: [0.5], minPerArm: [3], dwellMs: [0] };
  const rolloutId = await insertRollout(box.db, {
    baseline: NORTH.id,
    candidate: SOUTH.id,
    canary,
    ...changes,
    watch: { tickMs: 0, ...changes.watch },
  });
  await lookAtRollout(deps, { rolloutId }, signal);
  await fillArms(deps, WORK, 6, () => ({ score: 1, servedModel: 'middle-1' }));
  expect(await lookAtRollout(deps, { rolloutId }, signal)).toMatchObject({ state: 'PROMOTED' });
  return rolloutId;
}

async function work(count: number, end: ArmEnd): Promise<void> {
  for (let at = 0; at < count; at += 1) await endOne(deps, await decideOne(deps, WORK), end);
}

const modelOf = async (name: string) => {
  const { body } = (await loadPolicy(box.db))! as { body: { classes: Record<string, { route: { model: string } }> } };
  return body.classes[name]?.route.model;
};

test('the first look begins the watch, and gives the class back for other rollouts', async () => {
  const rolloutId = await promoted();
  expect(await look(rolloutId)).toMatchObject({ state: 'WATCHED', isOver: false });
  expect(await rowOf(rolloutId)).toMatchObject({ watch: { looks: 1, servedAs: ['middle-1'], labelled: 0 } });
  await expect(insertRollout(box.db, { baseline: SOUTH.id, candidate: WEST.id })).resolves.toBeDefined();
});

test('the level to hold is that of the replay and the canary together', async () => {
  const rolloutId = await promoted();
  await look(rolloutId);
  const { watch, plan } = await rowOf(rolloutId);
  // All of the few tasks of the canary were good.
  expect(watch!.level).toBeGreaterThan(plan.approvedLevel);
  expect(watch!.level).toBeLessThan(plan.approvedLevel + 0.005);
});

test('each look counts what is new, once, and of the promoted version alone', async () => {
  const rolloutId = await promoted();
  await work(3, { score: 1 });
  await look(rolloutId);
  expect(await rowOf(rolloutId)).toMatchObject({ watch: { labelled: 3 } });
  await look(rolloutId);
  await work(2, { score: 0 });
  await Promise.all([look(rolloutId), look(rolloutId)]);
  expect(await rowOf(rolloutId)).toMatchObject({ watch: { labelled: 5 } });
});

test('a drift after promotion is taken back by itself: the old routes, nothing else, and a cool-down', async () => {
  const rolloutId = await promoted();
  await work(ENOUGH, { score: 0 });
  expect(await look(rolloutId)).toMatchObject({ state: 'COOLDOWN', isOver: true });
  expect(await modelOf('work')).toBe(NORTH.id);
  expect(await loadPolicy(box.db)).toMatchObject({ version: 3, appliedBy: 'rollout' });
  expect(await decideOne(deps, WORK)).toMatchObject({ model: NORTH.id });
  expect((await rowOf(rolloutId)).reason).toMatch(/good when it was promoted/);
});

test('what was promoted for another class since stays when this one is taken back', async () => {
  const rolloutId = await promoted();
  const canary = { steps: [0.5], minPerArm: [3], dwellMs: [0] };
  const other = await insertRollout(box.db, { baseline: NORTH.id, candidate: WEST.id, taskClass: 'other', canary });
  await lookAtRollout(deps, { rolloutId: other }, signal);
  await fillArms(deps, { ...WORK, taskClass: 'other' }, 6, () => ({ score: 1 }));
  await lookAtRollout(deps, { rolloutId: other }, signal);
  await work(ENOUGH, { score: 0 });
  expect(await look(rolloutId)).toMatchObject({ state: 'COOLDOWN' });
  expect([await modelOf('work'), await modelOf('other')]).toEqual([NORTH.id, WEST.id]);
  expect(await look(other)).toMatchObject({ state: 'WATCHED' });
});

test('an alarm that was stored before its process died is followed by the next look', async () => {
  const rolloutId = await promoted();
  await look(rolloutId);
  await box.db.sql`UPDATE rollouts SET watch = watch || '{"alarm": "It fell."}' WHERE id = ${rolloutId}`;
  expect(await look(rolloutId)).toMatchObject({ state: 'COOLDOWN' });
  expect(await modelOf('work')).toBe(NORTH.id);
});

test('a rollback that died between policy and record is finished, and makes no second version', async () => {
  const rolloutId = await promoted();
  await look(rolloutId);
  await moveRollout(box.db, { id: rolloutId, to: 'ROLLING_BACK', key: 'drift', actor: 'rollout', reason: 'It fell.' });
  await Promise.all([look(rolloutId), look(rolloutId), look(rolloutId)]);
  expect(await rowOf(rolloutId)).toMatchObject({ state: 'COOLDOWN' });
  expect(await loadPolicy(box.db)).toMatchObject({ version: 3 });
});

test('a class that a person has routed otherwise since is at rest', async () => {
  const rolloutId = await promoted();
  await look(rolloutId);
  await box.apply({ policy: workPolicy({ classes: { work: routeOver([WEST]) } }) });
  expect(await look(rolloutId)).toMatchObject({ state: 'IDLE', isOver: true });
  expect((await rowOf(rolloutId)).reason).toMatch(/^Superseded/);
});

test('a rollback by a person ends the watch', async () => {
  const rolloutId = await promoted();
  await look(rolloutId);
  await rollbackPolicy(box.db, undefined, { actor: 'olga', reason: 'test' });
  expect(await look(rolloutId)).toMatchObject({ state: 'ABORTED', isOver: true });
});

test('a watch that has lasted as long as it should is over', async () => {
  const rolloutId = await promoted({ watch: { durationMs: 0 } });
  expect(await look(rolloutId)).toMatchObject({ state: 'IDLE', isOver: true });
});

test('a provider that serves another model under the same name is noted', async () => {
  const rolloutId = await promoted();
  await work(1, { score: 1, servedModel: 'middle-1' });
  await work(1, { score: 1, servedModel: 'middle-2' });
  await look(rolloutId);
  const { watch } = await rowOf(rolloutId);
  expect(watch!.servedAs).toEqual(['middle-1', 'middle-2']);
  expect(watch!.notes).toHaveLength(1);
});
