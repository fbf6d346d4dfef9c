/** What earlier changes leave of a class, from one event after the other. */

import { type PastChange, stabilityAfter } from '../../../../routing/review/propose/past-changes';
import { DAY_MS } from '../../../../routing/review/settings';

const day = (number: number) => number * DAY_MS;
const promoted = (at: number, from: string, to: string, delta: number, isSuperior = false): PastChange => ({
  ...{ at: day(at), kind: 'promoted', from, to, delta, isSuperior },
});

test('a class that nothing happened to has all of its tolerance and no history', () => {
  expect(stabilityAfter([], day(10))).toEqual({ changedAt: [], setbacks: {}, acceptedDeltas: [], leftRecently: [] });
});

test('losses of promoted changes add up until a superior one, or a person, begins anew', () => {
  const first = [promoted(1, 'a', 'b', -0.01), promoted(30, 'b', 'c', -0.02)];
  expect(stabilityAfter(first, day(40)).acceptedDeltas).toEqual([-0.01, -0.02]);
  expect(stabilityAfter([...first, promoted(50, 'c', 'd', 0.03, true)], day(60)).acceptedDeltas).toEqual([]);
  const set: PastChange = { at: day(50), kind: 'set', from: 'c', to: 'a' };
  expect(stabilityAfter([...first, set, promoted(70, 'a', 'b', -0.015)], day(80)).acceptedDeltas).toEqual([-0.015]);
});

test('what was taken back costs no tolerance, and is a setback of the model that it was taken back from', () => {
  const changes: PastChange[] = [promoted(1, 'a', 'b', -0.01), { at: day(5), kind: 'taken-back', from: 'b', to: 'a' }];
  expect(stabilityAfter(changes, day(6))).toEqual({
    changedAt: [day(1), day(5)],
    setbacks: { b: { lastAt: day(5), count: 1 } },
    acceptedDeltas: [],
    leftRecently: ['a', 'b'],
  });
});

test('a rollout is open until it is promoted, taken back or set back', () => {
  const begun: PastChange = { at: day(1), kind: 'rollout-begun', to: 'b' };
  expect(stabilityAfter([begun], day(2)).openRollout).toBe('to b');
  expect(stabilityAfter([begun, { at: day(2), kind: 'set', from: 'a', to: 'c' }], day(3)).openRollout).toBe('to b');
  expect(stabilityAfter([begun, promoted(3, 'a', 'b', 0)], day(4))).not.toHaveProperty('openRollout');
  expect(stabilityAfter([begun, { at: day(3), kind: 'setback', model: 'b' }], day(4))).not.toHaveProperty('openRollout');
});

test('a model that was left is remembered for 60 days, and what is yet to come is not seen', () => {
  const changes = [promoted(1, 'a', 'b', 0), promoted(100, 'b', 'a', 0)];
  expect(stabilityAfter(changes, day(60)).leftRecently).toEqual(['a']);
  expect(stabilityAfter(changes, day(61)).leftRecently).toEqual([]);
  expect(stabilityAfter(changes, day(60)).changedAt).toEqual([day(1)]);
});
