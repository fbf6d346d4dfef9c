/** What a program that routes by itself spends shows in `cost` and `stats` of the installation on its database, marked as its own. */

import { commandPath, jsonOf, signalbox } from '../support/command-line';
import { type Installation, install } from '../support/installation';
import { SIMPLE_TEXT, testSystem } from '../support/routing-system';
import { MODELS, workPolicy } from '../support/scenario';
import { insertSpent } from '../support/spent';

let box: Installation;

beforeAll(async () => {
  await commandPath();
  box = await install({ models: MODELS, policy: workPolicy() });
  await insertSpent(box.db, [{ at: new Date(), costNano: 25e7 }]);
  const system = testSystem({ databaseUrl: box.databaseUrl, name: 'night-job', models: ['acme/mini'] });
  await system.executeWithRouting(SIMPLE_TEXT, async () => ({ answer: '', usage: { inputTokens: 10, outputTokens: 40 }, cost: 0.5 }));
  await system.close();
}, 180_000);
afterAll(() => box.end());

const run = (...words: string[]) => signalbox(words, { env: { DATABASE_URL: box.databaseUrl } });

test('cost counts it once, marks it, and names the program', async () => {
  expect(jsonOf(await run('cost', '--by', 'system', '--json'))).toMatchObject({
    total: { costUsd: 0.75, calls: 2, embeddedUsd: 0.5 },
    groups: [
      { name: 'night-job', costUsd: 0.5, calls: 1, embeddedUsd: 0.5, inputTokens: 10, outputTokens: 40 },
      { name: null, costUsd: 0.25, calls: 1, embeddedUsd: 0 },
    ],
  });
  const { stdout } = await run('cost');
  expect(stdout).toMatch(/acme\/mini +\$0\.5000 +66\.7 %/);
  expect(stdout).toContain('$0.5000 were spent by programs that route by themselves; no budget here counts it.');
});

test('stats shows its calls apart from the work of tasks', async () => {
  const stats = jsonOf<{ models: { model: string }[] }>(await run('stats', '--json'));
  expect(stats).toMatchObject({ embedded: [{ model: 'acme/mini', calls: 1, answered: 1, failed: 0, inDoubt: 0, costUsd: 0.5 }] });
  expect(stats.models.map(({ model }) => model)).not.toContain('acme/mini');
  expect((await run('stats')).stdout).toMatch(
    /Called by programs that route by themselves\n +model +calls .*\n +acme\/mini +1 +1 +0 +0 +\$0\.50/,
  );
});

test('the chargeback names it too', async () => {
  const charges = jsonOf<Record<string, unknown>[]>(await run('cost', '--export', 'json'));
  expect(charges).toContainEqual(
    expect.objectContaining({ x_Purpose: 'embedded', x_System: 'night-job', BilledCost: 0.5, SubAccountId: null }),
  );
  expect(charges).toContainEqual(expect.objectContaining({ x_Purpose: 'work', x_System: null, BilledCost: 0.25 }));
});
