/** Invariants of money: what was billed is known, what is known adds up, and no limit was passed. */

import type { Invariant } from './invariant';

/** How long after its expiry upkeep may take to settle a reservation: some rounds of it, and a restart. */
const EXPIRY_GRACE = '5 minutes';

const everyBillTracked: Invariant = {
  number: 3,
  name: 'Every bill of a provider has exactly one cost row, and every cost row is what its attempt cost.',
  // A bill whose attempt is live is covered by its reservation.
  violations: (sql, { bills }) => sql`
    SELECT 'attempt ' || c.attempt_id AS subject, CASE
        WHEN a.id IS NULL THEN 'has a cost row and does not exist'
        WHEN a.cost_nano IS DISTINCT FROM c.cost_nano THEN 'cost ' || coalesce(a.cost_nano::text, 'nothing yet') || ' nano-USD, its cost row says ' || c.cost_nano
        WHEN a.cost_basis <> c.cost_basis THEN 'was charged by ' || a.cost_basis || ', its cost row says ' || c.cost_basis
      END AS detail
    FROM cost_tracking c LEFT JOIN attempts a ON a.task_id = c.task_id AND a.id = c.attempt_id
    UNION ALL
    SELECT 'attempt ' || attempt_id, 'has ' || count(*) || ' cost rows' FROM cost_tracking GROUP BY attempt_id HAVING count(*) > 1
    UNION ALL
    SELECT 'attempt ' || b.attempt_id, CASE
        WHEN b.bills > 1 THEN 'was billed ' || b.bills || ' times'
        WHEN c.attempt_id IS NULL AND NOT EXISTS (SELECT FROM attempts a WHERE a.state = 'running' AND a.id::text = b.attempt_id)
          THEN 'was billed ' || b.billed || ' nano-USD and has no cost row'
        WHEN c.cost_basis = 'reported' AND c.cost_nano <> b.billed THEN 'reported ' || c.cost_nano || ' nano-USD and was billed ' || b.billed
      END
    FROM (SELECT bill->>'attemptId' AS attempt_id, count(*) AS bills, sum((bill->>'costNanoUsd')::numeric) AS billed
        FROM jsonb_array_elements(${JSON.stringify(bills)}::text::jsonb) AS bill GROUP BY 1) AS b
      LEFT JOIN cost_tracking c ON c.attempt_id::text = b.attempt_id`,
};

const trackedCoversBilled: Invariant = {
  number: 4,
  name: 'Tracked cost is never below what was billed, and the cost rows add up to what was spent.',
  // Reservations outlive the tasks of an archived month, so only those whose task is kept can be compared.
  violations: (sql, { bills }) => sql`
    SELECT 'attempt ' || c.attempt_id AS subject, 'cost ' || c.cost_nano || ' nano-USD and was billed ' || b.billed AS detail
    FROM (SELECT bill->>'attemptId' AS attempt_id, sum((bill->>'costNanoUsd')::numeric) AS billed
        FROM jsonb_array_elements(${JSON.stringify(bills)}::text::jsonb) AS bill GROUP BY 1) AS b
      JOIN cost_tracking c ON c.attempt_id::text = b.attempt_id WHERE c.cost_nano < b.billed
    UNION ALL
    SELECT 'attempt ' || r.attempt_id, 'spent ' || r.settled_nano || ' nano-USD of its budgets, its cost row says ' || coalesce(c.cost_nano, 0)
    FROM reservations r JOIN tasks t ON t.id = r.task_id LEFT JOIN cost_tracking c ON c.task_id = r.task_id AND c.attempt_id = r.attempt_id
    WHERE r.state = 'settled' AND r.settled_nano <> coalesce(c.cost_nano, 0)
    UNION ALL
    SELECT 'task ' || o.task_id, 'cost ' || o.cost_nano || ' nano-USD in ' || o.attempts || ' attempts by its outcome, '
        || coalesce(a.cost_nano, 0) || ' in ' || coalesce(a.attempts, 0) || ' by its attempts'
    FROM routing_outcomes o LEFT JOIN (SELECT task_id, count(*) AS attempts, sum(cost_nano) AS cost_nano FROM attempts GROUP BY task_id) AS a
      ON a.task_id = o.task_id
    WHERE o.cost_nano <> coalesce(a.cost_nano, 0) OR o.attempts <> coalesce(a.attempts, 0)`,
};

const limitsHold: Invariant = {
  number: 5,
  name: 'Spent and reserved money never passes a hard limit by more than recorded overruns, and neither is negative.',
  violations: (sql) => sql`
    SELECT 'balance ' || id || ' of budget ' || budget_id AS subject, CASE
        WHEN spent_nano < 0 THEN 'has spent ' || spent_nano || ' nano-USD'
        WHEN reserved_nano < 0 THEN 'has reserved ' || reserved_nano || ' nano-USD'
        WHEN spent_nano + reserved_nano > allowed_nano + overrun_nano
          THEN 'has spent ' || spent_nano || ' and reserved ' || reserved_nano || ' nano-USD of ' || allowed_nano || ', with overruns of ' || overrun_nano
      END AS detail
    FROM budget_tracking`,
};

const balancesAddUp: Invariant = {
  number: 6,
  name: 'Every balance is the sum of its reservations.',
  violations: (sql) => sql`
    SELECT 'balance ' || coalesce(t.id, r.balance_id) || coalesce(' of budget ' || t.budget_id, '') AS subject, CASE
        WHEN t.id IS NULL THEN 'has reservations and does not exist'
        WHEN t.reserved_nano <> coalesce(r.held, 0) THEN 'has reserved ' || t.reserved_nano || ' nano-USD, its reservations hold ' || coalesce(r.held, 0)
        WHEN t.spent_nano <> coalesce(r.settled, 0) THEN 'has spent ' || t.spent_nano || ' nano-USD, its reservations were settled at ' || coalesce(r.settled, 0)
        WHEN t.overrun_nano <> coalesce(r.overrun, 0) THEN 'has overruns of ' || t.overrun_nano || ' nano-USD, its reservations of ' || coalesce(r.overrun, 0)
      END AS detail
    FROM budget_tracking t FULL JOIN (
      SELECT balance_id, sum(amount_nano) FILTER (WHERE state = 'held') AS held, sum(settled_nano) AS settled,
        sum(greatest(settled_nano - amount_nano, 0)) AS overrun
      FROM reservations CROSS JOIN unnest(balance_ids) AS balance_id GROUP BY balance_id) AS r ON r.balance_id = t.id`,
};

const reservationsEnd: Invariant = {
  number: 7,
  name: 'No reservation outlives its task, its attempt or its expiry.',
  violations: (sql) => sql`
    SELECT 'reservation of attempt ' || r.attempt_id AS subject, CASE
        WHEN t.id IS NULL OR a.id IS NULL THEN 'is held and has no attempt'
        WHEN t.ended_at IS NOT NULL THEN 'is held and its task has ended'
        WHEN a.state <> 'running' THEN 'is held and its attempt has ended'
        WHEN r.expires_at < now() - ${EXPIRY_GRACE}::text::interval THEN 'is held and ran out at ' || r.expires_at
      END AS detail
    FROM reservations r LEFT JOIN tasks t ON t.id = r.task_id LEFT JOIN attempts a ON a.task_id = r.task_id AND a.id = r.attempt_id
    WHERE r.state = 'held'`,
};

export const MONEY_INVARIANTS: readonly Invariant[] = [everyBillTracked, trackedCoversBilled, limitsHold, balancesAddUp, reservationsEnd];
