/** Invariants of the rules: one version in force, every change of it written down, and the writing untouched. */

import type { Invariant } from './invariant';

/**
 * How long a decision may take from reading the policy to its row: a policy that is superseded meanwhile is still the one the
 * decision was made by.
 */
const DECISION_GRACE = '1 minute';

const citedPolicyActive: Invariant = {
  number: 12,
  name: 'The policy version that a decision cites was active when it was made.',
  // A replay cites the version that its review is of, whatever came into force since.
  violations: (sql) => sql`
    SELECT 'decision ' || d.id AS subject, CASE
        WHEN p.version IS NULL THEN 'cites policy version ' || d.policy_version || ', which does not exist'
        WHEN d.decided_at < p.applied_at THEN 'was made before its policy version ' || p.version || ' was applied'
        WHEN d.decided_at > p.superseded_at + ${DECISION_GRACE}::text::interval THEN 'was made after its policy version ' || p.version || ' was superseded'
      END AS detail
    FROM routing_decisions d LEFT JOIN policy_versions p ON p.version = d.policy_version
    WHERE d.chosen_by IS DISTINCT FROM 'replay'`,
};

const oneActiveVersion: Invariant = {
  number: 13,
  name: 'Exactly one version of the policy and one of the catalogue is active, once there are any.',
  violations: (sql) => sql`
    SELECT 'policy' AS subject, count(*) FILTER (WHERE active) || ' versions are active' AS detail
    FROM policy_versions HAVING count(*) > 0 AND count(*) FILTER (WHERE active) <> 1
    UNION ALL
    SELECT 'catalogue', count(*) FILTER (WHERE active) || ' versions are active'
    FROM catalogue_versions HAVING count(*) > 0 AND count(*) FILTER (WHERE active) <> 1
    UNION ALL
    SELECT 'policy version ' || version, 'is ' || CASE WHEN active THEN 'active and superseded' ELSE 'neither active nor superseded' END
    FROM policy_versions WHERE active <> (superseded_at IS NULL)`,
};

export const auditChainVerifies: Invariant = {
  number: 16,
  name: 'Every entry of the audit log follows from the one before it, and the last one is the head.',
  // What follows a bad entry is bad by consequence, so only the first is named.
  violations: (sql) => sql`
    (SELECT 'entry ' || seq AS subject, detail FROM (
      SELECT seq, CASE
          WHEN seq <> place THEN 'follows a gap: ' || seq - place || ' entries before it are missing'
          WHEN previous <> coalesce(hash_before, sha256('signalbox audit log'::bytea)) THEN 'does not follow from the entry before it'
          WHEN hash <> audit_hash(previous, seq, at, actor, action, subject, details) THEN 'was changed after it was written'
        END AS detail
      FROM (SELECT *, lag(hash) OVER chain AS hash_before, row_number() OVER chain AS place FROM audit_log WINDOW chain AS (ORDER BY seq)) AS entries
    ) AS judged WHERE detail IS NOT NULL ORDER BY seq LIMIT 1)
    UNION ALL
    SELECT 'head', CASE
        WHEN head.seq IS NULL THEN 'is missing'
        WHEN head.seq <> coalesce(last.seq, 0) THEN 'is entry ' || head.seq || ', and the log ends with entry ' || coalesce(last.seq, 0)
        WHEN head.hash <> coalesce(last.hash, sha256('signalbox audit log'::bytea)) THEN 'is not the hash of entry ' || head.seq
      END
    FROM (VALUES (1)) AS always LEFT JOIN audit_head head ON true LEFT JOIN (SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1) AS last ON true`,
};

const changesWrittenDown: Invariant = {
  number: 17,
  name: 'Every version of the policy and the catalogue is in the audit log, and is still what was applied.',
  violations: (sql) => sql`
    SELECT 'policy version ' || p.version AS subject, CASE
        WHEN l.seq IS NULL THEN 'is not in the audit log'
        WHEN l.details->>'sha256' IS DISTINCT FROM p.sha256 OR l.details->>'bodySha256' IS DISTINCT FROM body_sha256(p.body)
          THEN 'was changed after it was applied'
      END AS detail
    FROM policy_versions p LEFT JOIN audit_log l ON l.action = 'policy.applied' AND l.subject = p.version::text
    UNION ALL
    SELECT 'catalogue version ' || c.version, CASE
        WHEN l.seq IS NULL THEN 'is not in the audit log'
        WHEN l.details->>'bodySha256' IS DISTINCT FROM body_sha256(c.body) THEN 'was changed after it was applied'
      END
    FROM catalogue_versions c LEFT JOIN audit_log l ON l.action = 'catalogue.applied' AND l.subject = c.version
    UNION ALL
    SELECT 'model ' || coalesce(c.model->>'id', m.model) || ' of catalogue version ' || coalesce(c.version, m.catalogue_version),
      'is not guarded as its catalogue says'
    FROM (SELECT version, jsonb_path_query(body, '$.models[*]') AS model FROM catalogue_versions) AS c
      FULL JOIN catalogue_models m ON m.catalogue_version = c.version AND m.model = c.model->>'id'
    WHERE (m.provider, m.status, to_jsonb(m.privacy_tiers), to_jsonb(m.regions))
      IS DISTINCT FROM (c.model->>'provider', c.model->'status'->>'kind', c.model->'privacyTiers', c.model->'regions')`,
};

export const RULE_INVARIANTS: readonly Invariant[] = [citedPolicyActive, oneActiveVersion, auditChainVerifies, changesWrittenDown];
