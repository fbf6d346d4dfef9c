/** Reviews, verdicts and rollouts on the command line: what is shown, what is kept, and what is refused, without a worker. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_REVIEW_SETTINGS } from '../../routing/review/settings';
import { reviewScheduleId } from '../../workflows/messages';
import { testModel } from '../support/catalogue';
import { commandPath, folderWith, jsonOf, type RunOptions, signalbox } from '../support/command-line';
import { type Installation, install } from '../support/installation';
import { insertProposal, insertReview } from '../support/review-rows';

const EVIDENCE = 'e'.repeat(64);

let stack: Installation;
let reviewId: string;
let proposalId: string;

beforeAll(async () => {
  await commandPath();
  stack = await install({ models: [testModel('scripted/first'), testModel('scripted/second')] });
  const { sql } = stack.db;
  reviewId = await insertReview(stack.db, { phase: 'awaiting-verdict', requestedBy: 'ana' });
  proposalId = await insertProposal(stack.db, { reviewId, name: 'chores', baseline: 'scripted/first', candidate: 'scripted/second' });
  const plan = {
    baseline: 'scripted/first',
    candidate: 'scripted/second',
    scale: 'binary',
    tolerance: 0.05,
    approvedLevel: 0.9,
    approvedDelta: 0,
    tasksPerDay: 100,
    canary: DEFAULT_REVIEW_SETTINGS.canary,
    stability: DEFAULT_REVIEW_SETTINGS.stability,
    watch: DEFAULT_REVIEW_SETTINGS.watch,
  };
  await sql`
    UPDATE proposals SET state = 'AWAITING_APPROVAL', verdict = 'PASS', evidence_sha256 = ${EVIDENCE}, rollout_plan = ${JSON.stringify(plan)}::text::jsonb
    WHERE id = ${proposalId}`;
  await sql`UPDATE reviews SET reported_at = now(), expires_at = now() + interval '7 days' WHERE id = ${reviewId}`;
  await sql`
    INSERT INTO review_triggers (id, scope, kind, detail, requested_by, review_id, is_joined, at)
    VALUES (gen_random_uuid(), 'all', 'person', '', 'ana', ${reviewId}, false, now() - interval '1 hour'),
      (gen_random_uuid(), 'all', 'price-change', 'scripted/second is cheaper', 'ben', ${reviewId}, true, now())`;
}, 180_000);

afterAll(async () => {
  await stack.engine.schedule.getHandle(reviewScheduleId(stack.queue, 'all')).delete();
  await stack.end();
});

const run = (words: readonly string[], options: RunOptions = {}) =>
  signalbox(words, { ...options, env: { ...stack.environment, ...options.env } });

describe('review list and show', () => {
  test('list has the state of each review and what it proposes', async () => {
    expect(jsonOf(await run(['review', 'list', '--json']))).toMatchObject({
      isOverdue: false,
      reviews: [{ reviewId, scope: 'all', phase: 'awaiting-verdict', endKind: null, proposals: { AWAITING_APPROVAL: 1 } }],
      waitingTriggers: [],
    });
    expect((await run(['review', 'list'])).stdout).toMatch(
      new RegExp(`^review +of +state.*\n${reviewId} +all +awaiting-verdict +1 AWAITING_APPROVAL`),
    );
  });

  test('show tells who asked, who joined, what is proposed, and the command that decides', async () => {
    const { stdout } = await run(['review', 'show', proposalId]);
    expect(stdout.split('\n').filter((line) => /^\S/.test(line))).toEqual([`Review ${reviewId}`, 'Asked for', 'Proposals', 'To decide']);
    expect(stdout).toMatch(/by ana: person\n.*by ben: price-change \(scripted\/second is cheaper\), found it open/);
    expect(stdout).toMatch(/chores +AWAITING_APPROVAL +PASS +scripted\/first +scripted\/second/);
    expect(stdout).toContain(`signalbox approve ${proposalId} --as YOUR-NAME`);
  });

  test('show --json has the proposal with its hash, and no page', async () => {
    const shown = jsonOf(await run(['review', 'show', reviewId, '--json']));
    expect(shown).toMatchObject({
      reviewId,
      replays: { planned: 0, done: 0, spentUsd: 0, capUsd: 1000 },
      proposals: [{ proposalId, name: 'chores', state: 'AWAITING_APPROVAL', evidenceSha256: EVIDENCE, heldBy: null }],
      triggers: [{ isJoined: false }, { isJoined: true, requestedBy: 'ben' }],
    });
    expect(shown).not.toHaveProperty('report');
  });

  test('a beginning of an id is enough, and one that names nothing or too much is refused', async () => {
    expect(jsonOf(await run(['review', 'show', reviewId.slice(0, 23), '--json']))).toMatchObject({ reviewId });
    expect(await run(['review', 'show', '000000'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('No review or proposal begins with "000000"'),
    });
    const [twins] = await stack.db.sql<[{ begins: string }]>`SELECT left(${reviewId}, 6) AS begins`;
    await insertReview(stack.db, { scope: 'twin', phase: 'analysing' }); // of the same hour, so ids begin alike
    expect(await run(['review', 'show', twins.begins])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/More than one begins with.*Give more digits/),
    });
  });

  test('a review without a report says where it is', async () => {
    const ran = await run(['review', 'report', reviewId, '--json']);
    expect(ran.exitCode).toBe(2);
    expect(jsonOf(ran)).toEqual({
      error: { code: 'unknown_review', message: expect.stringContaining('has no report. It is awaiting-verdict') },
    });
  });

  test('a week without a review is an alarm', async () => {
    await stack.db.sql`UPDATE policy_versions SET applied_at = now() - interval '30 days'`;
    await stack.db.sql`UPDATE reviews SET started_at = now() - interval '20 days'`;
    const { stderr, exitCode } = await run(['review', 'list']);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringContaining('ALARM: no review has begun for 8 days'),
    });
    await stack.db.sql`UPDATE reviews SET started_at = now()`;
    expect((await run(['review', 'list'])).stderr).toBe('');
  });
});

describe('review start', () => {
  test('keeps who asked, by --as, by the operator of the folder, or by the user of the machine', async () => {
    const cwd = folderWith({ 'signalbox.yaml': 'operator: carla\nproviders: { scripted: { models: { one: {} } } }\n' });
    const asked = [
      await run(['review', 'start', '--as', 'dora', '--json'], { cwd }),
      await run(['review', 'start', '--json'], { cwd }),
      await run(['review', 'start', '--json']),
    ].map((ran) => jsonOf<{ requestedBy: string; scope: string }>(ran));
    expect(asked.map(({ requestedBy }) => requestedBy)).toEqual(['dora', 'carla', expect.stringMatching(/\S/)]);
    expect(asked[2]!.requestedBy).not.toBe('carla');
    const kept = await stack.db.sql`SELECT requested_by FROM review_triggers WHERE review_id IS NULL ORDER BY at`;
    expect(kept.map(({ requested_by: by }) => by)).toEqual(asked.map(({ requestedBy }) => requestedBy));
    expect((await run(['review', 'list'])).stderr).toContain('Asked for, not begun: person, by dora');
  });

  test('of a class that nobody knows is refused, and nothing is asked for', async () => {
    const count = () => stack.db.sql`SELECT count(*) FROM review_triggers`;
    const before = await count();
    expect(await run(['review', 'start', '--class', 'nonsense'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('"nonsense"'),
    });
    expect(await count()).toEqual(before);
  });

  test('--wait is over after its time, and the review goes on', async () => {
    const ran = await run(['review', 'start', '--wait', '--timeout', '1s', '--json']);
    expect(ran.exitCode).toBe(4);
    expect(jsonOf(ran)).toEqual({ error: { code: 'timed_out', message: expect.stringContaining('It goes on') } });
    expect(ran.stderr).toContain('waiting for a worker');
  });
});

describe('approve and reject', () => {
  test('a verdict on evidence that is not there any more is refused, and none is kept', async () => {
    const ran = await run(['approve', proposalId, '--as', 'ben', '--evidence', 'abc', '--json']);
    expect(ran.exitCode).toBe(1);
    expect(jsonOf(ran)).toMatchObject({ error: { code: 'verdict_refused', message: expect.stringContaining('decide again') } });
    expect(await stack.db.sql`SELECT FROM approvals`).toHaveLength(0);
  });

  test('without a worker a verdict is kept, with its note, and shown', async () => {
    const ran = await run(['approve', proposalId, '--as', 'ben', '--note', 'read it', '--evidence', EVIDENCE.slice(0, 8), '--json'], {
      env: { TEMPORAL_ADDRESS: '127.0.0.1:1' },
    });
    expect(ran.exitCode).toBe(0);
    expect(jsonOf(ran)).toMatchObject({
      actor: 'ben',
      verdict: 'approve',
      proposals: [{ proposalId, name: 'chores', kind: 'kept', state: 'AWAITING_APPROVAL' }],
    });
    expect(await stack.db.sql`SELECT actor, note, verdict, evidence_sha256 FROM approvals`).toEqual([
      { actor: 'ben', note: 'read it', verdict: 'approve', evidence_sha256: EVIDENCE },
    ]);
    expect((await run(['review', 'show', reviewId])).stdout).toMatch(/Verdicts\n.* ben: approve chores, given: read it\n/);
  });

  test('a person has one verdict', async () => {
    const ran = await run(['reject', proposalId, '--as', 'ben', '--reason', 'changed my mind']);
    expect(ran).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ben has said "approve" already') });
  });
});

describe('rollouts', () => {
  let rolloutId: string;

  beforeAll(async () => {
    const { sql } = stack.db;
    await sql`SELECT count_verdict(jsonb_build_object('approvalId', id, 'validForMs', 86400000)) FROM approvals`;
    const [started] = await sql<[{ result: { rolloutId: string } }]>`
      SELECT start_rollout(jsonb_build_object('id', gen_random_uuid(), 'proposalId', ${proposalId}::text, 'salt', 'salt', 'actor', 'test')) AS result`;
    rolloutId = started.result.rolloutId;
    await sql`SELECT move_rollout(${JSON.stringify({ id: rolloutId, to: 'CANARY', key: 'step-0', actor: 'test', step: 0, weight: 0.05, control: 0.05 })}::text::jsonb)`;
  });

  test('list and show have the state, the weight and the plan', async () => {
    expect(jsonOf(await run(['rollout', 'list', '--json']))).toMatchObject([
      { rolloutId, proposalId, state: 'CANARY', weight: 0.05, step: 0 },
    ]);
    expect((await run(['rollout', 'list'])).stdout).toMatch(
      new RegExp(`${rolloutId} +chores +CANARY +scripted/first +scripted/second +5 %`),
    );
    const { stdout } = await run(['rollout', 'show', rolloutId.slice(0, 8)]);
    expect(stdout).toContain('5 % of tasks on the new route, 5 % counted as control, until');
    expect(stdout).toMatch(/1 +5 % +50 +1440 min 0 s +here\n/);
    expect(jsonOf(await run(['rollout', 'show', rolloutId, '--json']))).toMatchObject({
      change: { name: 'chores' },
      plan: { tolerance: 0.05 },
    });
  });

  test('pause, resume and abort change the row, in the name of who asked for it', async () => {
    expect(jsonOf(await run(['rollout', 'pause', rolloutId, '--as', 'dora', '--note', 'complaints', '--json']))).toEqual({
      rolloutId,
      state: 'PAUSED',
      actor: 'dora',
    });
    expect((await run(['rollout', 'show', rolloutId])).stdout).toMatch(/PAUSED, Operator since .*: complaints/);
    expect((await run(['rollout', 'resume', rolloutId])).stdout).toContain(`Rollout ${rolloutId} is CANARY.`);
    expect((await run(['rollout', 'abort', rolloutId])).stdout).toContain('Every new task is on the old route again.');
    const entries = jsonOf<{ action: string; actor: string }[]>(
      await run(['audit', 'list', '--action', 'rollout.', '--limit', '3', '--json']),
    );
    expect(entries.map(({ action }) => action)).toEqual(['rollout.ABORTED', 'rollout.CANARY', 'rollout.PAUSED']);
    expect(entries[2]?.actor).toBe('dora');
  });

  test('what has ended cannot be paused, and one that never was is named', async () => {
    expect(await run(['rollout', 'pause', rolloutId])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('is ABORTED') });
    expect(await run(['rollout', 'show', '000000'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no rollout 000000') });
  });

  test('one that is watched says what was noted, and how far its golden set has been run', async () => {
    const { sql } = stack.db;
    const watch = { looks: 3, position: null, labelled: 0, sum: 0, highest: 0, days: [], servedAs: [], notes: ['It changed.'] };
    const golden = { position: null, labelled: 1, sum: 0, highest: 0 };
    await sql`
      UPDATE rollouts SET state = 'WATCHED', plan = jsonb_set(plan, '{watch,goldenTasks}', '2'),
        watch = ${JSON.stringify({ ...watch, golden })}::text::jsonb WHERE id = ${rolloutId}`;
    await sql`INSERT INTO golden_runs SELECT ${rolloutId}, day, gen_random_uuid(), gen_random_uuid() FROM unnest('{2026-05-04, 2026-05-05, 2026-05-05}'::date[]) AS day`;
    const { stdout } = await run(['rollout', 'show', rolloutId]);
    expect(stdout).toContain('It changed.');
    expect(stdout).toContain('golden set: 3 tasks in 2 nights, 1 of them counted');
    expect(jsonOf(await run(['rollout', 'show', rolloutId, '--json']))).toMatchObject({ goldenRuns: { nights: 2, tasks: 3 } });
  });
});

test('the schedule is shown with its next times, and can be moved and paused', async () => {
  expect(jsonOf(await run(['review', 'schedule', '--cron', '0 6 * * 1', '--time-zone', 'Europe/Berlin', '--json']))).toMatchObject({
    cron: '0 6 * * 1',
    timeZone: 'Europe/Berlin',
    isPaused: false,
    nextAt: expect.arrayContaining([expect.stringMatching(/T0[45]:0\d:/)]),
    lastAt: null,
  });
  const { stdout } = await run(['review', 'schedule']);
  expect(stdout).toMatch(/^Reviews of everything are asked for at 0 6 \* \* 1, Europe\/Berlin\.\nNext Mon, /);
  expect((await run(['review', 'schedule', '--pause'])).stdout).toContain('PAUSED');
  expect((await run(['review', 'schedule', '--resume'])).stdout).not.toContain('PAUSED');
  expect(await run(['review', 'schedule', '--cron', 'whenever'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('Mondays at six'),
  });
  expect(await run(['review', 'schedule', '--time-zone', 'Mars/Olympus'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('time zone'),
  });
});

test('a report that is written to a file goes by its ending', async () => {
  const cwd = folderWith({});
  const ran = await run(['review', 'report', reviewId, '--out', 'page.html'], { cwd });
  expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no report') });
  expect(() => readFileSync(join(cwd, 'page.html'))).toThrow('ENOENT');
});
