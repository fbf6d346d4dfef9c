/** Invariants of approvals: nothing a review proposed reaches traffic without one of exactly that change on exactly that base. */

import type { Invariant } from './invariant';

const approvedBeforeApplied: Invariant = {
  number: 14,
  name: 'Every change that a rollout applied was approved before, in exactly this form and on exactly this base, and not by who asked for it.',
  violations: (sql) => sql`
    WITH approved AS (
      SELECT a.*, w.requested_by, (w.settings->'verdict'->>'singleOperator')::boolean AS is_single_operator
      FROM approvals a JOIN reviews w ON w.id = a.review_id WHERE a.state = 'counted' AND a.verdict = 'approve'),
    moved AS (
      SELECT * FROM rollouts r WHERE state NOT IN ('APPROVED', 'ABORTED') OR step > 0 OR weight > 0
        OR EXISTS (SELECT FROM routing_decisions d WHERE d.rollout_id = r.id AND d.arm = 'canary'))
    SELECT 'rollout ' || r.id AS subject, CASE
        WHEN a.id IS NULL THEN 'moved tasks without an approval'
        WHEN a.evidence_sha256 <> r.evidence_sha256 OR p.evidence_sha256 <> r.evidence_sha256 THEN 'rests on other evidence than was approved'
        WHEN a.base_version <> r.base_version OR p.base_version <> r.base_version THEN 'is on another base than was approved'
        WHEN p.change <> r.change OR p.classes <> r.classes THEN 'is another change than was approved'
        WHEN a.actor = a.requested_by AND NOT a.is_single_operator THEN 'was approved by who asked for the review'
      END AS detail
    FROM moved r JOIN proposals p ON p.id = r.proposal_id LEFT JOIN approved a ON a.proposal_id = r.proposal_id
    UNION ALL
    SELECT 'policy version ' || v.version, CASE
        WHEN r.id IS NULL THEN 'was promoted by a rollout that does not exist'
        WHEN a.id IS NULL THEN 'was promoted without an approval'
        WHEN a.counted_at > v.applied_at THEN 'was promoted before its approval counted'
        WHEN NOT v.body - 'classes' @> old.body - 'classes' OR EXISTS (
            SELECT FROM jsonb_each(v.body->'classes') AS new FULL JOIN jsonb_each(old.body->'classes') AS was USING (key)
            WHERE CASE WHEN key = ANY (r.classes)
              THEN new.value->'route' IS DISTINCT FROM r.change->'after'->key OR new.value - 'route' IS DISTINCT FROM coalesce(was.value - 'route', new.value - 'route')
              ELSE new.value IS DISTINCT FROM was.value END)
          THEN 'changes something else than was approved'
      END
    FROM policy_versions v LEFT JOIN rollouts r ON r.id = v.rollout_id LEFT JOIN approved a ON a.proposal_id = r.proposal_id
      LEFT JOIN policy_versions old ON old.version = v.base_version
    WHERE v.reason = 'promotion'`,
};

const oneVerdictEach: Invariant = {
  number: 15,
  name: 'Each person has one verdict on a proposal, one of all counts, and it is in the audit log.',
  violations: (sql) => sql`
    SELECT 'proposal ' || proposal_id AS subject, 'has ' || count(*) || ' verdicts of ' || actor AS detail
    FROM approvals WHERE state <> 'refused' GROUP BY proposal_id, actor HAVING count(*) > 1
    UNION ALL
    SELECT 'proposal ' || proposal_id, 'has ' || count(*) || ' verdicts that count' FROM approvals WHERE state = 'counted' GROUP BY proposal_id HAVING count(*) > 1
    UNION ALL
    SELECT 'proposal ' || p.id, CASE
        WHEN p.state IN ('APPROVED', 'REJECTED') AND a.id IS NULL THEN 'is ' || p.state || ' without a verdict that counts'
        WHEN p.state = 'APPROVED' AND a.verdict <> 'approve' OR p.state = 'REJECTED' AND a.verdict <> 'reject' THEN 'is ' || p.state || ' against the verdict that counts'
        WHEN a.verdict = 'reject' AND p.state <> 'REJECTED' THEN 'was rejected and is ' || p.state
      END
    FROM proposals p LEFT JOIN approvals a ON a.proposal_id = p.id AND a.state = 'counted'
    UNION ALL
    SELECT 'verdict ' || a.id, 'counts and is not in the audit log'
    FROM approvals a WHERE a.state = 'counted' AND NOT EXISTS (
      SELECT FROM audit_log l WHERE l.action = CASE a.verdict WHEN 'approve' THEN 'proposal.APPROVED' ELSE 'proposal.REJECTED' END
        AND l.subject = a.proposal_id::text AND l.details->>'approval' = a.id::text AND l.actor = a.actor)`,
};

export const REVIEW_INVARIANTS: readonly Invariant[] = [approvedBeforeApplied, oneVerdictEach];
