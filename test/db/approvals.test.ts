/** Verdicts in the database: kept once per person, counted under the proposal's lock, and what the audit says of them. */

import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { v7 as newId } from 'uuid';
import { connect, type Database } from '../../db/connect';
import {
  countVerdict,
  expireProposals,
  keepVerdict,
  noteReminder,
  refuseVerdict,
  unjudgedVerdicts,
  waitForVerdicts,
} from '../../db/queries/approvals';
import { auditLedger } from '../../db/queries/audit-ledger';
import { openReview } from '../../db/queries/reviews';
import type { Policy } from '../../routing/decision/policy';
import { APPROVER, addPassed, askedForReview, PROPOSER, reviewedPolicy } from '../support/awaiting-review';
import { asAdmin, createTestDatabase, type TestDatabase } from '../support/database';
import { applyTestRules } from '../support/rules';
import { MODELS } from '../support/scenario';
import { testServer } from '../support/servers';

let database: TestDatabase;
let db: Database;

beforeEach(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 4 });
  await applyPolicy(reviewedPolicy());
});
afterEach(async () => {
  const { checks } = await auditLedger(db);
  await db.close();
  await database.drop();
  expect(checks.filter(({ violationCount }) => violationCount > 0)).toEqual([]);
});

function applyPolicy(policy: Partial<Policy>): Promise<void> {
  return applyTestRules(db, { models: MODELS, policy, scripted: { script: '/dev/null', ledger: '/dev/null' } });
}

/** A proposal that waits for verdicts. */
async function waiting(): Promise<{ readonly reviewId: string; readonly proposalId: string }> {
  const { triggerId } = await askedForReview({ db });
  const { id: reviewId } = await openReview(db, triggerId);
  const proposalId = await addPassed({ db }, reviewId, 'work');
  await waitForVerdicts(db, reviewId);
  return { reviewId, proposalId };
}

async function keep(proposalId: string, verdict: 'approve' | 'reject', actor = APPROVER): Promise<string> {
  const kept = await keepVerdict(db, { id: newId(), proposalId, verdict, actor, note: '' });
  if (kept === undefined) throw new Error('Nothing was kept.');
  return kept.id;
}

const stateOf = async (proposalId: string) =>
  (await db.sql<[{ state: string }]>`SELECT state FROM proposals WHERE id = ${proposalId}`)[0].state;

/** A rollout of an approved proposal, at its first step. */
async function canary(proposalId: string): Promise<string> {
  const id = newId();
  await db.sql`SELECT start_rollout(jsonb_build_object('id', ${id}::text, 'proposalId', ${proposalId}::text, 'salt', 's', 'actor', 'rollout'))`;
  await db.sql`SELECT move_rollout(jsonb_build_object('id', ${id}::text, 'to', 'CANARY', 'key', 'step-1', 'actor', 'rollout', 'step', 1, 'weight', 0.05, 'control', 0.05))`;
  return id;
}

test('a verdict is kept with the evidence and the base that the proposal has, and is in the audit log', async () => {
  const { reviewId, proposalId } = await waiting();
  const id = await keep(proposalId, 'approve');
  const [row] = await db.sql`SELECT evidence_sha256, base_version, state FROM approvals WHERE id = ${id}`;
  expect(row).toEqual({ evidence_sha256: 'evidence of work', base_version: 1, state: 'given' });
  const [entry] = await db.sql`SELECT actor, subject FROM audit_log WHERE action = 'verdict.given'`;
  expect(entry).toEqual({ actor: APPROVER, subject: proposalId });
  expect(await unjudgedVerdicts(db, reviewId)).toEqual([id]);
});

test('a person who gives a verdict twice has one, and the second finds the first', async () => {
  const { proposalId } = await waiting();
  const first = await keepVerdict(db, { id: newId(), proposalId, verdict: 'approve', actor: APPROVER, note: '' });
  const second = await keepVerdict(db, { id: newId(), proposalId, verdict: 'reject', actor: APPROVER, note: '' });
  expect(second).toMatchObject({ id: first?.id, verdict: 'approve', isNew: false });
});

test('after a refusal the same person may try again', async () => {
  const { proposalId } = await waiting();
  const refused = await keep(proposalId, 'approve');
  await refuseVerdict(db, refused, 'it was given on other evidence');
  expect(await keep(proposalId, 'approve')).not.toBe(refused);
});

test('a proposal without evidence takes no verdict', async () => {
  const { proposalId } = await waiting();
  await db.sql`UPDATE proposals SET state = 'DECIDED', evidence_sha256 = NULL WHERE id = ${proposalId}`;
  expect(await keepVerdict(db, { id: newId(), proposalId, verdict: 'approve', actor: APPROVER, note: '' })).toBeUndefined();
});

test('counting a verdict twice counts it once', async () => {
  const { proposalId } = await waiting();
  const id = await keep(proposalId, 'approve');
  expect(await countVerdict(db, id)).toEqual({ kind: 'counted', state: 'APPROVED' });
  expect(await countVerdict(db, id)).toEqual({ kind: 'already', state: 'APPROVED' });
  expect(await db.sql`SELECT FROM audit_log WHERE action = 'proposal.APPROVED'`).toHaveLength(1);
});

test('an approval holds for as long as the rollout may take', async () => {
  const { proposalId } = await waiting();
  const id = await keep(proposalId, 'approve');
  await countVerdict(db, id);
  const [row] = await db.sql<[{ days: number }]>`
    SELECT extract(day FROM justify_hours(expires_at - counted_at))::integer AS days FROM approvals WHERE id = ${id}`;
  // 28 days to decide the canary, 7 of soaking, 7 for a person to look at one that is held.
  expect(row.days).toBe(42);
});

test('of verdicts counted at the same instant exactly one counts, or a rejection overrules', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { reviewId, proposalId } = await waiting();
    const ids = [await keep(proposalId, 'approve'), await keep(proposalId, 'reject', 'grace'), await keep(proposalId, 'approve', 'alan')];
    await Promise.all(ids.map((id) => countVerdict(db, id)));
    const counted = await db.sql<
      { verdict: string }[]
    >`SELECT verdict FROM approvals WHERE proposal_id = ${proposalId} AND state = 'counted'`;
    expect(counted.map(({ verdict }) => verdict)).toEqual(['reject']);
    expect(await stateOf(proposalId)).toBe('REJECTED');
    await db.sql`UPDATE reviews SET ended_at = now(), end_kind = 'decided', phase = 'ended' WHERE id = ${reviewId}`;
  }
});

test('a rejection overrules an approval until the first task is moved, and takes its rollout back', async () => {
  const { proposalId } = await waiting();
  await countVerdict(db, await keep(proposalId, 'approve'));
  const rollout = newId();
  await db.sql`SELECT start_rollout(jsonb_build_object('id', ${rollout}::text, 'proposalId', ${proposalId}::text, 'salt', 's', 'actor', 'rollout'))`;
  expect(await countVerdict(db, await keep(proposalId, 'reject', 'grace'))).toEqual({ kind: 'counted', state: 'REJECTED' });
  const [row] = await db.sql`SELECT state FROM rollouts WHERE id = ${rollout}`;
  expect(row).toEqual({ state: 'ABORTED' });
});

test('once a task is moved, a rejection comes too late', async () => {
  const { proposalId } = await waiting();
  await countVerdict(db, await keep(proposalId, 'approve'));
  await canary(proposalId);
  expect(await countVerdict(db, await keep(proposalId, 'reject', 'grace'))).toMatchObject({ kind: 'refused', state: 'APPROVED' });
});

test('proposals expire when their time is over by the clock of the database, and not before', async () => {
  const { reviewId, proposalId } = await waiting();
  await expireProposals(db, reviewId);
  expect(await stateOf(proposalId)).toBe('AWAITING_APPROVAL');
  await db.sql`UPDATE reviews SET expires_at = clock_timestamp() WHERE id = ${reviewId}`;
  const late = await keep(proposalId, 'approve');
  expect(await countVerdict(db, late)).toMatchObject({ kind: 'refused', refusal: 'the proposal has expired' });
  await expireProposals(db, reviewId);
  expect(await waitForVerdicts(db, reviewId)).toMatchObject({ expiresInMs: 0, proposals: [{ state: 'EXPIRED', isVoid: false }] });
});

test('proposals are void when the policy is changed under them', async () => {
  const { reviewId, proposalId } = await waiting();
  await applyPolicy({ ...reviewedPolicy(), defaultTolerance: 0.04 });
  expect(await countVerdict(db, await keep(proposalId, 'approve'))).toMatchObject({
    kind: 'refused',
    refusal: 'the policy was changed since the proposal was made',
  });
  await expireProposals(db, reviewId);
  expect(await waitForVerdicts(db, reviewId)).toMatchObject({ proposals: [{ state: 'EXPIRED', isVoid: true }] });
});

test('reminding twice at once reminds once', async () => {
  const { reviewId, proposalId } = await waiting();
  await noteReminder(db, reviewId, [proposalId]);
  await noteReminder(db, reviewId, [proposalId]);
  expect(await db.sql`SELECT FROM audit_log WHERE action = 'review.reminder'`).toHaveLength(1);
});

describe('the audit', () => {
  /** The numbers of the invariants that a lie breaks, told on a copy in which no trigger protests. */
  async function brokenBy(lie: (sql: postgres.Sql) => Promise<unknown>): Promise<number[]> {
    const { adminUrl, role } = await testServer('postgres');
    const name = `test_${randomBytes(8).toString('hex')}`;
    const copyUrl = (base: string) => Object.assign(new URL(base), { pathname: name }).href;
    await db.close();
    await asAdmin(
      adminUrl,
      (sql) => sql`CREATE DATABASE ${sql(name)} OWNER ${sql(role)} TEMPLATE ${sql(new URL(database.url).pathname.slice(1))}`,
    );
    db = connect(database.url, { maxConnections: 4 });
    try {
      const liar = postgres(copyUrl(adminUrl), { max: 1, onnotice: () => {}, connection: { session_replication_role: 'replica' } });
      await lie(liar).finally(() => liar.end());
      const copy = connect(copyUrl(database.url), { maxConnections: 1 });
      const { checks } = await auditLedger(copy).finally(() => copy.close());
      return checks.filter(({ violationCount }) => violationCount > 0).map(({ invariant }) => invariant);
    } finally {
      await asAdmin(adminUrl, (sql) => sql`DROP DATABASE ${sql(name)} WITH (FORCE)`);
    }
  }

  /** An approved change that was rolled out and promoted. */
  async function promoted(): Promise<string> {
    const { proposalId } = await waiting();
    await countVerdict(db, await keep(proposalId, 'approve'));
    const id = await canary(proposalId);
    await db.sql`SELECT move_rollout(jsonb_build_object('id', ${id}::text, 'to', 'SOAKING', 'key', 'soak', 'actor', 'rollout'))`;
    await db.sql`
      SELECT apply_rollout(jsonb_build_object('id', r.id, 'key', 'promote', 'actor', 'rollout', 'expectedVersion', 1, 'sha256', 'promoted', 'isRollback', false,
        'body', jsonb_set(p.body, '{classes,work,route}', r.change->'after'->'work'))) FROM rollouts r, policy_versions p WHERE p.active AND r.id = ${id}`;
    return proposalId;
  }

  test('finds nothing wrong with a change that was approved, rolled out and promoted', async () => {
    await promoted();
    expect(await brokenBy(async () => {})).toEqual([]);
  });

  test.each<readonly [string, (sql: postgres.Sql) => Promise<unknown>, number[]]>([
    ['the approval is gone', (sql) => sql`UPDATE approvals SET state = 'overruled'`, [14, 15]],
    ['the approval is of other evidence', (sql) => sql`UPDATE approvals SET evidence_sha256 = 'other'`, [14]],
    ['the approval is on another base', (sql) => sql`UPDATE approvals SET base_version = 7`, [14]],
    ['the rollout is of another change', (sql) => sql`UPDATE rollouts SET change = change || '{"name": "other"}'`, [14]],
    ['who asked for the review approved it', (sql) => sql`UPDATE reviews SET requested_by = ${APPROVER}`, [14]],
    [
      'the promotion changed a class that was not approved',
      async (sql) => {
        await sql`UPDATE policy_versions SET body = jsonb_set(body, '{classes,other}', '{"tolerance": 0.1}') WHERE reason = 'promotion'`;
      },
      [14, 17],
    ],
    [
      'the promotion routes the class elsewhere than was approved',
      async (sql) => {
        await sql`UPDATE policy_versions SET body = jsonb_set(body, '{classes,work,route,model}', '"west/large"') WHERE reason = 'promotion'`;
      },
      [14, 17],
    ],
    [
      'a person has two verdicts',
      async (sql) => {
        await sql`DROP INDEX approvals_one_per_person`;
        await sql`INSERT INTO approvals SELECT gen_random_uuid(), proposal_id, review_id, verdict, actor, note, evidence_sha256, base_version, given_at, 'given' FROM approvals`;
      },
      [15],
    ],
    ['an approved proposal was rejected', (sql) => sql`UPDATE approvals SET verdict = 'reject'`, [14, 15]],
    ['a verdict counts that the audit log does not know', (sql) => sql`UPDATE approvals SET actor = 'mallory'`, [15]],
  ])('sees it when %s', async (_what, lie, broken) => {
    await promoted();
    expect(await brokenBy(lie)).toEqual(broken);
  });

  test('lets a single operator approve, when the policy said so', async () => {
    await applyPolicy(reviewedPolicy({ singleOperator: true }));
    const { proposalId } = await waiting();
    expect(await countVerdict(db, await keep(proposalId, 'approve', PROPOSER))).toMatchObject({ kind: 'counted' });
    await canary(proposalId);
    expect(await brokenBy(async () => {})).toEqual([]);
  });
});
