/** Where classes stand with earlier changes of their routes, read from the versions of the policy, the verdicts and the rollouts. */

import type { Stability } from '../../routing/review/findings';
import { RETURN_DAYS } from '../../routing/review/propose/past-changes';
import { type Database, guarded } from '../connect';

/**
 * The stability of one class, or of the classes of a group together, at an instant.
 *
 * A replay that proved nothing counts as a setback of its candidate like a rejection: it was given its passes. So does a proved cascade
 * that was put before an owner: it is not paid for again each week. The anchor, from which
 * accepted losses are counted, is the last promotion of a superior model, or the last time a person set route, tolerance or floor.
 *
 * @param now milliseconds since the epoch; what happened later is not seen
 */
export function loadStability(db: Database, classes: readonly string[], now: number): Promise<Stability> {
  return guarded('load the earlier changes of a class', async () => {
    const names = [...classes];
    const [row] = await db.sql<[{ stability: Omit<Stability, 'openRollout'> & { readonly openRollout: string | null } }]>`
      WITH terms AS (
        SELECT v.version, v.applied_at, v.rollout_id, v.body #> ARRAY['classes', c.name] AS terms,
          lag(v.version) OVER of_class AS before, lag(v.body #> ARRAY['classes', c.name]) OVER of_class AS terms_before
        FROM policy_versions v, unnest(${names}::text[]) AS c (name) WHERE v.applied_at <= to_timestamp(${now / 1000})
        WINDOW of_class AS (PARTITION BY c.name ORDER BY v.version)
      ), changes AS (
        SELECT DISTINCT applied_at, terms_before #>> '{route,model}' AS model_before FROM terms
        WHERE before IS NOT NULL AND terms #>> '{route,model}' IS DISTINCT FROM terms_before #>> '{route,model}'
      ), promotions AS (
        SELECT v.applied_at, (r.plan->>'approvedDelta')::double precision AS delta, coalesce(p.comparisons->-1->'flags' ? 'SUPERIOR', false) AS is_superior
        FROM rollouts r JOIN policy_versions v ON v.version = r.promoted_version JOIN proposals p ON p.id = r.proposal_id
        WHERE r.classes && ${names}::text[] AND v.applied_at <= to_timestamp(${now / 1000})
          AND NOT EXISTS (SELECT FROM policy_versions b WHERE b.rollout_id = r.id AND b.reason = 'rollback')
      ), anchor AS (
        SELECT max(at) AS at FROM (
          SELECT applied_at AS at FROM terms WHERE before IS NOT NULL AND rollout_id IS NULL AND terms - 'approved' IS DISTINCT FROM terms_before - 'approved'
          UNION ALL SELECT applied_at FROM promotions WHERE is_superior) AS anchors
      ), setbacks AS (
        SELECT candidate, proposal_id, max(at) AS at FROM (
          SELECT p.candidate, p.id AS proposal_id, a.counted_at AS at FROM approvals a JOIN proposals p ON p.id = a.proposal_id
            WHERE p.classes && ${names}::text[] AND a.state = 'counted' AND a.verdict = 'reject'
          UNION ALL SELECT r.plan->>'candidate', r.proposal_id, r.moved_at FROM rollouts r
            WHERE r.classes && ${names}::text[] AND (r.state IN ('ROLLING_BACK', 'ROLLED_BACK', 'COOLDOWN')
              OR r.state = 'IDLE' AND r.cooldown_until IS NOT NULL OR r.state = 'ABORTED' AND r.promoted_version IS NOT NULL)
          UNION ALL SELECT c.one->>'candidate', p.id, p.moved_at FROM proposals p, jsonb_array_elements(p.comparisons) AS c (one)
            WHERE p.classes && ${names}::text[] AND p.state = 'HELD'
              AND (c.one->>'verdict' IN ('FAIL', 'INCONCLUSIVE') OR c.one->>'verdict' = 'PASS' AND p.escalation = 'cascade-by-hand')) AS every
        WHERE candidate IS NOT NULL AND at <= to_timestamp(${now / 1000}) GROUP BY candidate, proposal_id
      )
      SELECT jsonb_build_object(
        'changedAt', (SELECT coalesce(jsonb_agg(at ORDER BY at), '[]') FROM (SELECT DISTINCT extract(epoch FROM applied_at) * 1000 AS at FROM changes) AS each),
        'setbacks', (SELECT coalesce(jsonb_object_agg(candidate, jsonb_build_object('lastAt', last_at, 'count', times)), '{}') FROM (
          SELECT candidate, extract(epoch FROM max(at)) * 1000 AS last_at, count(*) AS times FROM setbacks GROUP BY candidate) AS each),
        'acceptedDeltas', (SELECT coalesce(jsonb_agg(delta ORDER BY applied_at), '[]') FROM promotions, anchor
          WHERE NOT is_superior AND (anchor.at IS NULL OR applied_at > anchor.at)),
        'leftRecently', (SELECT coalesce(jsonb_agg(DISTINCT model_before), '[]') FROM changes
          WHERE model_before IS NOT NULL AND applied_at > to_timestamp(${now / 1000}) - make_interval(days => ${RETURN_DAYS})),
        'openRollout', (SELECT rollout_id FROM rollout_classes WHERE task_class = ANY (${names}::text[]) LIMIT 1)) AS stability`;
    const { openRollout, ...stability } = row.stability;
    return { ...stability, ...(openRollout === null ? {} : { openRollout }) };
  });
}
