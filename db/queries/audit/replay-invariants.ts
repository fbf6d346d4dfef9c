/** Invariants of replays: each is one task, and together they cost no more than their review may. */

import type { Invariant } from './invariant';

/** How long after a review, or the replay's own task, a replay may still be open: upkeep closes what everybody has left. */
const CLOSING_GRACE = '5 minutes';

const reviewMoneyAddsUp: Invariant = {
  number: 20,
  name: 'What a review has reserved and spent on replays is the sum of its replays.',
  violations: (sql) => sql`
    SELECT 'review ' || v.id AS subject, CASE
        WHEN v.replay_reserved_nano <> coalesce(r.reserved, 0)
          THEN 'has reserved ' || v.replay_reserved_nano || ' nano-USD, its open replays hold ' || coalesce(r.reserved, 0)
        WHEN v.replay_spent_nano <> coalesce(r.spent, 0) THEN 'has spent ' || v.replay_spent_nano || ' nano-USD, its replays cost ' || coalesce(r.spent, 0)
      END AS detail
    FROM reviews v LEFT JOIN (
      SELECT review_id, sum(reserved_nano) FILTER (WHERE state = 'open') AS reserved, sum(cost_nano) AS spent
      FROM replay_results GROUP BY review_id) AS r ON r.review_id = v.id`,
};

const reviewCapHolds: Invariant = {
  number: 21,
  name: "Replays never pass their review's cap by more than calls cost beyond their worst case.",
  violations: (sql) => sql`
    SELECT 'review ' || v.id AS subject,
      'has spent ' || v.replay_spent_nano || ' and reserved ' || v.replay_reserved_nano || ' nano-USD of ' || v.replay_cap_nano AS detail
    FROM reviews v LEFT JOIN (
      SELECT review_id, sum(greatest(cost_nano - reserved_nano, 0)) AS overrun FROM replay_results WHERE state = 'done' GROUP BY review_id) AS r
      ON r.review_id = v.id
    WHERE v.replay_spent_nano + v.replay_reserved_nano > v.replay_cap_nano + coalesce(r.overrun, 0)`,
};

const replaysEnd: Invariant = {
  number: 22,
  name: 'No replay stays open when its review or its own task has ended, and none is closed while its task goes on.',
  violations: (sql) => sql`
    SELECT 'replay ' || r.replay_task_id AS subject, CASE
        WHEN r.state = 'open' AND v.ended_at < now() - ${CLOSING_GRACE}::text::interval THEN 'is open and its review has ended'
        WHEN r.state = 'open' AND t.ended_at < now() - ${CLOSING_GRACE}::text::interval THEN 'is open and its task has ended'
        WHEN r.state = 'open' AND t.id IS NULL THEN 'is open and has no task'
        WHEN r.state = 'done' AND t.id IS NOT NULL AND t.ended_at IS NULL THEN 'is closed and its task goes on'
      END AS detail
    FROM replay_results r JOIN reviews v ON v.id = r.review_id LEFT JOIN tasks t ON t.id = r.replay_task_id`,
};

const oneReplayPerTask: Invariant = {
  number: 23,
  name: 'Every task that is a replay belongs to exactly one, of the same original, model and cost, decided on the policy under review.',
  violations: (sql) => sql`
    SELECT 'task ' || t.id AS subject, CASE
        WHEN r.replay_task_id IS NULL THEN 'is a replay that no review knows'
        WHEN r.task_id <> t.replay_of THEN 'replays another task than its review says'
        WHEN d.model IS DISTINCT FROM r.model AND NOT coalesce(d.record ? 'cascade' AND strpos(r.model, d.model) > 0, false) THEN 'was decided for another model than its review says'
        WHEN d.policy_version <> v.base_version THEN 'was decided on policy version ' || d.policy_version || ', its review is of ' || v.base_version
        WHEN r.state = 'done' AND r.cost_nano <> coalesce(o.cost_nano, 0)
          THEN 'cost ' || coalesce(o.cost_nano, 0) || ' nano-USD, its replay says ' || r.cost_nano
      END AS detail
    FROM tasks t LEFT JOIN replay_results r ON r.replay_task_id = t.id LEFT JOIN reviews v ON v.id = r.review_id
      LEFT JOIN routing_decisions d ON d.task_id = t.id LEFT JOIN routing_outcomes o ON o.task_id = t.id
    WHERE t.purpose IN ('replay', 'judge')`,
};

const oneNightPerGoldenTask: Invariant = {
  number: 24,
  name: 'Every task of a golden set belongs to one night of one watch, and is of the same original.',
  violations: (sql) => sql`
    SELECT 'task ' || t.id AS subject, CASE
        WHEN g.golden_task_id IS NULL THEN 'is of a golden set that no watch knows'
        WHEN g.task_id <> t.replay_of THEN 'runs another task than its watch says'
      END AS detail
    FROM tasks t LEFT JOIN golden_runs g ON g.golden_task_id = t.id WHERE t.purpose = 'golden'`,
};

export const REPLAY_INVARIANTS: readonly Invariant[] = [
  reviewMoneyAddsUp,
  reviewCapHolds,
  replaysEnd,
  oneReplayPerTask,
  oneNightPerGoldenTask,
];
