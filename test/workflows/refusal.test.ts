/** Tasks that nobody may be asked about: refused before anything is called, with the reason. */

import { type Installation, install, installWithWorkers } from '../support/installation';
import { attemptsOf, endSoundly, MODELS, NORTH, SOUTH, WEST, WORK, workPolicy } from '../support/scenario';

let box: Installation;

afterEach(() => endSoundly(box));

const PRIVATE = { ...SOUTH, privacyTiers: ['public', 'internal', 'confidential'] } as const;
const PUBLIC_MODELS = [
  { ...NORTH, privacyTiers: ['public', 'internal'] },
  { ...WEST, privacyTiers: ['public'] },
] as const;

test('a task is refused when no model is approved for its privacy tier, and nothing is called', async () => {
  box = await installWithWorkers({ models: [...PUBLIC_MODELS, PRIVATE], policy: workPolicy() });
  const result = await box.run({ ...WORK, privacyTier: 'restricted' });
  expect(result).toMatchObject({ outcome: 'refused', code: 'no_admissible_model', attempts: 0, costUsd: 0 });
  expect(result.reason).toMatch(/3 by privacy-tier/);
  expect(box.billed()).toEqual([]);
});

test('a task goes to the one model approved for its privacy tier, past a route that is not, and stays there when it fails', async () => {
  box = await installWithWorkers({ models: [...PUBLIC_MODELS, PRIVATE], policy: workPolicy() });
  box.script({ models: { '*': [{ kind: 'fault', fault: 'server-error' }] } });
  const result = await box.run({ ...WORK, privacyTier: 'confidential' });
  expect(result).toMatchObject({ outcome: 'failed', code: 'server-error' });
  expect(await attemptsOf(box, result.taskId)).toEqual(Array(2).fill('south/middle failed server-error none'));
});

test('each region of a residency rule keeps its own tasks, and a region without a model refuses them', async () => {
  const models = [
    { ...NORTH, regions: ['eu'] },
    { ...SOUTH, regions: ['us'] },
  ];
  box = await installWithWorkers({ models, policy: workPolicy() });
  const [eu, us, jp, anywhere] = await Promise.all(['eu', 'us', 'jp', undefined].map((residency) => box.run({ ...WORK, residency })));
  expect(eu).toMatchObject({ outcome: 'completed', model: 'north/small' });
  expect(us).toMatchObject({ outcome: 'completed', model: 'south/middle' });
  expect(jp).toMatchObject({ outcome: 'refused', code: 'no_admissible_model', attempts: 0 });
  expect(jp?.reason).toMatch(/content must stay in "jp"/);
  expect(anywhere).toMatchObject({ outcome: 'completed' });
});

test('a failing model of one region is never relieved by a model of another', async () => {
  const models = [
    { ...NORTH, regions: ['eu'] },
    { ...SOUTH, regions: ['us'] },
  ];
  box = await installWithWorkers({ models, policy: workPolicy() });
  box.script({ models: { small: [{ kind: 'fault', fault: 'quota-exhausted' }] } });
  const result = await box.run({ ...WORK, residency: 'eu' });
  expect(result.outcome).toBe('failed');
  expect(await attemptsOf(box, result.taskId)).toEqual(['north/small failed quota-exhausted none']);
});

test('a provider without its key is left out of the decision, and a task that only it could take is refused', async () => {
  box = await install({ models: MODELS, policy: workPolicy(), keys: { north: 'NORTH_KEY' } });
  await box.work({});
  const relieved = await box.run(WORK);
  expect(relieved).toMatchObject({ outcome: 'completed', model: 'south/middle' });
  const refused = await box.run({ ...WORK, constraints: { provider: 'north' } });
  expect(refused).toMatchObject({ outcome: 'refused', code: 'no_admissible_model' });
  expect(refused.reason).toMatch(/provider "north" has no key/);
});
