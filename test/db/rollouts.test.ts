/** Whatever is called in whatever order: no weight without a valid approval, one active policy, one canary per class. */

import fc from 'fast-check';
import { v7 as newId } from 'uuid';
import { connect, type Database } from '../../db/connect';
import { policySha256, policyToJson } from '../../db/documents/policy-document';
import {
  applyRollout,
  findRollouts,
  liveCanaries,
  moveRollout,
  renewRollout,
  rollBackPolicy,
  startRollout,
} from '../../db/queries/rollouts';
import { applyPolicy, loadPolicy } from '../../db/queries/rules';
import { DEFAULT_POLICY } from '../../routing/decision/policy';
import { mayMoveRollout, ROLLOUT_STATES, WEIGHTED_STATES } from '../../routing/review/states';
import { type ApprovedProposal, countVerdict, insertApprovedProposal, insertRollout } from '../support/approved-proposal';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { applyLedgerRules, OPEN, SECOND } from './ledger-moves';

const SWAP = { baseline: OPEN, candidate: SECOND } as const;
const CLASSES = ['one', 'two'] as const;

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { maxConnections: 4 });
  await applyLedgerRules(db);
});
afterEach(async () => {
  // A policy of a person's own voids what is open; what is over gives its classes back.
  await db.sql`DELETE FROM rollout_classes`;
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

let tolerances = 0;
async function applyByPerson(base?: number): Promise<void> {
  const policy = { ...DEFAULT_POLICY, defaultTolerance: 0.001 + (tolerances++ % 900) / 1_000 };
  const active = base ?? (await loadPolicy(db))?.version;
  await applyPolicy(db, { body: policyToJson(policy), sha256: policySha256(policy), base: active }, 'person', []);
}

/** What holds at every instant, asked of the tables themselves. */
async function expectSafe(): Promise<void> {
  const live = await liveCanaries(db);
  const [facts] = await db.sql<[{ active: number; unapproved: number; elsewhere: number; shared: number; void: number }]>`
    SELECT (SELECT count(*) FROM policy_versions WHERE active)::integer AS active,
      (SELECT count(*) FROM rollouts r WHERE r.weight > 0 AND r.id = ANY (${live.map(({ rolloutId }) => rolloutId)})
        AND NOT EXISTS (SELECT FROM approvals a JOIN proposals p ON p.id = a.proposal_id
          WHERE a.proposal_id = r.proposal_id AND a.state = 'counted' AND a.verdict = 'approve' AND a.expires_at > clock_timestamp()
            AND a.evidence_sha256 = r.evidence_sha256 AND p.evidence_sha256 = r.evidence_sha256 AND p.change = r.change))::integer AS unapproved,
      (SELECT count(*) FROM rollouts WHERE weight > 0 AND state <> ALL (${[...WEIGHTED_STATES]}))::integer AS elsewhere,
      (SELECT count(*) FROM (SELECT unnest(classes) AS name FROM rollouts WHERE weight > 0 GROUP BY 1 HAVING count(*) > 1) AS s)::integer AS shared,
      (SELECT count(*) FROM rollouts r WHERE r.id = ANY (${live.map(({ rolloutId }) => rolloutId)}) AND EXISTS (SELECT FROM policy_versions v
        WHERE v.version > r.base_version AND v.rollout_id IS NULL))::integer AS void`;
  expect(facts).toEqual({ active: 1, unapproved: 0, elsewhere: 0, shared: 0, void: 0 });
  const moved = live.flatMap(({ classes }) => classes);
  expect(new Set(moved).size).toBe(moved.length);
}

/** What can happen to rollouts, drawn at random; each picks its proposal or rollout by a number. */
const WEIGHTS = [0, 0.05, 0.5, 0.95] as const;
const anyEvent = fc.oneof(
  fc.record({ kind: fc.constant('propose' as const), taskClass: fc.constantFrom(...CLASSES) }),
  fc.record({ kind: fc.constant('approve' as const), pick: fc.nat(5) }),
  fc.record({ kind: fc.constant('start' as const), pick: fc.nat(5) }),
  fc.record({
    kind: fc.constant('move' as const),
    pick: fc.nat(5),
    to: fc.constantFrom(...ROLLOUT_STATES),
    weight: fc.constantFrom(...WEIGHTS),
  }),
  fc.record({ kind: fc.constant('renew' as const), pick: fc.nat(5) }),
  fc.record({ kind: fc.constant('apply' as const), pick: fc.nat(5), isRollback: fc.boolean(), isStale: fc.boolean() }),
  fc.record({ kind: fc.constant('force' as const), pick: fc.nat(5) }),
  fc.record({ kind: fc.constant('tamper' as const), pick: fc.nat(5) }),
  fc.record({ kind: fc.constant('expire' as const), pick: fc.nat(5) }),
  fc.record({ kind: fc.constant('person' as const) }),
  fc.record({ kind: fc.constant('rollback' as const), version: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }) }),
);
type Event = typeof anyEvent extends fc.Arbitrary<infer E> ? E : never;

interface World {
  readonly proposals: ApprovedProposal[];
  readonly rollouts: string[];
  /** Moves to a weighted state that were made: a run without any would prove nothing. */
  weights: number;
}

/** What the database refuses by an error is refused; anything else is a defect. */
const REFUSED = ['not_approved', 'conflict', 'internal', 'SB004', '23514'];

async function happen(world: World, event: Event): Promise<void> {
  const proposal = 'pick' in event ? world.proposals[event.pick % Math.max(1, world.proposals.length)] : undefined;
  const rolloutId = 'pick' in event ? world.rollouts[event.pick % Math.max(1, world.rollouts.length)] : undefined;
  switch (event.kind) {
    case 'propose':
      world.proposals.push(await insertApprovedProposal(db, { ...SWAP, taskClass: event.taskClass, isApproved: false }));
      return;
    case 'approve':
      if (proposal !== undefined) await countVerdict(db, proposal.approvalId);
      return;
    case 'start': {
      if (proposal === undefined) return;
      const started = await startRollout(db, { id: newId(), proposalId: proposal.proposalId, salt: 's', actor: 'test' });
      if (started.kind === 'started') world.rollouts.push(started.rolloutId);
      return;
    }
    case 'move': {
      if (rolloutId === undefined || event.to === 'APPROVED' || event.to === 'PROMOTED') return;
      const move = { id: rolloutId, to: event.to, key: newId(), actor: 'test', reason: '', step: 0, weight: event.weight, control: 0.05 };
      const { kind } = await moveRollout(db, { ...move, ...(event.to === 'PAUSED' ? { pauseReason: 'Operator' as const } : {}) });
      if (kind === 'moved' && event.weight > 0 && WEIGHTED_STATES.includes(event.to)) world.weights += 1;
      return;
    }
    case 'renew':
      if (rolloutId !== undefined) await renewRollout(db, { id: rolloutId, monitors: {}, failedLooks: 0 });
      return;
    case 'apply': {
      if (rolloutId === undefined) return;
      const active = (await loadPolicy(db))!;
      const application = { id: rolloutId, key: newId(), actor: 'test', body: active.body, sha256: active.sha256, changes: [], reason: '' };
      await applyRollout(db, { ...application, expectedVersion: active.version - (event.isStale ? 1 : 0), isRollback: event.isRollback });
      return;
    }
    case 'force': // past the functions, as somebody with a console would
      if (rolloutId !== undefined)
        await db.sql`UPDATE rollouts SET weight = 0.5, lease_until = now() + interval '1 hour' WHERE id = ${rolloutId}`;
      return;
    case 'tamper':
      if (proposal !== undefined) await db.sql`UPDATE proposals SET evidence_sha256 = 'other' WHERE id = ${proposal.proposalId}`;
      return;
    case 'expire':
      if (proposal !== undefined)
        await db.sql`UPDATE approvals SET expires_at = now() WHERE id = ${proposal.approvalId} AND state = 'counted'`;
      return;
    case 'person':
      return applyByPerson();
    case 'rollback':
      await rollBackPolicy(db, { actor: 'person', reason: 'test', ...(event.version === undefined ? {} : { version: event.version }) });
  }
}

test('no sequence of events reaches a weight without a valid approval, two policies, or two canaries of a class', async () => {
  let weights = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { minLength: 5, maxLength: 25 }), async (events) => {
      await db.sql`DELETE FROM rollout_classes`;
      await applyByPerson();
      await db.sql`UPDATE rollouts SET state = 'ABORTED', weight = 0, control = 0, pause_reason = NULL`;
      const world: World = { proposals: [], rollouts: [], weights: 0 };
      // Most runs begin with a rollout that may move, or little would ever happen.
      world.proposals.push(await insertApprovedProposal(db, { ...SWAP, taskClass: 'one' }));
      await happen(world, { kind: 'start', pick: 0 });
      await happen(world, { kind: 'move', pick: 0, to: 'CANARY', weight: 0.05 });
      for (const event of events) {
        await happen(world, event).catch((error: { code?: string }) => {
          if (!REFUSED.includes(error.code ?? '')) throw error;
        });
        await expectSafe();
      }
      weights += world.weights;
    }),
    { numRuns: 40 },
  );
  expect(weights).toBeGreaterThan(40);
}, 180_000);

test.each(ROLLOUT_STATES)('from %s, the database makes the moves that the list of states has, and no other', async (from) => {
  for (const to of ROLLOUT_STATES) {
    const [row] = await db.sql<[{ may: boolean }]>`SELECT rollout_may_move(${from}, ${to}) AS may`;
    expect([to, row.may]).toEqual([to, mayMoveRollout(from, to)]);
  }
});

test('of many that begin a rollout of one class at once, one does', async () => {
  const proposals = await Promise.all(Array.from({ length: 4 }, () => insertApprovedProposal(db, { ...SWAP, taskClass: 'contested' })));
  const begun = await Promise.all(
    proposals.map(({ proposalId }) => startRollout(db, { id: newId(), proposalId, salt: 's', actor: 'test' })),
  );
  expect(begun.map(({ kind }) => kind).sort()).toEqual(['busy', 'busy', 'busy', 'started']);
});

test('of many that promote at once, one makes a version', async () => {
  const id = await insertRollout(db, { ...SWAP, taskClass: 'promoted' });
  await moveRollout(db, { id, to: 'CANARY', key: 'step-0', actor: 'test', reason: '', step: 0, weight: 0.5, control: 0.5 });
  await moveRollout(db, { id, to: 'SOAKING', key: 'soak', actor: 'test', reason: '', weight: 0.95, control: 0.05 });
  const active = (await loadPolicy(db))!;
  const application = {
    id,
    key: 'promote',
    actor: 'test',
    expectedVersion: active.version,
    body: active.body,
    sha256: active.sha256,
    changes: [],
  };
  const applied = await Promise.all(Array.from({ length: 4 }, () => applyRollout(db, { ...application, isRollback: false, reason: '' })));
  expect(applied.map(({ kind }) => kind).sort()).toEqual(['already', 'already', 'already', 'applied']);
  expect((await loadPolicy(db))?.version).toBe(active.version + 1);
});

test('a promotion is in the audit log with its evidence, and what is active is what was applied', async () => {
  const rows = await db.sql<
    { details: { evidence?: string } }[]
  >`SELECT details FROM audit_log WHERE action = 'rollout.APPROVED' ORDER BY seq DESC LIMIT 1`;
  expect(rows[0]?.details.evidence).toMatch(/^[0-9a-f]{64}$/);
});

test('rollouts are found by the beginning of their id, newest first', async () => {
  const id = await insertRollout(db, { ...SWAP, taskClass: 'found' });
  expect(await findRollouts(db, id.slice(0, 30), 2)).toMatchObject([{ id, state: 'APPROVED', weight: 0 }]);
  expect((await findRollouts(db, '', 1))[0]?.id).toBe(id);
  expect(await findRollouts(db, 'x%', 2)).toEqual([]);
});
