-- Judges: a model that compares the two answers to a replayed task, where no grader can. A judgement is a row like a replay's, with money
-- of the same cap; its call is a task like any other, of purpose `judge`. What people say of the same answers calibrates the judge.

ALTER TABLE tasks DROP CONSTRAINT tasks_purpose_check;
ALTER TABLE tasks ADD CONSTRAINT tasks_purpose_check CHECK (purpose IN ('work', 'replay', 'golden', 'judge'));
COMMENT ON COLUMN tasks.purpose IS 'Replays and judgements are driven by a shard of their review; what is golden is dispatched, as work is.';
--> statement-breakpoint
ALTER TABLE replay_results DROP CONSTRAINT replay_results_role_check;
ALTER TABLE replay_results ADD CONSTRAINT replay_results_role_check
  CHECK (role IN ('baseline', 'candidate', 'judge-baseline-first', 'judge-candidate-first'));
ALTER TABLE replay_results ADD COLUMN rubric text;
ALTER TABLE replay_results ADD COLUMN served_model text;
ALTER TABLE replay_results ADD CHECK (rubric IS NULL OR role NOT IN ('baseline', 'candidate'));
COMMENT ON COLUMN replay_results.role IS 'Whose answer it is; or the order in which a judge read both, and then the score is 1 for the candidate, 0 for the baseline, 0.5 for neither.';
COMMENT ON COLUMN replay_results.rubric IS 'Of a judgement: version of the rubric that it went by.';
COMMENT ON COLUMN replay_results.served_model IS 'Of a judgement: what the provider says that it served.';
--> statement-breakpoint
-- What a person says of the two answers of a pair, blind. A label is one row at once, and may be put right by whoever gave it.
CREATE TABLE judge_labels (
  proposal_id  uuid NOT NULL REFERENCES proposals (id),
  task_id      uuid NOT NULL,
  person       text NOT NULL CHECK (person <> ''),
  verdict      text NOT NULL CHECK (verdict IN ('baseline', 'candidate', 'tie')),
  origin       text NOT NULL CHECK (origin IN ('terminal', 'import')),
  labelled_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (proposal_id, task_id, person),
  FOREIGN KEY (proposal_id, task_id) REFERENCES replay_samples (proposal_id, task_id)
);
COMMENT ON COLUMN judge_labels.verdict IS 'Which model gave the better answer; the person did not know which was whose.';
CREATE INDEX replay_results_judged ON replay_results (model, rubric) WHERE rubric IS NOT NULL;
--> statement-breakpoint
-- Opens the replay of one sampled task on one model, or one judgement of its answers: {proposalId, reviewId, pass, taskId, role, model,
-- replayTaskId, decisionId, amountNano, taskClass, tier, policyVersion, catalogueVersion, record, inputs, scope, bodySha256, judging?}.
-- Money is taken from the review's cap first. What a judge reads is content of its own, {rubric, facts, prompt (a string of JSON),
-- promptBytes, promptSha256}, which goes when the original's goes. Returns {kind: opened | exists, replayTaskId, decisionId, state},
-- {kind: capped, leftNano, mayFree} or {kind: closed | gone}; a cap may free when open replays hold what is missing, and will mostly
-- give it back.
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
    'tier', p->'tier', 'model', p->'model', 'chosenBy', 'replay', 'propensity', 1, 'policyVersion', p->'policyVersion',
    'catalogueVersion', p->'catalogueVersion', 'record', p->'record', 'inputs', p->'inputs'));
  INSERT INTO replay_results (proposal_id, task_id, role, model, review_id, pass, replay_task_id, state, reserved_nano, rubric)
    VALUES ((p->>'proposalId')::uuid, (p->>'taskId')::uuid, p->>'role', p->>'model', (p->>'reviewId')::uuid, (p->>'pass')::smallint,
      (p->>'replayTaskId')::uuid, 'open', (p->>'amountNano')::bigint, judging->>'rubric');
  UPDATE reviews SET replay_reserved_nano = replay_reserved_nano + (p->>'amountNano')::bigint WHERE id = (p->>'reviewId')::uuid;
  RETURN jsonb_build_object('kind', 'opened', 'replayTaskId', p->'replayTaskId', 'decisionId', p->'decisionId', 'state', 'open');
END $$;
--> statement-breakpoint
-- Closes a replay with what it says of the model, or a judgement with what it says of the answers: {replayTaskId, outcome, score?, why?,
-- latencyMs?}. Its cost is what its calls cost. Returns true when this call closed it.
CREATE OR REPLACE FUNCTION close_replay(p jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  open_row replay_results;
  cost bigint;
BEGIN
  PERFORM 1 FROM reviews WHERE id = (SELECT review_id FROM replay_results WHERE replay_task_id = (p->>'replayTaskId')::uuid) FOR NO KEY UPDATE;
  SELECT * INTO STRICT open_row FROM replay_results WHERE replay_task_id = (p->>'replayTaskId')::uuid FOR UPDATE;
  IF open_row.state = 'done' THEN
    RETURN false;
  END IF;
  SELECT coalesce(sum(cost_nano), 0) INTO cost FROM attempts WHERE task_id = open_row.replay_task_id;
  UPDATE replay_results SET state = 'done', outcome = p->>'outcome', score = (p->>'score')::double precision, why = p->>'why', cost_nano = cost,
      latency_ms = (p->>'latencyMs')::integer, done_at = clock_timestamp(),
      served_model = CASE WHEN open_row.rubric IS NOT NULL THEN (SELECT a.served_model FROM attempts a
        WHERE a.task_id = open_row.replay_task_id AND a.state = 'answered' ORDER BY a.number DESC LIMIT 1) END
    WHERE replay_task_id = open_row.replay_task_id;
  UPDATE reviews SET replay_reserved_nano = replay_reserved_nano - open_row.reserved_nano, replay_spent_nano = replay_spent_nano + cost
    WHERE id = open_row.review_id;
  RETURN true;
END $$;
