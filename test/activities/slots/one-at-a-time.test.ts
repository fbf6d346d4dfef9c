import { createOneAtATime } from '../../../activities/slots/one-at-a-time';

test('who asks while it runs shares one run that begins afterwards, also when the first one fails', async () => {
  const runs: string[][] = [];
  const ends: ((value: number) => void)[] = [];
  const work = (askers: ReadonlySet<string>) => {
    runs.push([...askers]);
    return new Promise<number>((resolve) => ends.push(resolve));
  };
  const gate = createOneAtATime<number>();
  const first = gate.run('a', () => Promise.reject(new Error('broken')));
  const shared = [gate.run('b', work), gate.run('c', work), gate.run(undefined, work)];
  await expect(first).rejects.toThrow('broken');
  await new Promise(setImmediate);
  expect(runs).toEqual([['b', 'c']]);
  const later = gate.run('d', work);
  ends[0]?.(1);
  expect(await Promise.all(shared)).toEqual([1, 1, 1]);
  await new Promise(setImmediate);
  expect(runs).toEqual([['b', 'c'], ['d']]);
  ends[1]?.(2);
  expect(await later).toBe(2);
  const alone = gate.run('e', work);
  ends[2]?.(3);
  expect(await alone).toBe(3);
});
