/** Invariants of tasks: none is lost, none is done twice, each ends once. */

import type { Invariant } from './invariant';

const oneOutcome: Invariant = {
  number: 1,
  name: 'Every task that ended has exactly one outcome, and its status and times agree with it.',
  violations: (sql) => sql`
    SELECT 'task ' || coalesce(t.id, o.task_id) AS subject, CASE
        WHEN t.id IS NULL THEN 'has an outcome and does not exist'
        WHEN t.ended_at IS NOT NULL AND o.task_id IS NULL THEN 'ended without an outcome'
        WHEN t.ended_at IS NULL AND o.task_id IS NOT NULL THEN 'has an outcome and has not ended'
        WHEN t.ended_at IS NULL AND t.status NOT IN ('accepted', 'running', 'await_slot') THEN 'is ' || t.status || ' and has no time of its end'
        WHEN t.status <> o.kind THEN 'is ' || t.status || ', its outcome ' || o.kind
        WHEN t.ended_at <> o.ended_at THEN 'ended at another time than its outcome says'
        WHEN t.status = 'running' AND t.started_at IS NULL THEN 'is running and was never started'
        WHEN t.started_at < t.accepted_at THEN 'was started before it was accepted'
        WHEN t.ended_at < coalesce(t.started_at, t.accepted_at) THEN 'ended before it began'
      END AS detail
    FROM tasks t FULL JOIN routing_outcomes o ON o.task_id = t.id`,
};

const oneTaskPerKey: Invariant = {
  number: 2,
  name: 'Every idempotency key of an owner has exactly one task, and every task one key.',
  // A key outlives its task when a month is archived, here or by hand: only tasks younger than the oldest one kept can be missing.
  violations: (sql) => sql`
    SELECT 'task ' || coalesce(t.id, k.task_id) AS subject, CASE
        WHEN t.id IS NULL AND k.task_id > (SELECT id FROM tasks ORDER BY id LIMIT 1)
            AND NOT EXISTS (SELECT FROM archived_months m WHERE k.task_id >= m.first_id AND k.task_id < m.beyond_id)
          THEN 'was accepted and is not there'
        WHEN k.keys IS NULL THEN 'has no idempotency key'
        WHEN k.keys > 1 THEN 'has ' || k.keys || ' idempotency keys'
        WHEN k.owner <> t.owner THEN 'has the key of another owner'
      END AS detail
    FROM tasks t FULL JOIN (SELECT task_id, count(*) AS keys, min(owner) AS owner FROM idempotency_keys GROUP BY task_id) AS k ON k.task_id = t.id
    UNION ALL
    SELECT 'task ' || min(task_id::text), 'shares its idempotency key with ' || count(*) - 1 || ' more'
    FROM idempotency_keys GROUP BY owner, key HAVING count(*) > 1`,
};

const oneLiveAttempt: Invariant = {
  number: 18,
  name: 'No task has more than one live attempt, and none that ended has any.',
  violations: (sql) => sql`
    SELECT 'task ' || a.task_id AS subject, CASE
        WHEN count(*) > 1 THEN 'has ' || count(*) || ' live attempts'
        WHEN bool_or(t.ended_at IS NOT NULL) THEN 'ended with a live attempt'
      END AS detail
    FROM attempts a LEFT JOIN tasks t ON t.id = a.task_id WHERE a.state = 'running' GROUP BY a.task_id`,
};

export const TASK_INVARIANTS: readonly Invariant[] = [oneOutcome, oneTaskPerKey, oneLiveAttempt];
