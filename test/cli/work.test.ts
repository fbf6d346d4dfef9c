/** Commands on a stack that runs: real Postgres, real Temporal, a worker, and scripted models. */

import { testModel } from '../support/catalogue';
import { commandPath, folderWith, jsonOf, launch, type RunOptions, signalbox } from '../support/command-line';
import { type Installation, installWithWorkers } from '../support/installation';
import { until } from '../support/processes';

let stack: Installation;

beforeAll(async () => {
  await commandPath();
  stack = await installWithWorkers({
    models: [
      testModel('scripted/first', { defaultPriority: 90, providerModel: 'first' }),
      testModel('scripted/second', { defaultPriority: 40, providerModel: 'second' }),
    ],
    policy: { classes: { routed: { route: { kind: 'model', model: 'scripted/first', fallbacks: ['scripted/second'] }, tolerance: 0.05 } } },
  });
}, 180_000);

afterAll(() => stack.end());

/** Runs a command on this stack. */
const run = (words: readonly string[], options: RunOptions = {}) =>
  signalbox(words, { ...options, env: { ...stack.environment, ...options.env } });

interface Story {
  readonly taskId: string;
  readonly status: string;
  readonly decision: { readonly kind: string; readonly model: string; readonly alternatives: readonly unknown[] } | null;
  readonly attempts: readonly { readonly state: string; readonly failure: { readonly class: string } | null; readonly costBasis: string }[];
  readonly outcome: { readonly outcome: string } | null;
  readonly answer: { readonly text: string } | null;
  readonly ratings: readonly { readonly score: number }[];
}

describe('submit', () => {
  test('--wait --json prints how the task ended, and nothing else', async () => {
    stack.script({ models: { '*': [{ kind: 'answer', text: 'forty-two' }] } });
    const ran = await run(['submit', 'What is it?', '--wait', '--json', '--grader', '{"kind":"contains","expected":"forty"}']);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(jsonOf(ran)).toEqual({
      taskId: expect.any(String),
      outcome: 'completed',
      code: 'answered',
      reason: expect.any(String),
      model: expect.stringMatching(/^scripted\//),
      answer: 'forty-two',
      toolCalls: [],
      attempts: 1,
      costUsd: expect.any(Number),
      score: 1,
      endedAt: expect.any(String),
    });
  });

  test('prints the answer for people without what a terminal would obey', async () => {
    stack.script({ models: { '*': [{ kind: 'answer', text: 'plain \u001b[31mred\u001b]0;owned\u0007' }] } });
    const { exitCode, stdout, stderr } = await run(['submit', 'Colour', '--wait']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'plain red\n' });
    expect(stderr).toMatch(/completed: by scripted\/\w+, 1 call/);
  });

  test('without --wait gives an id at once', async () => {
    const submitted = jsonOf(await run(['submit', 'Later', '--json']));
    expect(submitted).toEqual({ taskId: expect.any(String), isExisting: false, isStarted: true });
  });

  test('the same key and text give the same task, and another text is refused', async () => {
    const words = ['--idempotency-key', 'once', '--json'];
    const first = jsonOf(await run(['submit', 'Once', ...words]));
    expect(jsonOf(await run(['submit', 'Once', ...words]))).toMatchObject({ taskId: first.taskId, isExisting: true });
    const other = await run(['submit', 'Twice', ...words]);
    expect(other.exitCode).toBe(2);
    expect(jsonOf(other)).toMatchObject({ error: { code: 'idempotency_conflict' } });
  });

  test('--dry-run decides and calls nothing', async () => {
    const before = stack.billed().length;
    expect(jsonOf(await run(['submit', 'Dry', '--dry-run', '--wait', '--json']))).toMatchObject({
      outcome: 'completed',
      code: 'dry_run',
      attempts: 0,
    });
    expect(stack.billed()).toHaveLength(before);
  });

  test('a task that no model answers ends with 1 and says why', async () => {
    stack.script({ models: { '*': [{ kind: 'fault', fault: 'bad-request' }] } });
    const ran = await run(['submit', 'Impossible', '--wait', '--json']);
    expect(ran.exitCode).toBe(1);
    expect(jsonOf(ran)).toMatchObject({ outcome: 'failed', answer: null, reason: expect.stringMatching(/\S/) });
  });

  test('a task for a model that does not exist is refused before it is kept', async () => {
    const ran = await run(['submit', 'hi', '--model', 'scripted/frist', '--json']);
    expect(ran.exitCode).toBe(2);
    expect(jsonOf(ran)).toEqual({ error: { code: 'unknown_model', message: expect.stringContaining('Did you mean "scripted/first"?') } });
  });

  test('many tasks give a line each, whatever becomes of them', async () => {
    stack.script({ models: { '*': [{ kind: 'answer' }] }, tasks: { broken: [{ kind: 'fault', fault: 'bad-request' }] } });
    const tasks = [...Array.from({ length: 20 }, (_, index) => ({ prompt: `Task ${index}` })), { prompt: 'no', externalId: 'broken' }];
    const ran = await run(['submit', '--jsonl', '-', '--wait', '--json', '--team', 'search'], {
      stdin: tasks.map((task) => JSON.stringify(task)).join('\n'),
    });
    expect(ran.exitCode).toBe(1);
    const lines = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { line: number; outcome: string; externalId?: string });
    expect(lines.map(({ line }) => line).sort((a, b) => a - b)).toEqual(tasks.map((_, index) => index + 1));
    expect(lines.filter(({ outcome }) => outcome === 'completed')).toHaveLength(20);
    expect(lines.find(({ externalId }) => externalId === 'broken')).toMatchObject({ line: 21, outcome: 'failed' });
  });

  test('a wait that is over ends with 4, and the task goes on', async () => {
    stack.script({ models: { '*': [{ kind: 'answer', latencyMs: 3_000 }] } });
    const ran = await run(['submit', 'Slow', '--wait', '--timeout', '500ms', '--external-id', 'slow', '--json']);
    expect(ran.exitCode).toBe(4);
    expect(jsonOf(ran)).toEqual({ error: { code: 'timed_out', message: expect.stringContaining('It goes on') } });
    const [task] = jsonOf<{ taskId: string; externalId: string }[]>(await run(['tasks', '--limit', '1', '--json']));
    expect(task?.externalId).toBe('slow');
    expect((await stack.client.result(task!.taskId)).outcome).toBe('completed');
  });
});

test('Ctrl-C stops the waiting with 130 and says how to go on, and the task is not lost', async () => {
  stack.script({ models: { '*': [{ kind: 'answer', latencyMs: 2_000 }] } });
  const waiting = await launch(['submit', 'Slow', '--wait'], { env: stack.environment });
  await waiting.says(/is accepted; waiting/);
  waiting.signal('SIGINT');
  const { exitCode, stderr } = await waiting.ended;
  expect(exitCode).toBe(130);
  const [, taskId = ''] = /Stopped waiting\. Task (\S+) goes on/.exec(stderr) ?? [];
  expect((await stack.client.result(taskId)).outcome).toBe('completed');
});

test('worker runs one worker until it is told to stop, and then drains it', async () => {
  const worker = await launch(['worker'], { env: { ...stack.environment, LOG_LEVEL: 'info' } });
  await worker.says(/polling \S*dispatch/);
  worker.signal('SIGTERM');
  expect(await worker.ended).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('Draining') });
});

describe('one task', () => {
  let fallenBack: string;

  beforeAll(async () => {
    stack.script({
      models: { first: [{ kind: 'fault', fault: 'not-found' }], second: [{ kind: 'answer', text: 'from \u001b[2Jthe second' }] },
    });
    fallenBack = (await stack.run({ prompt: 'Tell \u001b[31mme', taskClass: 'routed' })).taskId;
  });

  test('task --json is its whole story, content included', async () => {
    const story = jsonOf<Story>(await run(['task', fallenBack, '--json']));
    expect(story).toMatchObject({
      taskId: fallenBack,
      status: 'completed',
      taskClass: 'routed',
      prompt: { messages: [{ role: 'user', content: 'Tell \u001b[31mme' }] },
      decision: { kind: 'routed', model: 'scripted/first', alternatives: [{ model: 'scripted/second' }], filteredOut: [], chain: [{}, {}] },
      attempts: [
        { number: 1, model: 'scripted/first', state: 'failed', failure: { class: 'not-found' } },
        { number: 2, model: 'scripted/second', state: 'answered', failure: null, reservedUsd: expect.any(Number), costBasis: 'usage' },
      ],
      fallbacks: [{ fromModel: 'scripted/first', toModel: 'scripted/second', failureClass: 'not-found' }],
      outcome: { outcome: 'completed', model: 'scripted/second', attempts: 2 },
      answer: { text: 'from \u001b[2Jthe second' },
      ratings: [],
    });
  });

  test('task tells people the same, in order, without what a terminal would obey', async () => {
    const { exitCode, stdout } = await run(['task', fallenBack]);
    expect(exitCode).toBe(0);
    const sections = [`Task ${fallenBack}`, 'Prompt', 'Decision', 'Calls', 'Fallbacks', 'Outcome', 'Answer'];
    const places = sections.map((section) => stdout.split('\n').indexOf(section));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    for (const told of ['Tell me', 'not-found', 'scripted/first → scripted/second', 'from the second', 'policy 1']) {
      expect(stdout).toContain(told);
    }
    expect(stdout).not.toContain('\u001b');
  });

  test('a task that does not exist is named', async () => {
    for (const id of ['nonsense', '0199f3a2-7c1e-7b7e-9d55-3f2b8f6f0c11']) {
      expect(await run(['task', id])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(`There is no task ${id}.`) });
      expect((await run(['cancel', id])).exitCode).toBe(2);
    }
  });

  test('a rating counts for the model that answered', async () => {
    expect(jsonOf(await run(['rate', '5', fallenBack, '--json']))).toEqual({
      taskId: fallenBack,
      model: 'scripted/second',
      tier: expect.any(String),
      score: 5,
    });
    expect(jsonOf<Story>(await run(['task', fallenBack, '--json'])).ratings).toMatchObject([{ score: 5, model: 'scripted/second' }]);
    const { models } = jsonOf<{ models: { model: string; ewma: number; ratings: number }[] }>(await run(['stats', '--json']));
    expect(models.find(({ model }) => model === 'scripted/second')).toMatchObject({ ewma: expect.closeTo(3.6, 9), ratings: 1 });
  });

  test('cancel stops a call in flight', async () => {
    stack.script({ models: { '*': [{ kind: 'answer', latencyMs: 60_000 }] } });
    const { taskId } = jsonOf<{ taskId: string }>(await run(['submit', 'Endless', '--json']));
    await until(async () => (await stack.client.task(taskId))?.attempts[0]?.state === 'running', 'the call is in flight');
    expect(jsonOf(await run(['cancel', taskId, '--json']))).toEqual({ taskId, statusBefore: 'running', isStopping: true });
    expect((await stack.client.result(taskId, { timeoutMs: 20_000 })).outcome).toBe('cancelled');
    expect(jsonOf(await run(['cancel', taskId, '--json']))).toEqual({ taskId, statusBefore: 'cancelled', isStopping: false });
  });
});

test('tasks lists the newest first, by status and class', async () => {
  const failed = jsonOf<{ status: string }[]>(await run(['tasks', '--status', 'failed', '--json']));
  expect(failed.length).toBeGreaterThan(0);
  expect(new Set(failed.map(({ status }) => status))).toEqual(new Set(['failed']));
  const routed = jsonOf<{ taskClass: string }[]>(await run(['tasks', '--class', 'routed', '--json']));
  expect(routed).toMatchObject([{ taskClass: 'routed' }]);
  const all = jsonOf<{ acceptedAt: string }[]>(await run(['tasks', '--limit', '5', '--json']));
  expect(all.map(({ acceptedAt }) => acceptedAt)).toEqual(
    all
      .map(({ acceptedAt }) => acceptedAt)
      .sort()
      .reverse(),
  );
  expect((await run(['tasks', '--limit', '1'])).stdout).toMatch(/^task +status +class +model/);
});

test('route --live goes by the rules and the experience of the stack', async () => {
  const answer = jsonOf(await run(['route', 'Whatever', '--class', 'routed', '--live', '--json']));
  expect(answer).toMatchObject({ taskClass: 'routed', chain: ['scripted/first', 'scripted/second'], policyVersion: 1 });
});

describe('policy', () => {
  const folder = (policy: string) => folderWith({ 'policy.yaml': policy });

  test('apply shows the difference, and applies nothing that nobody confirmed', async () => {
    const cwd = folder('weights: { cost: 0.5 }');
    const { exitCode, stdout, stderr } = await run(['policy', 'apply'], { cwd });
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/weights\.cost +0\.2 +0\.5/);
    expect(stderr).toContain('--yes');
    expect(jsonOf(await run(['policy', 'apply', '--dry-run', '--json'], { cwd }))).toMatchObject({ isApplied: false, base: 1 });
    expect(jsonOf<unknown[]>(await run(['policy', 'list', '--json']))).toHaveLength(1);
  });

  test('apply --yes makes a new version, once, and leaves the models of the stack alone', async () => {
    const cwd = folder('classes: { routed: { route: { model: scripted/second } } }');
    const applied = jsonOf(await run(['policy', 'apply', '--yes', '--json'], { cwd }));
    expect(applied).toMatchObject({
      version: 2,
      isApplied: true,
      base: 1,
      changes: [{ path: ['classes', 'routed', 'route', 'fallbacks'] }, { path: ['classes', 'routed', 'route', 'model'] }],
      models: { added: [], removed: [], changed: [] },
    });
    expect(jsonOf(await run(['policy', 'apply', '--yes', '--json'], { cwd }))).toMatchObject({ version: 2, isApplied: false });
    expect(jsonOf<unknown[]>(await run(['policy', 'list', '--json']))).toMatchObject([
      { version: 2, baseVersion: 1, isInForce: true },
      { version: 1, baseVersion: null, isInForce: false },
    ]);
    expect(jsonOf(await run(['policy', 'show', '--json']))).toMatchObject({ version: 2, policy: { classes: { routed: {} } } });
    expect(jsonOf(await run(['route', 'Whatever', '--class', 'routed', '--live', '--json']))).toMatchObject({ model: 'scripted/second' });
  });

  test('apply writes to the audit log who did it', async () => {
    const entries = await stack.db.sql`SELECT actor, action, subject FROM audit_log WHERE action = 'policy.applied' ORDER BY seq`;
    expect(entries).toMatchObject([
      { actor: 'test', subject: '1' },
      { actor: expect.stringMatching(/\S/), subject: '2' },
    ]);
  });

  test('a policy that names a model which the stack does not have is refused', async () => {
    const { exitCode, stderr } = await run(['policy', 'apply', '--yes'], {
      cwd: folder('classes: { routed: { route: { model: scripted/third } } }'),
    });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/policy\.yaml:1:\d+: .*"scripted\/third" is not in the catalogue/);
  });

  test('a version that never was is named', async () => {
    expect(await run(['policy', 'show', '99'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no policy version 99') });
  });
});

describe('after all that', () => {
  test('doctor finds every part well, and says what is wrong when a part is away', async () => {
    const well = await run(['doctor', '--json']);
    const { checks } = jsonOf<{ checks: { name: string; ok: boolean; detail: string }[] }>(well);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(well.exitCode).toBe(0);
    const away = await run(['doctor'], { env: { TEMPORAL_ADDRESS: '127.0.0.1:1' } });
    expect(away.exitCode).toBe(1);
    expect(away.stdout).toMatch(/PROBLEM temporal .*\n +→ .*TEMPORAL_ADDRESS/);
  });

  test('the ledger adds up, and a row that breaks it is named', async () => {
    const sound = await run(['audit', 'ledger', '--json']);
    expect(jsonOf(sound)).toMatchObject({ ok: true });
    expect(sound.exitCode).toBe(0);
    const [broken] = await stack.db
      .sql`UPDATE cost_tracking SET cost_nano = cost_nano + 1 WHERE attempt_id = (SELECT min(attempt_id::text)::uuid FROM cost_tracking) RETURNING attempt_id AS id`;
    const { exitCode, stdout } = await run(['audit', 'ledger']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/BROKEN +\d+ /);
    expect(stdout).toContain(broken!.id);
  });
});
