/** The rules of who may import whom, read from the import graph, and what may be used where. */

import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { type Import, readSources, type SourceFile } from './support/source-graph';

const root = join(__dirname, '..');
const files = readSources(root, ['routing', 'workflows', 'activities', 'worker', 'client', 'embedded', 'db']);

/** Files that are the parts of their folder which touch the outside: named here, so that another one is a decision. */
const TEMPORAL_IN_ACTIVITIES = ['activities/index.ts', 'activities/failures.ts'];
const STARTERS = ['workflows/start-dispatch.ts', 'workflows/start-review.ts', 'workflows/start-rollout.ts', 'workflows/review-schedule.ts'];

function within(...places: readonly string[]): (file: SourceFile) => boolean {
  return ({ path }) => places.some((place) => path === place || path.startsWith(`${place}/`));
}

/** `file → target` of every import that breaks a rule; the rule is what a file may import. */
function strangers(of: (file: SourceFile) => boolean, mayImport: (each: Import, file: SourceFile) => boolean): string[] {
  const chosen = files.filter(of);
  expect(chosen.length).toBeGreaterThan(0);
  return chosen.flatMap((file) => file.imports.filter((each) => !mayImport(each, file)).map(({ target }) => `${file.path} → ${target}`));
}

/** Whether an import is of one of our own folders or files, named without extension. */
function isOf({ target, isPackage }: Import, ...places: readonly string[]): boolean {
  return !isPackage && places.some((place) => target === place || target.startsWith(`${place}/`));
}

/** Whether an import is of one of these packages. */
function isOneOf({ target }: Import, ...packages: readonly string[]): boolean {
  return packages.includes(target);
}

/** Globals of these names that these files use: `file: global`. */
function uses(of: (file: SourceFile) => boolean, isForbidden: (global: string) => boolean): string[] {
  return files.filter(of).flatMap(({ path, globals }) => [...globals].filter(isForbidden).map((used) => `${path}: ${used}`));
}

test('routing imports only routing, and no package at all', () => {
  expect(strangers(within('routing'), (each) => isOf(each, 'routing'))).toEqual([]);
});

test('routing knows no clock, no chance, no process and no network', () => {
  const impure =
    /^(Date\.now|new Date\(\)|Math\.random|performance\.now|process\.|crypto\.|globalThis\.|console\.|(fetch|setTimeout|setInterval)\(\))/;
  expect(uses(within('routing'), (used) => impure.test(used))).toEqual([]);
});

test('workflows import routing, each other and @temporalio/workflow; of activities, types alone', () => {
  const bundled = (file: SourceFile) => within('workflows')(file) && !STARTERS.includes(file.path);
  const mayImport = (each: Import) =>
    isOf(each, 'routing') ||
    (isOf(each, 'workflows') && !STARTERS.includes(`${each.target}.ts`)) ||
    (each.isPackage && each.target === '@temporalio/workflow') ||
    (each.isTypeOnly && isOf(each, 'activities'));
  expect(strangers(bundled, mayImport)).toEqual([]);
});

test('what starts a workflow for client and worker takes of the workflow only its type', () => {
  const mayImport = (each: Import) =>
    isOf(each, 'workflows/messages') || (isOf(each, 'workflows') && each.isTypeOnly) || each.target === '@temporalio/client';
  expect(strangers(within(...STARTERS), mayImport)).toEqual([]);
});

test('the workflows can be bundled: nothing in them needs Node or a package that does', async () => {
  const silent = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
  const { code } = await bundleWorkflowCode({ workflowsPath: join(root, 'workflows', 'index.ts'), logger: silent });
  const packages = new Set([...code.matchAll(/node_modules\/((?:@[^/"]+\/)?[^/"]+)\//g)].map(([, name]) => name));
  expect([...packages].sort()).toEqual(['@temporalio/common', '@temporalio/workflow', 'long', 'ms', 'nexus-rpc']);
});

test('activities import routing, db and the contracts of workflows', () => {
  const mayImport = (each: Import) =>
    each.isPackage || isOf(each, 'activities', 'routing', 'db') || (each.isTypeOnly && isOf(each, 'workflows/messages'));
  expect(strangers(within('activities'), mayImport)).toEqual([]);
});

test('steps know nothing of Temporal: only the wrapper and its failures do', () => {
  const isStep = (file: SourceFile) => within('activities')(file) && !TEMPORAL_IN_ACTIVITIES.includes(file.path);
  expect(strangers(isStep, (each) => !each.target.startsWith('@temporalio/'))).toEqual([]);
});

test('providers and graders import routing and the documents they are configured by, not the database', () => {
  const places = ['activities/providers', 'activities/graders'];
  const mayImport = (each: Import) => each.isPackage || isOf(each, 'routing', 'db/documents', ...places);
  expect(strangers(within(...places), mayImport)).toEqual([]);
});

test('db imports routing and itself', () => {
  expect(strangers(within('db'), (each) => each.isPackage || isOf(each, 'db', 'routing'))).toEqual([]);
});

test('the driver and the query builder are used in db alone', () => {
  const isDriver = ({ target }: Import) => target === 'postgres' || target.split('/')[0] === 'drizzle-orm';
  expect(
    strangers(
      (file) => !within('db')(file),
      (each) => !isDriver(each),
    ),
  ).toEqual([]);
});

test('the worker imports everything but the client', () => {
  expect(strangers(within('worker'), (each) => !isOf(each, 'client'))).toEqual([]);
});

test('the client imports routing, db and the messages of workflows, and neither the worker nor a step', () => {
  const mayImport = (each: Import) =>
    each.isPackage ||
    isOf(each, 'client', 'routing', 'db', 'workflows/messages', ...STARTERS.map((path) => path.replace('.ts', ''))) ||
    (each.isTypeOnly && isOf(each, 'workflows'));
  expect(strangers(within('client'), mayImport)).toEqual([]);
});

test('embedded imports routing and what it needs of db, and knows no Temporal', () => {
  const mayImport = (each: Import) =>
    each.isPackage ? isOneOf(each, 'zod', 'node:crypto', 'node:timers/promises') : isOf(each, 'embedded', 'routing', 'db');
  expect(strangers(within('embedded'), mayImport)).toEqual([]);
});

test('of embedded, one file alone reaches the driver, so that a program without a database does not load it', () => {
  const isLight = (file: SourceFile) => within('embedded')(file) && file.path !== 'embedded/postgres-store.ts';
  expect(strangers(isLight, (each) => !isOf(each, 'db') || isOf(each, 'db/documents'))).toEqual([]);
});

test('the environment is read only where a process begins', () => {
  expect(
    uses(
      (file) => !file.path.endsWith('/main.ts'),
      (used) => used === 'process.env',
    ),
  ).toEqual([]);
});

test('every import names its module: nothing is computed', () => {
  expect(
    strangers(
      () => true,
      ({ target }) => target !== 'computed',
    ),
  ).toEqual([]);
});
