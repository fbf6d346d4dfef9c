-- Replays of cascades: one task whose steps are attempts, as in dispatch. Its row bears the name of the cascade, its decision the first model.

COMMENT ON COLUMN replay_results.model IS 'Catalogue id of the model under test, or the name of the cascade that is.';
--> statement-breakpoint
-- As in 0012, and: {decidedModel?}, the first model of a cascade, which its decision is for.
CREATE OR REPLACE FUNCTION open_replay(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  known record;
  review record;
  original tasks;
  judging jsonb := p->'judging';
BEGIN
  SELECT ended_at, replay_cap_nano - replay_spent_nano AS unspent_nano, replay_cap_nano - replay_spent_nano - replay_reserved_nano AS left_nano
    INTO STRICT review
    FROM reviews WHERE id = (p->>'reviewId')::uuid FOR NO KEY UPDATE;
  SELECT r.replay_task_id, r.state, d.id AS decision_id INTO known FROM replay_results r LEFT JOIN routing_decisions d ON d.task_id = r.replay_task_id
    WHERE r.proposal_id = (p->>'proposalId')::uuid AND r.task_id = (p->>'taskId')::uuid AND r.role = p->>'role' AND r.model = p->>'model';
  IF FOUND THEN
    RETURN jsonb_build_object('kind', 'exists', 'replayTaskId', known.replay_task_id, 'decisionId', known.decision_id, 'state', known.state);
  END IF;
  IF review.ended_at IS NOT NULL OR (SELECT state <> 'REPLAYING' FROM proposals WHERE id = (p->>'proposalId')::uuid) THEN
    RETURN '{"kind": "closed"}';
  END IF;
  IF review.left_nano < (p->>'amountNano')::bigint THEN
    RETURN jsonb_build_object('kind', 'capped', 'leftNano', review.left_nano, 'mayFree', review.unspent_nano >= (p->>'amountNano')::bigint);
  END IF;
  -- The copy that a judge reads must not be made while the original is erased: who erases waits for this, or this for who erases.
  SELECT * INTO original FROM tasks WHERE id = (p->>'taskId')::uuid FOR SHARE;
  IF NOT FOUND OR (judging IS NOT NULL AND original.content_erased_at IS NOT NULL) THEN
    RETURN '{"kind": "gone"}';
  END IF;
  INSERT INTO idempotency_keys (owner, key, task_id, body_sha256)
    VALUES ('signalbox-replay', p->>'replayTaskId', (p->>'replayTaskId')::uuid, p->>'bodySha256');
  INSERT INTO tasks (id, owner, external_id, facts, privacy_tier, residency, priority, dry_run, purpose, replay_of)
    VALUES ((p->>'replayTaskId')::uuid, 'signalbox-replay', CASE WHEN judging IS NULL THEN original.external_id END,
      coalesce(judging->'facts', original.facts) || jsonb_build_object('scope', p->'scope'),
      original.privacy_tier, original.residency, 0, false, CASE WHEN judging IS NULL THEN 'replay' ELSE 'judge' END, original.id);
  IF judging IS NOT NULL THEN
    INSERT INTO task_payloads (task_id, prompt, prompt_bytes, prompt_sha256)
      VALUES ((p->>'replayTaskId')::uuid, (judging->>'prompt')::json, (judging->>'promptBytes')::integer, judging->>'promptSha256');
  END IF;
  PERFORM record_decision(jsonb_build_object('taskId', p->'replayTaskId', 'id', p->'decisionId', 'kind', 'routed', 'taskClass', p->'taskClass',
    'tier', p->'tier', 'model', coalesce(p->'decidedModel', p->'model'), 'chosenBy', 'replay', 'propensity', 1, 'policyVersion', p->'policyVersion',
    'catalogueVersion', p->'catalogueVersion', 'record', p->'record', 'inputs', p->'inputs'));
  INSERT INTO replay_results (proposal_id, task_id, role, model, review_id, pass, replay_task_id, state, reserved_nano, rubric)
    VALUES ((p->>'proposalId')::uuid, (p->>'taskId')::uuid, p->>'role', p->>'model', (p->>'reviewId')::uuid, (p->>'pass')::smallint,
      (p->>'replayTaskId')::uuid, 'open', (p->>'amountNano')::bigint, judging->>'rubric');
  UPDATE reviews SET replay_reserved_nano = replay_reserved_nano + (p->>'amountNano')::bigint WHERE id = (p->>'reviewId')::uuid;
  RETURN jsonb_build_object('kind', 'opened', 'replayTaskId', p->'replayTaskId', 'decisionId', p->'decisionId', 'state', 'open');
END $$;
