/** Invariants of calls: each was decided, paid for, and allowed to see what it was sent. */

import type { Invariant } from './invariant';

const everyCallCharged: Invariant = {
  number: 8,
  name: 'Every attempt that reached a provider has a cost row, those in doubt included, and no other has one.',
  violations: (sql) => sql`
    SELECT 'attempt ' || a.id AS subject, CASE
        WHEN a.state = 'running' AND c.attempt_id IS NOT NULL THEN 'is live and has a cost row'
        WHEN a.cost_basis = 'none' AND c.attempt_id IS NOT NULL THEN 'cost nothing and has a cost row'
        WHEN a.state <> 'running' AND a.cost_basis <> 'none' AND c.attempt_id IS NULL THEN 'is ' || a.state || ' and has no cost row'
        WHEN a.state <> 'running' AND a.cost_basis IS NULL THEN 'is ' || a.state || ' and does not say what it was charged by'
      END AS detail
    FROM attempts a LEFT JOIN cost_tracking c ON c.task_id = a.task_id AND c.attempt_id = a.id`,
};

const decisionsAdmissible: Invariant = {
  number: 9,
  name: "No decision names a model below its task's privacy tier or outside its residency.",
  violations: (sql) => sql`
    SELECT 'decision ' || d.id AS subject, CASE
        WHEN m.model IS NULL THEN 'names ' || named.model || ', which is not in its catalogue'
        WHEN NOT t.privacy_tier = ANY (m.privacy_tiers) THEN 'names ' || m.model || ' for a task of tier ' || t.privacy_tier
        WHEN NOT t.residency = ANY (m.regions) THEN 'names ' || m.model || ' for a task that stays in ' || t.residency
      END AS detail
    FROM routing_decisions d JOIN tasks t ON t.id = d.task_id
      CROSS JOIN LATERAL (SELECT d.model UNION SELECT link #>> '{}' FROM jsonb_path_query(d.record, '$.chain[*].model') AS link
          UNION SELECT link #>> '{}' FROM jsonb_path_query(d.record, '$.cascade.steps[*].check.link.model') AS link) AS named (model)
      LEFT JOIN catalogue_models m ON m.catalogue_version = d.catalogue_version AND m.model = named.model
    WHERE d.kind = 'routed'`,
};

const callsAdmissible: Invariant = {
  number: 10,
  name: "No attempt went to a model below its task's privacy tier or outside its residency.",
  violations: (sql) => sql`
    SELECT 'attempt ' || a.id AS subject, CASE
        WHEN m.model IS NULL THEN 'went to ' || a.model || ', which is not in its catalogue'
        WHEN NOT t.privacy_tier = ANY (m.privacy_tiers) THEN 'of a task of tier ' || t.privacy_tier || ' went to ' || m.model
        WHEN NOT t.residency = ANY (m.regions) THEN 'of a task that stays in ' || t.residency || ' went to ' || m.model
      END AS detail
    FROM attempts a JOIN tasks t ON t.id = a.task_id
      LEFT JOIN catalogue_models m ON m.catalogue_version = a.catalogue_version AND m.model = a.model`,
};

const callsDecidedAndReserved: Invariant = {
  number: 11,
  name: 'Every attempt has an earlier decision and a reservation made before its call.',
  violations: (sql) => sql`
    SELECT 'attempt ' || a.id AS subject, CASE
        WHEN d.id IS NULL THEN 'has no decision'
        WHEN d.decided_at > a.started_at THEN 'was started before it was decided'
        WHEN r.attempt_id IS NULL THEN 'has no reservation'
        WHEN r.created_at > a.started_at THEN 'was started before its money was reserved'
        WHEN a.state = 'running' AND r.state <> 'held' THEN 'is live and its reservation is settled'
      END AS detail
    FROM attempts a LEFT JOIN routing_decisions d ON d.task_id = a.task_id AND d.id = a.decision_id
      LEFT JOIN reservations r ON r.attempt_id = a.id`,
};

export const CALL_INVARIANTS: readonly Invariant[] = [everyCallCharged, decisionsAdmissible, callsAdmissible, callsDecidedAndReserved];
