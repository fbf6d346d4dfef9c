/** The package as it is published: packed, installed into an empty project, imported in every way that a program may. */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asAdmin } from '../support/database';
import { testServer } from '../support/servers';

const ROOT = join(__dirname, '..', '..');
const run = promisify(execFile);

let project: string;

/**
 * Installs the tarball as npm would. Its dependencies are those of this checkout, because a test must not need the network: they
 * are linked beside it, where Node looks for them.
 */
beforeAll(async () => {
  await testServer('dist');
  project = mkdtempSync(join(tmpdir(), 'signalbox-project-'));
  const packed = await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', project], { cwd: ROOT });
  const modules = join(project, 'node_modules');
  mkdirSync(join(modules, 'signalbox'), { recursive: true });
  await run('tar', ['-xzf', join(project, packed.stdout.trim()), '-C', join(modules, 'signalbox'), '--strip-components=1']);
  const dependencies = join(ROOT, 'node_modules');
  for (const name of readdirSync(dependencies)) {
    if (!name.startsWith('.') && name !== 'signalbox') symlinkSync(join(dependencies, name), join(modules, name));
  }
}, 120_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** What a program of these lines prints. */
async function printed(name: string, ...lines: readonly string[]): Promise<string> {
  writeFileSync(join(project, name), lines.join('\n'));
  return (await run(process.execPath, [name], { cwd: project })).stdout.trim();
}

const ROUTE = [
  'const system = createRoutingSystem({ models: ["anthropic/claude-haiku-5-5", "anthropic/claude-opus-5-5"] });',
  'system.routeTask("What is the capital of France?").then(({ model }) => console.log(model));',
];

test('a CommonJS program can require it', async () => {
  expect(await printed('require.cjs', 'const { createRoutingSystem } = require("signalbox/embedded");', ...ROUTE)).toBe(
    'anthropic/claude-haiku-5-5',
  );
});

test('an ES module can import it, by name', async () => {
  expect(await printed('import.mjs', 'import { createRoutingSystem } from "signalbox/embedded";', ...ROUTE)).toBe(
    'anthropic/claude-haiku-5-5',
  );
});

test('the durable client is where it was, for both', async () => {
  expect(await printed('client.cjs', 'console.log(typeof require("signalbox").createClient)')).toBe('function');
  expect(await printed('client.mjs', 'import { createClient } from "signalbox";', 'console.log(typeof createClient)')).toBe('function');
});

test('the judgement of a review and its mathematics are there for both, and load nothing but themselves', async () => {
  const steps = 'console.log(nextRolloutMove.length, normalQuantile(0.975).toFixed(3))';
  const required = 'const { nextRolloutMove } = require("signalbox/review"); const { normalQuantile } = require("signalbox/statistics");';
  expect(await printed('steps.cjs', required, steps)).toBe('4 1.960');
  const imported = 'import { nextRolloutMove } from "signalbox/review"; import { normalQuantile } from "signalbox/statistics";';
  expect(await printed('steps.mjs', imported, steps)).toBe('4 1.960');
  const modules =
    'Object.keys(require.cache).filter((path) => path.includes("node_modules") && !path.includes("/signalbox/dist/routing/")).length';
  expect(await printed('pure.cjs', required, `console.log(${modules})`)).toBe('0');
});

describe('importing it', () => {
  const loaded = `Object.keys(require.cache).map((path) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)\\/(?!.*node_modules)/.exec(path)?.[1]).filter(Boolean)`;
  const packages = (config: string) => [
    'const { createRoutingSystem } = require("signalbox/embedded");',
    `const system = createRoutingSystem(${config});`,
    `console.log([...new Set(${loaded})].sort().join());`,
  ];

  test('loads nothing of Temporal, and no driver', async () => {
    expect(await printed('light.cjs', ...packages(''))).toBe('signalbox,yaml,zod');
  });

  test('loads the driver with a database, and still nothing of Temporal', async () => {
    const names = (await printed('heavier.cjs', ...packages('{ databaseUrl: "postgres://127.0.0.1:1/nowhere" }'))).split(',');
    expect(names).toEqual(expect.arrayContaining(['drizzle-orm', 'postgres']));
    expect(names.filter((name) => name.startsWith('@temporalio'))).toEqual([]);
  });
});

test('it makes its tables in an empty database, from the installed files', async () => {
  const { adminUrl } = await testServer('postgres');
  const name = `packed_${Date.now()}`;
  await asAdmin(adminUrl, (sql) => sql`CREATE DATABASE ${sql(name)}`);
  const url = new URL(adminUrl);
  url.pathname = name;
  const answered = await printed(
    'persist.mjs',
    'import { createRoutingSystem } from "signalbox/embedded";',
    `const system = createRoutingSystem({ databaseUrl: "${url.href}", models: ["anthropic/claude-haiku-5-5"] });`,
    'const { cost } = await system.executeWithRouting("What is the capital of France?", async () => ({ answer: "Paris", cost: 0.25 }));',
    'console.log(cost, (await system.checkBudget()).day.spent);',
    'await system.close();',
  );
  expect(answered).toBe('0.25 0.25');
  await asAdmin(adminUrl, (sql) => sql`DROP DATABASE ${sql(name)} WITH (FORCE)`);
});

test.each([
  ['CommonJS', 'consumer.cts', 'nodenext'],
  ['ES modules', 'consumer.mts', 'nodenext'],
  ['a bundler', 'consumer.ts', 'bundler'],
])('its types are found and hold: %s', async (_, file, resolution) => {
  writeFileSync(
    join(project, file),
    `import { type BudgetStatus, createRoutingSystem, type Executed, type RoutedDecision, RoutingError } from 'signalbox/embedded';
import { createClient, type SignalboxClient } from 'signalbox';

export async function use(): Promise<string> {
  const system = createRoutingSystem({ budget: { dailyLimit: 5, timezone: 'Europe/Berlin' }, weights: { cost: 2 }, cacheTTL: 60_000 });
  const decision: RoutedDecision = await system.routeTask('text', { maxCost: 0.1, minQuality: 0.5, maxLatency: 5_000 });
  const executed: Executed<{ text: string }> = await system.executeWithRouting('text', async ({ model, signal, maxOutputTokens }) => {
    const told: [string, AbortSignal, number] = [model, signal, maxOutputTokens];
    return { answer: { text: told[0] }, usage: { inputTokens: 1, outputTokens: 1 } };
  });
  const budget: BudgetStatus = await system.checkBudget();
  const client: SignalboxClient = createClient({ databaseUrl: '' });
  await client.close();
  // @ts-expect-error money is a number
  createRoutingSystem({ budget: { dailyLimit: 'five' } });
  // @ts-expect-error there is no such constraint
  await system.routeTask('text', { maxCots: 1 });
  // @ts-expect-error a call gives back an answer
  await system.executeWithRouting('text', async () => ({ reply: '' }));
  const error = new RoutingError('not_admissible', executed.answer.text);
  return [decision.model, budget.day.spent.toFixed(2), error.code].join();
}
`,
  );
  const module = resolution === 'bundler' ? 'esnext' : resolution;
  const options = [
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--target',
    'es2024',
    '--module',
    module,
    '--moduleResolution',
    resolution,
  ];
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  const checked = await run(tsc, [...options, '--types', 'node', '--skipLibCheck', file], { cwd: project }).catch(
    (error: { stdout: string }) => error,
  );
  expect(checked.stdout).toBe('');
});
