/** `signalbox up`: everything on one machine, as a newcomer starts it. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRunningStack } from '../../client/stack/state';
import { bareEnvironment, commandPath, folderWith, jsonOf, launch, signalbox } from '../support/command-line';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { isAlive } from '../support/processes';
import { testServer } from '../support/servers';

beforeAll(commandPath, 180_000);

/** The engine of this machine, wherever this user keeps it. */
const machine = {
  HOME: process.env.HOME ?? '',
  XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? '',
  TEMPORAL_CLI_PATH: process.env.TEMPORAL_CLI_PATH ?? '',
};

test('runs scripted models where there is neither a file nor a key, says so, and leaves no process behind', async () => {
  await testServer('temporal'); // so that the engine is on this machine before time counts
  const cwd = folderWith({});
  const up = await launch(['up', '--json'], { cwd, env: machine });
  await up.says(/Ctrl-C stops everything/);
  const running = await readRunningStack(join(cwd, '.signalbox'));

  const answered = jsonOf(await signalbox(['submit', 'Say hello', '--wait', '--json'], { cwd }));
  expect(answered).toMatchObject({ outcome: 'completed', answer: expect.stringContaining('scripted answer'), costUsd: 0 });
  expect((await signalbox(['audit', 'ledger'], { cwd })).exitCode).toBe(0);

  const second = await signalbox(['up', '--json'], { cwd, env: machine });
  expect(second.exitCode).toBe(3);
  expect(jsonOf(second)).toMatchObject({ error: { code: 'stack_busy', message: expect.stringContaining(`process ${up.pid}`) } });

  up.signal('SIGINT');
  const ended = await up.ended;
  expect(ended.exitCode).toBe(0);
  expect(jsonOf(ended)).toMatchObject({
    pid: up.pid,
    readyMs: expect.any(Number),
    rules: { isScripted: true, policy: { version: 1, isFirst: true, pending: [] } },
  });
  expect(ended.stderr).toContain('answers are SCRIPTED');
  const { postgres, temporal, workers = [] } = running?.pids ?? {};
  for (const pid of [postgres, temporal, ...workers]) expect(isAlive(pid as number)).toBe(false);
}, 120_000);

describe('on a Postgres and a Temporal of your own', () => {
  let database: TestDatabase;
  let env: Record<string, string>;

  beforeAll(async () => {
    const [created, temporal] = await Promise.all([createTestDatabase(), testServer('temporal')]);
    database = created;
    env = {
      ...bareEnvironment(),
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      DISPATCH_QUEUE: `up${process.pid}.dispatch`,
    };
  }, 60_000);
  afterAll(() => database.drop());

  const catalogue = (models: string) => `providers: { scripted: { models: { ${models} } } }`;
  const ONE = 'one: { prices: { input: 0, output: 0 } }';
  const TWO = `${ONE}, two: { prices: { input: 0, output: 0 } }`;

  /** Starts, waits until it is ready, stops; gives what it said. */
  async function upOnce(cwd: string) {
    const up = await launch(['up', '--workers', '0', '--json'], { cwd, env });
    await up.says(/Ctrl-C stops everything/);
    up.signal('SIGTERM');
    const ran = await up.ended;
    return { ...ran, rules: jsonOf<{ rules: unknown }>(ran).rules };
  }

  test('puts the files in force, follows a changed catalogue, and leaves a changed policy to policy apply', async () => {
    const cwd = folderWith({ 'signalbox.yaml': catalogue(ONE), 'policy.yaml': 'weights: { cost: 0.3 }' });
    expect((await upOnce(cwd)).rules).toMatchObject({ catalogue: { isChanged: true }, policy: { version: 1, isFirst: true } });

    writeFileSync(join(cwd, 'signalbox.yaml'), catalogue(TWO));
    writeFileSync(join(cwd, 'policy.yaml'), 'weights: { cost: 0.4 }');
    const changed = await upOnce(cwd);
    expect(changed.rules).toMatchObject({
      catalogue: { isChanged: true },
      policy: { version: 1, isFirst: false, pending: [{ path: ['weights', 'cost'], before: 0.3, after: 0.4 }] },
    });
    expect(changed.stderr).toContain('policy.yaml differs from the policy in force in 1 rule: run "signalbox policy apply"');

    expect((await signalbox(['policy', 'apply', '--yes'], { cwd, env })).exitCode).toBe(0);
    expect((await upOnce(cwd)).rules).toMatchObject({ catalogue: { isChanged: false }, policy: { version: 2, pending: [] } });
  });

  test('a provider that is called in another way needs a yes, though models and policy stay as they are', async () => {
    const cwd = folderWith({
      'signalbox.yaml': catalogue(TWO).replace('scripted: {', 'scripted: { options: { latency_ms: "5" },'),
      'policy.yaml': 'weights: { cost: 0.4 }',
    });
    expect(jsonOf(await signalbox(['policy', 'apply', '--dry-run', '--json'], { cwd, env }))).toMatchObject({
      changes: [],
      providers: { added: [], removed: [], changed: ['scripted'] },
      models: { added: [], removed: [], changed: [] },
    });
    expect(await signalbox(['policy', 'apply'], { cwd, env })).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes') });
  });

  test('in a folder without rules it leaves those of the database alone', async () => {
    const before = jsonOf(await signalbox(['policy', 'show', '--json'], { env }));
    const { rules, stderr } = await upOnce(folderWith({}));
    expect(rules).toBeNull();
    expect(stderr).toContain('stay in force');
    expect(jsonOf(await signalbox(['policy', 'show', '--json'], { env }))).toEqual(before);
  });
});
