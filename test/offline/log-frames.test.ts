/** The frame of a replay from records that stream by. */

import type { LoggedTask } from '../../client/offline/log-cells';
import { gatherFrames } from '../../client/offline/log-frames';

const TERMS = { seed: 'a review', perCell: 30, tenantCap: 10 };

function task(number: number, over: Partial<LoggedTask> = {}): LoggedTask {
  return {
    ...{ id: `t${number}`, endedAt: 0, model: 'a/large', taskClass: 'debugging/medium', privacyTier: 'internal', outcome: 'completed' },
    ...{ calls: number % 10 === 0 ? 2 : 1, inputTokens: (number * 7919) % 1_000, tenant: `team ${number % 40}` },
    ...over,
  };
}

function frameOf(tasks: readonly LoggedTask[], drawnBefore: readonly string[] = []) {
  const frames = gatherFrames(TERMS);
  for (const each of tasks) frames.add(each, false);
  return frames.frameOf(['debugging/medium'], new Set(drawnBefore));
}

const THOUSANDS = Array.from({ length: 5_000 }, (_, number) => task(number));

test('counts every task in one cell, a quarter of them in each quarter by length', () => {
  const { cells, tasks, replayable } = frameOf(THOUSANDS);
  expect([tasks, replayable]).toEqual([5_000, 5_000]);
  expect(cells.reduce((sum, { size }) => sum + size, 0)).toBe(5_000);
  for (const quarter of [1, 2, 3, 4]) {
    const size = cells.filter((cell) => cell.quarter === quarter).reduce((sum, cell) => sum + cell.size, 0);
    expect(Math.abs(size - 1_250)).toBeLessThan(10); // tasks of one length are in one quarter
  }
  expect(cells.filter(({ outcome }) => outcome === 'retried').reduce((sum, { size }) => sum + size, 0)).toBe(500);
});

test('has as many drawable tasks of each cell as a sample may need, each in its cell, the same whatever the order of the file', () => {
  const { cells, drawable } = frameOf(THOUSANDS);
  for (const { quarter, outcome, size } of cells) {
    const own = drawable.filter((each) => each.quarter === quarter && each.outcome === outcome);
    expect(own).toHaveLength(Math.min(size, TERMS.perCell));
    expect(own.every(({ taskId }) => (Number(taskId.slice(1)) % 10 === 0 ? 'retried' : 'ok') === outcome)).toBe(true);
  }
  expect(frameOf([...THOUSANDS].reverse()).drawable).toEqual(drawable);
});

test('another seed draws other tasks', () => {
  const frames = gatherFrames({ ...TERMS, seed: 'another review' });
  for (const each of THOUSANDS) frames.add(each, false);
  const other = new Set(frames.frameOf(['debugging/medium'], new Set()).drawable.map(({ taskId }) => taskId));
  const { drawable } = frameOf(THOUSANDS);
  expect(drawable.filter(({ taskId }) => other.has(taskId)).length).toBeLessThan(drawable.length / 4);
});

test('a second pass is without the tasks of the first, in the same quarters', () => {
  const first = frameOf(THOUSANDS);
  const drawn = first.drawable.slice(0, 50).map(({ taskId }) => taskId);
  const second = frameOf(THOUSANDS, drawn);
  expect(second.cells.reduce((sum, { size }) => sum + size, 0)).toBe(4_950);
  expect(second.drawable.some(({ taskId }) => drawn.includes(taskId))).toBe(false);
  const quarterOf = new Map(first.drawable.map(({ taskId, quarter }) => [taskId, quarter]));
  for (const { taskId, quarter } of second.drawable) expect(quarterOf.get(taskId) ?? quarter).toBe(quarter);
});

test('an input that was seen before is a duplicate; what was refused or cancelled is no task of it', () => {
  const frames = gatherFrames(TERMS);
  frames.add(task(1), false);
  frames.add(task(2), true);
  frames.add(task(3, { outcome: 'refused' }), false);
  expect(frames.frameOf(['debugging/medium'], new Set())).toMatchObject({ tasks: 2, duplicates: 1, cells: [{ size: 1 }] });
});

test('beyond its cap, the tasks of one tenant come after those of others', () => {
  const tasks = THOUSANDS.map((each, number) => ({ ...each, calls: 1, tenant: number % 10 === 0 ? 'small' : 'large' }));
  const ofSmall = (tenantCap: number) => {
    const frames = gatherFrames({ ...TERMS, tenantCap });
    for (const each of tasks) frames.add(each, false);
    return frames.frameOf(['debugging/medium'], new Set()).drawable.filter(({ tenant }) => tenant === 'small').length;
  };
  expect(ofSmall(10)).toBeGreaterThan(ofSmall(1_000));
});

test('classes that are looked at as one have one frame', () => {
  const frames = gatherFrames(TERMS);
  for (let number = 0; number < 200; number += 1) frames.add(task(number, { taskClass: number % 2 === 0 ? 'a' : 'b', calls: 1 }), false);
  const { cells, tasks } = frames.frameOf(['a', 'b'], new Set());
  expect(tasks).toBe(200);
  expect(cells.map(({ quarter, outcome }) => `${outcome} ${quarter}`)).toEqual(['ok 1', 'ok 2', 'ok 3', 'ok 4']);
});
