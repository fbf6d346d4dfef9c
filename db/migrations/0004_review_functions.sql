-- State changes of reviews and rollouts, each one statement for the caller, each made by comparing and setting the state under a
-- row's lock, each with its entry in the audit log. Every function may be called twice: the second call finds the first.

-- Of a replay, the ledger keeps everything; what the models have learnt from work stays as it is.
-- Ends an attempt, whatever its end: {taskId, decisionId, number, state, failure?, usage?, costNano?, costBasis, latencyMs?,
-- firstTokenMs?, providerRequestId?, servedModel?, answer?, provider, taskClass, scope, estimatedOutputTokens?}, where answer is a
-- string of JSON. A cost basis of `reserved` charges the reservation in full. Returns {kind: settled | already, attempt, health}: only the first settlement
-- counts; health is the model's, as it is at that moment.
CREATE OR REPLACE FUNCTION settle_attempt(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  a attempts;
  r reservations;
  cost bigint;
  used jsonb := p->'usage';
  is_work boolean;
  is_sized boolean := p->>'state' = 'answered' AND p ? 'usage' AND p ? 'estimatedOutputTokens';
BEGIN
  SELECT purpose = 'work' INTO is_work FROM tasks WHERE id = (p->>'taskId')::uuid FOR NO KEY UPDATE;
  SELECT * INTO STRICT a FROM attempts
    WHERE task_id = (p->>'taskId')::uuid AND decision_id = (p->>'decisionId')::uuid AND number = (p->>'number')::smallint;
  IF a.state <> 'running' THEN
    RETURN jsonb_build_object('kind', 'already', 'attempt', attempt_json(a));
  END IF;
  SELECT * INTO STRICT r FROM reservations WHERE attempt_id = a.id FOR UPDATE;
  cost := CASE p->>'costBasis' WHEN 'reserved' THEN r.amount_nano WHEN 'none' THEN 0 WHEN 'unknown' THEN 0 ELSE (p->>'costNano')::bigint END;

  UPDATE attempts SET state = p->>'state', ended_at = clock_timestamp(), usage = used, cost_nano = cost, cost_basis = p->>'costBasis',
      failure_class = p->'failure'->>'class', failure_message = p->'failure'->>'message',
      http_status = (p->'failure'->>'status')::smallint, retry_after_ms = (p->'failure'->>'retryAfterMs')::integer,
      latency_ms = (p->>'latencyMs')::integer, first_token_ms = (p->>'firstTokenMs')::integer,
      provider_request_id = p->>'providerRequestId', served_model = p->>'servedModel'
    WHERE task_id = a.task_id AND decision_id = a.decision_id AND number = a.number
    RETURNING * INTO a;
  IF p ? 'answer' THEN
    INSERT INTO answers (task_id, attempt_id, body) VALUES (a.task_id, a.id, (p->>'answer')::json);
  END IF;

  UPDATE reservations SET state = 'settled', settled_nano = cost, settled_at = clock_timestamp() WHERE attempt_id = a.id;
  PERFORM 1 FROM budget_tracking WHERE id = ANY (r.balance_ids) ORDER BY id FOR UPDATE;
  UPDATE budget_tracking SET reserved_nano = reserved_nano - r.amount_nano, spent_nano = spent_nano + cost,
      overrun_nano = overrun_nano + greatest(cost - r.amount_nano, 0)
    WHERE id = ANY (r.balance_ids);
  IF p->>'costBasis' <> 'none' THEN
    INSERT INTO cost_tracking (task_id, attempt_id, decision_id, model, provider, task_class, team, project, tag, key,
        input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_nano, cost_basis)
      VALUES (a.task_id, a.id, a.decision_id, a.model, p->>'provider', p->>'taskClass', p->'scope'->>'team', p->'scope'->>'project',
        p->'scope'->>'tag', p->'scope'->>'key', coalesce((used->>'inputTokens')::integer, 0),
        coalesce((used->>'cacheReadTokens')::integer, 0),
        coalesce((used->>'cacheWriteTokens')::integer, 0) + coalesce((used->>'cacheWrite1hTokens')::integer, 0),
        coalesce((used->>'outputTokens')::integer, 0), coalesce((used->>'reasoningTokens')::integer, 0), cost, p->>'costBasis');
  END IF;
  IF p->'failure'->>'class' IN ('rate-limited', 'quota-exhausted') THEN
    INSERT INTO rate_limit_events (task_id, model, provider, kind, retry_after_ms)
      VALUES (a.task_id, a.model, p->>'provider', p->'failure'->>'class', (p->'failure'->>'retryAfterMs')::integer);
  END IF;
  -- A replay is drawn to be hard, and is no news of how the class is served.
  IF is_work THEN
    INSERT INTO model_performance AS m (model, grain, cell, attempts, successes, latency_count, latency_sum_ms, output_count,
        output_log_ratio_sum, cost_sum_nano)
      VALUES (a.model, 'class', p->>'taskClass', 1, (a.state = 'answered')::integer,
        (a.state = 'answered' AND a.latency_ms IS NOT NULL)::integer, CASE WHEN a.state = 'answered' THEN coalesce(a.latency_ms, 0) ELSE 0 END,
        is_sized::integer,
        CASE WHEN is_sized
          THEN ln(greatest((used->>'outputTokens')::double precision + (used->>'reasoningTokens')::double precision, 1)
            / greatest((p->>'estimatedOutputTokens')::double precision, 1)) ELSE 0 END,
        cost)
      ON CONFLICT (model, grain, cell) DO UPDATE SET attempts = m.attempts + excluded.attempts, successes = m.successes + excluded.successes,
        latency_count = m.latency_count + excluded.latency_count, latency_sum_ms = m.latency_sum_ms + excluded.latency_sum_ms,
        output_count = m.output_count + excluded.output_count, output_log_ratio_sum = m.output_log_ratio_sum + excluded.output_log_ratio_sum,
        cost_sum_nano = m.cost_sum_nano + excluded.cost_sum_nano;
  END IF;
  RETURN jsonb_build_object('kind', 'settled', 'attempt', attempt_json(a),
    'health', (SELECT health FROM model_health WHERE model = a.model));
END $$;
--> statement-breakpoint
-- Gives a task its one outcome: {taskId, kind, reason, code, model?, attemptId?, score?, scoreDetail?, taskClass?, rating?}.
-- Returns {kind: ended | already, outcome}; a task that has one keeps it. A live attempt is closed in doubt first.
CREATE OR REPLACE FUNCTION end_task(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  done routing_outcomes;
  how text := 'already';
  instant timestamptz;
  is_work boolean;
BEGIN
  SELECT purpose = 'work' INTO is_work FROM tasks WHERE id = (p->>'taskId')::uuid AND ended_at IS NULL FOR NO KEY UPDATE;
  IF FOUND THEN
    how := 'ended';
    instant := clock_timestamp(); -- after the lock: the transaction may have begun before what it waited for
    PERFORM close_live_attempt((p->>'taskId')::uuid,
      jsonb_build_object('class', CASE WHEN p->>'kind' = 'cancelled' THEN 'cancelled' ELSE 'in-doubt' END,
        'message', 'The task ended while this call was open; its reservation was charged in full.'));
    INSERT INTO routing_outcomes (task_id, decision_id, kind, reason, code, model, attempt_id, attempts, cost_nano, score, score_detail, ended_at)
      SELECT (p->>'taskId')::uuid, (SELECT id FROM routing_decisions WHERE task_id = (p->>'taskId')::uuid), p->>'kind', p->>'reason',
          p->>'code', p->>'model', (p->>'attemptId')::uuid, count(*), coalesce(sum(cost_nano), 0), (p->>'score')::double precision, p->>'scoreDetail', instant
        FROM attempts WHERE task_id = (p->>'taskId')::uuid;
    UPDATE tasks SET status = p->>'kind', ended_at = instant WHERE id = (p->>'taskId')::uuid;
    IF is_work AND p->>'score' IS NOT NULL AND p->>'model' IS NOT NULL THEN
      INSERT INTO model_performance AS m (model, grain, cell, graded, score_sum)
        VALUES (p->>'model', 'class', p->>'taskClass', 1, (p->>'score')::double precision)
        ON CONFLICT (model, grain, cell) DO UPDATE SET graded = m.graded + 1, score_sum = m.score_sum + excluded.score_sum;
    END IF;
    IF is_work AND p ? 'rating' THEN
      PERFORM add_rating(p->'rating');
    END IF;
  END IF;
  SELECT * INTO STRICT done FROM routing_outcomes WHERE task_id = (p->>'taskId')::uuid;
  RETURN jsonb_build_object('kind', how, 'outcome', jsonb_build_object('kind', done.kind, 'reason', done.reason, 'code', done.code,
    'model', done.model, 'attempts', done.attempts, 'costNano', done.cost_nano, 'score', done.score));
END $$;
--> statement-breakpoint
-- Records the decision of a task: {taskId, id, kind, taskClass, tier, model?, chosenBy?, confidence?, estimatedCostNano?,
-- estimatedLatencyMs?, propensity?, policyVersion, catalogueVersion, record, inputs,
-- rolloutId?, arm?, outcome?}. Returns {isNew, record, id}: a task that has
-- a decision keeps it. `outcome` ends the task in the same transaction (refused, dry run).
CREATE OR REPLACE FUNCTION record_decision(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  kept routing_decisions;
BEGIN
  INSERT INTO routing_decisions (task_id, id, kind, task_class, tier, model, chosen_by, confidence, estimated_cost_nano, estimated_latency_ms,
      propensity, policy_version, catalogue_version, record, inputs, rollout_id, arm)
    VALUES ((p->>'taskId')::uuid, (p->>'id')::uuid, p->>'kind', p->>'taskClass', p->>'tier', p->>'model', p->>'chosenBy',
      (p->>'confidence')::smallint, (p->>'estimatedCostNano')::bigint, (p->>'estimatedLatencyMs')::integer, (p->>'propensity')::double precision,
      (p->>'policyVersion')::integer, p->>'catalogueVersion', p->'record', p->'inputs', (p->>'rolloutId')::uuid, p->>'arm')
    ON CONFLICT (task_id) DO NOTHING;
  IF NOT FOUND THEN
    SELECT * INTO STRICT kept FROM routing_decisions WHERE task_id = (p->>'taskId')::uuid;
    RETURN jsonb_build_object('isNew', false, 'id', kept.id, 'record', kept.record);
  END IF;
  UPDATE tasks SET task_class = p->>'taskClass', status = CASE WHEN status = 'accepted' THEN 'running' ELSE status END,
      started_at = coalesce(started_at, now())
    WHERE id = (p->>'taskId')::uuid AND ended_at IS NULL;
  IF p ? 'outcome' THEN
    PERFORM end_task(p->'outcome');
  END IF;
  RETURN jsonb_build_object('isNew', true, 'id', p->>'id', 'record', p->'record');
END $$;
--> statement-breakpoint
-- Whether what was decided on a base still stands for some classes: since then, nothing changed the policy but rollouts of others.
CREATE FUNCTION base_holds(base integer, names text[]) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT NOT EXISTS (SELECT FROM policy_versions v WHERE v.version > base
    AND (v.rollout_id IS NULL OR EXISTS (SELECT FROM rollouts r WHERE r.id = v.rollout_id AND r.classes && names)))
$$;
--> statement-breakpoint
-- Whether a person approved exactly this evidence on this base, and it still counts.
CREATE FUNCTION is_approved(proposal uuid, evidence text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM approvals a WHERE a.proposal_id = proposal AND a.state = 'counted' AND a.verdict = 'approve'
    AND a.evidence_sha256 = evidence AND a.expires_at > clock_timestamp())
$$;
--> statement-breakpoint
-- Whether a rollout is still what a person approved: his approval counts, and evidence and change are those of the proposal.
CREATE FUNCTION holds_approval(r rollouts) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT is_approved(r.proposal_id, r.evidence_sha256)
    AND EXISTS (SELECT FROM proposals p WHERE p.id = r.proposal_id AND p.evidence_sha256 = r.evidence_sha256 AND p.change = r.change)
$$;
--> statement-breakpoint
-- The rollouts that dispatch follows at this moment: [{rolloutId, classes, routes, weight, control, salt}]. One whose lease ran out,
-- whose approval is gone, or whose base was changed by somebody else, is not among them, whatever its row says.
CREATE FUNCTION live_canaries() RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object('rolloutId', r.id, 'classes', r.classes, 'routes', r.change->'after', 'weight', r.weight,
      'control', r.control, 'salt', r.salt)), '[]')
    FROM rollouts r WHERE r.weight > 0 AND r.lease_until > clock_timestamp() AND base_holds(r.base_version, r.classes) AND holds_approval(r)
$$;
--> statement-breakpoint
-- Last line of defence: no task is ever moved by a weight without a valid approval of exactly this evidence on a base that holds.
CREATE FUNCTION refuse_unapproved_weight() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.weight > 0 AND NOT is_approved(NEW.proposal_id, NEW.evidence_sha256) THEN
    RAISE EXCEPTION 'rollout % has no valid approval of its evidence', NEW.id USING ERRCODE = 'SB004';
  END IF;
  IF NEW.weight > 0 AND (SELECT p.evidence_sha256 <> NEW.evidence_sha256 OR p.change <> NEW.change FROM proposals p WHERE p.id = NEW.proposal_id) THEN
    RAISE EXCEPTION 'rollout % is not what was approved', NEW.id USING ERRCODE = 'SB004';
  END IF;
  IF NEW.weight > 0 AND NOT base_holds(NEW.base_version, NEW.classes) THEN
    RAISE EXCEPTION 'the policy under rollout % was changed', NEW.id USING ERRCODE = 'SB004';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER rollouts_approved BEFORE INSERT OR UPDATE OF weight, control, change, evidence_sha256, lease_until ON rollouts
  FOR EACH ROW EXECUTE FUNCTION refuse_unapproved_weight();
--> statement-breakpoint
-- Moves that exist; routing/review/states.ts has the same list, and a test holds the two together.
CREATE FUNCTION proposal_may_move(old_state text, new_state text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT new_state = ANY (CASE old_state
    WHEN 'DETECTED' THEN ARRAY['SCREENED', 'HELD', 'ABORTED']
    WHEN 'SCREENED' THEN ARRAY['SAMPLED', 'HELD', 'ABORTED']
    WHEN 'SAMPLED' THEN ARRAY['REPLAYING', 'HELD', 'ABORTED']
    WHEN 'REPLAYING' THEN ARRAY['DECIDED', 'HELD', 'ABORTED']
    WHEN 'DECIDED' THEN ARRAY['REPLAYING', 'AWAITING_APPROVAL', 'HELD', 'ABORTED']
    WHEN 'AWAITING_APPROVAL' THEN ARRAY['APPROVED', 'REJECTED', 'EXPIRED', 'ABORTED']
    WHEN 'APPROVED' THEN ARRAY['REJECTED', 'EXPIRED', 'ABORTED']
    ELSE ARRAY[]::text[] END)
$$;
CREATE FUNCTION rollout_may_move(old_state text, new_state text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT new_state = ANY (CASE old_state
    WHEN 'APPROVED' THEN ARRAY['CANARY', 'ABORTED']
    WHEN 'CANARY' THEN ARRAY['CANARY', 'PAUSED', 'HOLD', 'SOAKING', 'ROLLING_BACK', 'ABORTED']
    WHEN 'PAUSED' THEN ARRAY['CANARY', 'SOAKING', 'ROLLING_BACK', 'ABORTED']
    WHEN 'HOLD' THEN ARRAY['CANARY', 'SOAKING', 'ROLLING_BACK', 'ABORTED']
    WHEN 'SOAKING' THEN ARRAY['PAUSED', 'HOLD', 'PROMOTED', 'ROLLING_BACK', 'ABORTED']
    WHEN 'PROMOTED' THEN ARRAY['WATCHED', 'ROLLING_BACK', 'ABORTED']
    WHEN 'WATCHED' THEN ARRAY['ROLLING_BACK', 'IDLE', 'ABORTED']
    WHEN 'ROLLING_BACK' THEN ARRAY['ROLLED_BACK', 'ABORTED']
    WHEN 'ROLLED_BACK' THEN ARRAY['COOLDOWN']
    WHEN 'COOLDOWN' THEN ARRAY['IDLE']
    ELSE ARRAY[]::text[] END)
$$;
--> statement-breakpoint
-- Adds a proposal in its first state: {id, reviewId, name, classes, baseline?, finding, baseVersion, actor}. One per name of a review.
CREATE FUNCTION add_proposal(p jsonb) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  known uuid;
BEGIN
  INSERT INTO proposals (id, review_id, name, classes, state, move_key, baseline, finding, base_version)
    VALUES ((p->>'id')::uuid, (p->>'reviewId')::uuid, p->>'name', ARRAY(SELECT jsonb_array_elements_text(p->'classes')), 'DETECTED', 'detected',
      p->>'baseline', p->'finding', (p->>'baseVersion')::integer)
    ON CONFLICT (review_id, name) DO NOTHING RETURNING id INTO known;
  IF known IS NULL THEN
    RETURN (SELECT id FROM proposals WHERE review_id = (p->>'reviewId')::uuid AND name = p->>'name');
  END IF;
  PERFORM append_audit(p->>'actor', 'proposal.DETECTED', p->>'id', jsonb_build_object('review', p->>'reviewId', 'name', p->>'name'));
  RETURN known;
END $$;
--> statement-breakpoint
-- Moves a proposal: {id, to, key, actor, details?, set?: {candidate, change, pass, sample, comparison, verdict, heldBy, heldDetail,
-- escalation, rolloutPlan, evidenceSha256}}. Returns {kind: moved | already | refused, state}. A verdict of a person is not such a
-- move: see count_verdict. `sample` and `comparison` are appended.
CREATE FUNCTION move_proposal(p jsonb) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  old proposals;
  s jsonb := coalesce(p->'set', '{}');
BEGIN
  SELECT * INTO STRICT old FROM proposals WHERE id = (p->>'id')::uuid FOR UPDATE;
  IF old.state = p->>'to' AND old.move_key = p->>'key' THEN
    RETURN jsonb_build_object('kind', 'already', 'state', old.state);
  END IF;
  IF p->>'to' IN ('APPROVED', 'REJECTED') OR NOT proposal_may_move(old.state, p->>'to') THEN
    RETURN jsonb_build_object('kind', 'refused', 'state', old.state);
  END IF;
  UPDATE proposals SET state = p->>'to', move_key = p->>'key', moved_at = clock_timestamp(),
      candidate = coalesce(s->>'candidate', candidate), change = coalesce(s->'change', change), pass = coalesce((s->>'pass')::smallint, pass),
      samples = CASE WHEN s ? 'sample' THEN samples || jsonb_build_array(s->'sample') ELSE samples END,
      comparisons = CASE WHEN s ? 'comparison' THEN comparisons || jsonb_build_array(s->'comparison') ELSE comparisons END,
      verdict = coalesce(s->>'verdict', verdict), held_by = coalesce(s->>'heldBy', held_by), held_detail = coalesce(s->>'heldDetail', held_detail),
      escalation = coalesce(s->>'escalation', escalation), rollout_plan = coalesce(s->'rolloutPlan', rollout_plan),
      evidence_sha256 = coalesce(s->>'evidenceSha256', evidence_sha256)
    WHERE id = old.id;
  PERFORM append_audit(p->>'actor', 'proposal.' || (p->>'to'), old.id::text,
    jsonb_build_object('from', old.state, 'key', p->>'key', 'review', old.review_id, 'name', old.name)
      || jsonb_strip_nulls(jsonb_build_object('verdict', s->>'verdict', 'heldBy', s->>'heldBy', 'evidence', s->>'evidenceSha256'))
      || coalesce(p->'details', '{}'));
  RETURN jsonb_build_object('kind', 'moved', 'state', p->>'to');
END $$;
--> statement-breakpoint
-- Counts a verdict that was given, or refuses it and says why: {approvalId, validForMs}. Everything that must hold is asked here,
-- under the lock of the proposal, so that of two verdicts at one instant one is first. Returns {kind: counted | already | refused,
-- state, refusal?}.
CREATE FUNCTION count_verdict(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  given approvals;
  subject proposals;
  review reviews;
  rules jsonb;
  why text;
BEGIN
  SELECT proposal_id INTO STRICT given.proposal_id FROM approvals WHERE id = (p->>'approvalId')::uuid;
  SELECT * INTO STRICT subject FROM proposals WHERE id = given.proposal_id FOR UPDATE;
  SELECT * INTO STRICT given FROM approvals WHERE id = (p->>'approvalId')::uuid FOR UPDATE;
  SELECT * INTO STRICT review FROM reviews WHERE id = subject.review_id;
  IF given.state <> 'given' THEN
    RETURN jsonb_build_object('kind', CASE given.state WHEN 'refused' THEN 'refused' ELSE 'already' END, 'state', subject.state, 'refusal', given.refusal);
  END IF;
  rules := review.settings->'verdict';
  why := CASE
    WHEN subject.state = 'APPROVED' AND given.verdict = 'reject' AND NOT EXISTS (SELECT FROM rollouts r WHERE r.proposal_id = subject.id AND r.state <> 'APPROVED')
      THEN NULL -- a rejection wins until the first task is moved
    WHEN subject.state <> 'AWAITING_APPROVAL' THEN 'the proposal is ' || subject.state || ' and takes no verdict'
    WHEN review.expires_at <= clock_timestamp() THEN 'the proposal has expired'
  END;
  why := coalesce(why, CASE
    WHEN given.evidence_sha256 <> subject.evidence_sha256 THEN 'it was given on other evidence than the proposal has now'
    WHEN given.base_version <> subject.base_version OR NOT base_holds(subject.base_version, subject.classes)
      THEN 'the policy was changed since the proposal was made'
    WHEN jsonb_array_length(rules->'approvers') > 0 AND NOT rules->'approvers' ? given.actor THEN given.actor || ' does not have the approver role'
    WHEN given.verdict = 'approve' AND given.actor = review.requested_by AND NOT (rules->>'singleOperator')::boolean
      THEN given.actor || ' asked for the review and cannot approve what it proposes'
  END);
  IF why IS NOT NULL THEN
    UPDATE approvals SET state = 'refused', refusal = why WHERE id = given.id;
    PERFORM append_audit(given.actor, 'verdict.refused', subject.id::text, jsonb_build_object('verdict', given.verdict, 'why', why));
    RETURN jsonb_build_object('kind', 'refused', 'state', subject.state, 'refusal', why);
  END IF;
  UPDATE approvals SET state = 'overruled' WHERE proposal_id = subject.id AND state = 'counted';
  UPDATE approvals SET state = 'counted', counted_at = clock_timestamp(),
      expires_at = clock_timestamp() + (p->>'validForMs')::double precision * interval '1 millisecond' WHERE id = given.id;
  UPDATE proposals SET state = CASE given.verdict WHEN 'approve' THEN 'APPROVED' ELSE 'REJECTED' END, move_key = given.id::text, moved_at = clock_timestamp()
    WHERE id = subject.id;
  IF given.verdict = 'reject' THEN
    UPDATE rollouts SET state = 'ABORTED', move_key = given.id::text, reason = 'The proposal was rejected before the first task was moved.', moved_at = clock_timestamp()
      WHERE proposal_id = subject.id AND state = 'APPROVED';
    DELETE FROM rollout_classes c USING rollouts r WHERE r.id = c.rollout_id AND r.proposal_id = subject.id;
  END IF;
  PERFORM append_audit(given.actor, CASE given.verdict WHEN 'approve' THEN 'proposal.APPROVED' ELSE 'proposal.REJECTED' END, subject.id::text,
    jsonb_build_object('from', subject.state, 'approval', given.id, 'evidence', given.evidence_sha256, 'base', given.base_version));
  RETURN jsonb_build_object('kind', 'counted', 'state', CASE given.verdict WHEN 'approve' THEN 'APPROVED' ELSE 'REJECTED' END);
END $$;
--> statement-breakpoint
-- Opens the replay of one sampled task on one model: {proposalId, reviewId, pass, taskId, role, model, replayTaskId, decisionId,
-- amountNano, taskClass, tier, policyVersion, catalogueVersion, record, inputs, scope, bodySha256}. Money is taken from the review's
-- cap first. Returns {kind: opened | exists, replayTaskId, decisionId, state}, {kind: capped, leftNano, mayFree} or {kind: closed |
-- gone}; a cap may free when open replays hold what is missing, and will mostly give it back.
CREATE FUNCTION open_replay(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  known record;
  review record;
  original tasks;
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
  SELECT * INTO original FROM tasks WHERE id = (p->>'taskId')::uuid;
  IF NOT FOUND THEN
    RETURN '{"kind": "gone"}';
  END IF;
  INSERT INTO idempotency_keys (owner, key, task_id, body_sha256)
    VALUES ('signalbox-replay', p->>'replayTaskId', (p->>'replayTaskId')::uuid, p->>'bodySha256');
  INSERT INTO tasks (id, owner, external_id, facts, privacy_tier, residency, priority, dry_run, purpose, replay_of)
    VALUES ((p->>'replayTaskId')::uuid, 'signalbox-replay', original.external_id, original.facts || jsonb_build_object('scope', p->'scope'),
      original.privacy_tier, original.residency, 0, false, 'replay', original.id);
  PERFORM record_decision(jsonb_build_object('taskId', p->'replayTaskId', 'id', p->'decisionId', 'kind', 'routed', 'taskClass', p->'taskClass',
    'tier', p->'tier', 'model', p->'model', 'chosenBy', 'replay', 'propensity', 1, 'policyVersion', p->'policyVersion',
    'catalogueVersion', p->'catalogueVersion', 'record', p->'record', 'inputs', p->'inputs'));
  INSERT INTO replay_results (proposal_id, task_id, role, model, review_id, pass, replay_task_id, state, reserved_nano)
    VALUES ((p->>'proposalId')::uuid, (p->>'taskId')::uuid, p->>'role', p->>'model', (p->>'reviewId')::uuid, (p->>'pass')::smallint,
      (p->>'replayTaskId')::uuid, 'open', (p->>'amountNano')::bigint);
  UPDATE reviews SET replay_reserved_nano = replay_reserved_nano + (p->>'amountNano')::bigint WHERE id = (p->>'reviewId')::uuid;
  RETURN jsonb_build_object('kind', 'opened', 'replayTaskId', p->'replayTaskId', 'decisionId', p->'decisionId', 'state', 'open');
END $$;
--> statement-breakpoint
-- Closes a replay with what it says of the model: {replayTaskId, outcome, score?, why?, latencyMs?}. Its cost is what its calls cost.
-- Returns true when this call closed it.
CREATE FUNCTION close_replay(p jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
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
      latency_ms = (p->>'latencyMs')::integer, done_at = clock_timestamp()
    WHERE replay_task_id = open_row.replay_task_id;
  UPDATE reviews SET replay_reserved_nano = replay_reserved_nano - open_row.reserved_nano, replay_spent_nano = replay_spent_nano + cost
    WHERE id = open_row.review_id;
  RETURN true;
END $$;
--> statement-breakpoint
-- Begins the rollout of an approved proposal, at weight 0: {id, proposalId, salt, actor}. Returns {kind: started | exists | busy |
-- refused, rolloutId, why?}: a class with a rollout under way gets no second one.
CREATE FUNCTION start_rollout(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  subject proposals;
  known uuid;
  busy record;
BEGIN
  SELECT * INTO STRICT subject FROM proposals WHERE id = (p->>'proposalId')::uuid FOR UPDATE;
  SELECT id INTO known FROM rollouts WHERE proposal_id = subject.id;
  IF FOUND THEN
    RETURN jsonb_build_object('kind', 'exists', 'rolloutId', known);
  END IF;
  IF subject.state <> 'APPROVED' OR NOT is_approved(subject.id, subject.evidence_sha256) THEN
    RETURN jsonb_build_object('kind', 'refused', 'why', 'the proposal is ' || subject.state || ' and has no valid approval');
  END IF;
  IF NOT base_holds(subject.base_version, subject.classes) THEN
    RETURN jsonb_build_object('kind', 'refused', 'why', 'the policy was changed since the proposal was made');
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('signalbox rollouts'));
  SELECT c.task_class, c.rollout_id INTO busy FROM rollout_classes c WHERE c.task_class = ANY (subject.classes) LIMIT 1;
  IF FOUND THEN
    RETURN jsonb_build_object('kind', 'busy', 'rolloutId', busy.rollout_id, 'why', 'class ' || busy.task_class || ' has a rollout under way');
  END IF;
  INSERT INTO rollouts (id, proposal_id, review_id, name, classes, state, move_key, salt, change, plan, evidence_sha256, base_version)
    VALUES ((p->>'id')::uuid, subject.id, subject.review_id, subject.name, subject.classes, 'APPROVED', 'approved', p->>'salt', subject.change,
      subject.rollout_plan, subject.evidence_sha256, subject.base_version);
  INSERT INTO rollout_classes (task_class, rollout_id) SELECT unnest(subject.classes), (p->>'id')::uuid;
  PERFORM append_audit(p->>'actor', 'rollout.APPROVED', p->>'id', jsonb_build_object('proposal', subject.id, 'evidence', subject.evidence_sha256));
  RETURN jsonb_build_object('kind', 'started', 'rolloutId', p->>'id');
END $$;
--> statement-breakpoint
-- Moves a rollout: {id, to, key, fromKey?, actor, reason?, pauseReason?, resumeTo?, step?, weight?, control?, leaseMs?, monitors?,
-- watch?, cooldownMs?, details?}. With `fromKey` only if that was the last move: who looked before somebody else moved it does not
-- undo what he did. Outside of the weighted states the weight is 0, whatever is asked for. Returns {kind: moved | already | refused,
-- state}.
CREATE FUNCTION move_rollout(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  old rollouts;
  is_weighted boolean := p->>'to' IN ('CANARY', 'PAUSED', 'HOLD', 'SOAKING');
BEGIN
  SELECT * INTO STRICT old FROM rollouts WHERE id = (p->>'id')::uuid FOR UPDATE;
  IF old.state = p->>'to' AND old.move_key = p->>'key' THEN
    RETURN jsonb_build_object('kind', 'already', 'state', old.state);
  END IF;
  IF p->>'to' = 'PROMOTED' OR NOT rollout_may_move(old.state, p->>'to') OR old.move_key <> coalesce(p->>'fromKey', old.move_key) THEN
    RETURN jsonb_build_object('kind', 'refused', 'state', old.state);
  END IF;
  UPDATE rollouts SET state = p->>'to', move_key = p->>'key', reason = coalesce(p->>'reason', ''), moved_at = clock_timestamp(),
      pause_reason = CASE WHEN p->>'to' = 'PAUSED' THEN p->>'pauseReason' END, resume_to = p->>'resumeTo',
      step_at = CASE WHEN p ? 'step' OR p->>'to' = 'SOAKING' AND old.state = 'CANARY' THEN clock_timestamp() ELSE step_at END,
      step = coalesce((p->>'step')::smallint, step),
      weight = CASE WHEN is_weighted THEN coalesce((p->>'weight')::double precision, weight) ELSE 0 END,
      control = CASE WHEN is_weighted THEN coalesce((p->>'control')::double precision, control) ELSE 0 END,
      lease_until = CASE WHEN is_weighted
        THEN clock_timestamp() + coalesce((p->>'leaseMs')::double precision, (plan->'canary'->>'leaseMs')::double precision) * interval '1 millisecond' END,
      monitors = coalesce(p->'monitors', monitors), watch = coalesce(p->'watch', watch), failed_looks = 0,
      cooldown_until = CASE WHEN p ? 'cooldownMs' THEN clock_timestamp() + (p->>'cooldownMs')::double precision * interval '1 millisecond' ELSE cooldown_until END
    WHERE id = old.id;
  IF p->>'to' IN ('WATCHED', 'ROLLED_BACK', 'ABORTED', 'IDLE') THEN
    DELETE FROM rollout_classes WHERE rollout_id = old.id;
  END IF;
  PERFORM append_audit(p->>'actor', 'rollout.' || (p->>'to'), old.id::text,
    jsonb_strip_nulls(jsonb_build_object('from', old.state, 'key', p->>'key', 'step', p->'step', 'weight', p->'weight', 'reason', p->>'reason',
      'pauseReason', p->>'pauseReason', 'evidence', old.evidence_sha256)) || coalesce(p->'details', '{}'));
  RETURN jsonb_build_object('kind', 'moved', 'state', p->>'to');
END $$;
--> statement-breakpoint
-- Renews the lease of a weighted rollout and stores what its monitors saw: {id, leaseMs?, monitors?, failedLooks}. Returns {kind:
-- renewed, state} or {kind: void, state, why}: a rollout whose approval or base is gone is not renewed.
CREATE FUNCTION renew_rollout(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  old rollouts;
BEGIN
  SELECT * INTO STRICT old FROM rollouts WHERE id = (p->>'id')::uuid FOR UPDATE;
  IF old.weight = 0 THEN
    RETURN jsonb_build_object('kind', 'renewed', 'state', old.state);
  END IF;
  IF NOT holds_approval(old) THEN
    RETURN jsonb_build_object('kind', 'void', 'state', old.state, 'why', 'its approval no longer counts');
  END IF;
  IF NOT base_holds(old.base_version, old.classes) THEN
    RETURN jsonb_build_object('kind', 'void', 'state', old.state, 'why', 'the policy under it was changed');
  END IF;
  UPDATE rollouts SET monitors = coalesce(p->'monitors', monitors), failed_looks = (p->>'failedLooks')::smallint,
      lease_until = clock_timestamp() + coalesce((p->>'leaseMs')::double precision, (plan->'canary'->>'leaseMs')::double precision) * interval '1 millisecond'
    WHERE id = old.id;
  RETURN jsonb_build_object('kind', 'renewed', 'state', old.state);
END $$;
--> statement-breakpoint
-- Puts a version of the policy in force in the name of a rollout: {id, key, actor, expectedVersion, body, sha256, changes, isRollback,
-- reason}. Promotes a soaking rollout, or takes a promoted one back. Returns {kind: applied | already | conflict | refused, version?, why?}.
CREATE FUNCTION apply_rollout(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  old rollouts;
  active record;
  made record;
  is_rollback boolean := (p->>'isRollback')::boolean;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('signalbox rules'));
  SELECT * INTO STRICT old FROM rollouts WHERE id = (p->>'id')::uuid FOR UPDATE;
  SELECT version INTO made FROM policy_versions WHERE rollout_id = old.id AND reason = CASE WHEN is_rollback THEN 'rollback' ELSE 'promotion' END;
  IF FOUND THEN
    RETURN jsonb_build_object('kind', 'already', 'version', made.version);
  END IF;
  IF is_rollback AND old.state <> 'ROLLING_BACK' OR NOT is_rollback AND old.state <> 'SOAKING' THEN
    RETURN jsonb_build_object('kind', 'refused', 'why', 'the rollout is ' || old.state);
  END IF;
  IF NOT is_rollback AND NOT holds_approval(old) THEN
    RETURN jsonb_build_object('kind', 'refused', 'why', 'it has no valid approval of its evidence');
  END IF;
  IF NOT is_rollback AND NOT base_holds(old.base_version, old.classes) THEN
    RETURN jsonb_build_object('kind', 'refused', 'why', 'the policy under it was changed');
  END IF;
  SELECT version INTO STRICT active FROM policy_versions WHERE policy_versions.active;
  IF active.version <> (p->>'expectedVersion')::integer THEN
    RETURN jsonb_build_object('kind', 'conflict', 'version', active.version);
  END IF;
  UPDATE policy_versions SET active = false, superseded_at = now() WHERE policy_versions.active;
  INSERT INTO policy_versions (version, base_version, body, sha256, active, applied_by, reason, rollout_id)
    VALUES ((SELECT max(version) + 1 FROM policy_versions), active.version, p->'body', p->>'sha256', true, p->>'actor',
      CASE WHEN is_rollback THEN 'rollback' ELSE 'promotion' END, old.id)
    RETURNING version, body_sha256(body) AS body_sha256 INTO made;
  PERFORM append_audit(p->>'actor', 'policy.applied', made.version::text, jsonb_build_object('base', active.version, 'sha256', p->>'sha256',
    'bodySha256', made.body_sha256, 'changes', p->'changes', 'rollout', old.id, 'evidence', old.evidence_sha256));
  IF NOT is_rollback THEN
    UPDATE rollouts SET state = 'PROMOTED', move_key = p->>'key', reason = coalesce(p->>'reason', ''), moved_at = clock_timestamp(), weight = 0, control = 0,
        lease_until = NULL, resume_to = NULL, promoted_version = made.version WHERE id = old.id;
    PERFORM append_audit(p->>'actor', 'rollout.PROMOTED', old.id::text, jsonb_build_object('from', old.state, 'key', p->>'key', 'version', made.version));
  END IF;
  RETURN jsonb_build_object('kind', 'applied', 'version', made.version);
END $$;
--> statement-breakpoint
-- A person's way back: puts the rules of an earlier version in force as a new one, and ends every rollout, in one transaction:
-- {version?, actor, reason}. Without a version, the one before the active; where that is itself a rollback, the one before what it
-- restored, so that asking twice goes back twice and not there and back. Returns {version, restored, ended}; null: no such version.
CREATE FUNCTION rollback_policy(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  active policy_versions;
  target policy_versions;
  made record;
  ended uuid[];
  one uuid;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('signalbox rules'));
  SELECT * INTO STRICT active FROM policy_versions WHERE policy_versions.active;
  SELECT * INTO target FROM policy_versions WHERE version = coalesce((p->>'version')::integer, CASE active.reason
    WHEN 'rollback' THEN (SELECT v.base_version FROM policy_versions v WHERE v.sha256 = active.sha256 ORDER BY v.version LIMIT 1)
    ELSE active.base_version END);
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  SELECT coalesce(array_agg(id), '{}') INTO ended FROM rollouts WHERE state IN ('APPROVED', 'CANARY', 'PAUSED', 'HOLD', 'SOAKING', 'PROMOTED', 'WATCHED', 'ROLLING_BACK');
  FOREACH one IN ARRAY ended LOOP
    PERFORM move_rollout(jsonb_build_object('id', one, 'to', 'ABORTED', 'key', 'rollback-' || active.version, 'actor', p->>'actor',
      'reason', 'The policy was rolled back to version ' || target.version || '.'));
  END LOOP;
  UPDATE policy_versions SET active = false, superseded_at = now() WHERE policy_versions.active;
  INSERT INTO policy_versions (version, base_version, body, sha256, active, applied_by, reason)
    VALUES ((SELECT max(version) + 1 FROM policy_versions), active.version, target.body, target.sha256, true, p->>'actor', 'rollback')
    RETURNING version, body_sha256(body) AS body_sha256 INTO made;
  PERFORM append_audit(p->>'actor', 'policy.applied', made.version::text, jsonb_build_object('base', active.version, 'sha256', target.sha256,
    'bodySha256', made.body_sha256, 'restores', target.version, 'reason', p->>'reason'));
  RETURN jsonb_build_object('version', made.version, 'restored', target.version, 'ended', to_jsonb(ended));
END $$;
--> statement-breakpoint
-- Accepts tonight's run of a golden set: {rolloutId, scope, tasks: [{taskId, goldenTaskId}]}, all of it or nothing, once in a night.
-- The class is the original's, however its rules would count it today. Returns how many tasks were accepted; 0 when tonight has its
-- run, or the change is not watched any more.
CREATE FUNCTION run_golden_set(p jsonb) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  tonight date;
  accepted integer;
BEGIN
  PERFORM 1 FROM rollouts WHERE id = (p->>'rolloutId')::uuid AND state = 'WATCHED' FOR NO KEY UPDATE;
  tonight := (clock_timestamp() AT TIME ZONE 'UTC')::date; -- after the lock: of two looks, the second may have waited past midnight
  IF NOT FOUND OR EXISTS (SELECT FROM golden_runs WHERE rollout_id = (p->>'rolloutId')::uuid AND night = tonight) THEN
    RETURN 0;
  END IF;
  INSERT INTO idempotency_keys (owner, key, task_id, body_sha256)
    SELECT 'signalbox-replay', s->>'goldenTaskId', (s->>'goldenTaskId')::uuid, encode(sha256(convert_to(s->>'taskId', 'UTF8')), 'hex')
      FROM jsonb_array_elements(p->'tasks') AS s;
  INSERT INTO tasks (id, owner, external_id, facts, privacy_tier, residency, priority, dry_run, purpose, replay_of)
    SELECT (s->>'goldenTaskId')::uuid, 'signalbox-replay', t.external_id,
        t.facts || jsonb_build_object('taskClass', t.task_class, 'scope', p->'scope'), t.privacy_tier, t.residency, 0, false, 'golden', t.id
      FROM jsonb_array_elements(p->'tasks') AS s JOIN tasks t ON t.id = (s->>'taskId')::uuid;
  INSERT INTO golden_runs (rollout_id, night, task_id, golden_task_id)
    SELECT (p->>'rolloutId')::uuid, tonight, (s->>'taskId')::uuid, (s->>'goldenTaskId')::uuid FROM jsonb_array_elements(p->'tasks') AS s;
  GET DIAGNOSTICS accepted = ROW_COUNT;
  RETURN accepted;
END $$;
--> statement-breakpoint
-- How models do at work: replays are drawn to be hard, and are no part of it.
CREATE OR REPLACE VIEW v_model_summary AS
  SELECT a.model, count(*) AS calls, count(*) FILTER (WHERE a.state = 'answered') AS answered,
    count(*) FILTER (WHERE a.state = 'failed') AS failed, count(*) FILTER (WHERE a.state = 'in_doubt') AS in_doubt,
    sum(a.cost_nano)::bigint AS cost_nano, percentile_cont(0.5) WITHIN GROUP (ORDER BY a.latency_ms) AS latency_p50_ms,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY a.latency_ms) AS latency_p95_ms, p.ewma, coalesce(p.ratings, 0) AS ratings
  FROM attempts a JOIN tasks t ON t.id = a.task_id LEFT JOIN model_performance p ON p.model = a.model AND p.grain = 'all'
  WHERE a.state <> 'running' AND t.purpose = 'work' GROUP BY a.model, p.ewma, p.ratings;
CREATE OR REPLACE VIEW v_fallback_rates AS
  SELECT date_trunc('day', d.decided_at, 'UTC') AS day, d.task_class, count(*) AS tasks,
    count(*) FILTER (WHERE EXISTS (SELECT 1 FROM fallback_events f WHERE f.task_id = d.task_id)) AS fell_back
  FROM routing_decisions d JOIN tasks t ON t.id = d.task_id WHERE d.kind = 'routed' AND t.purpose = 'work' GROUP BY 1, 2;
--> statement-breakpoint
-- What analyses and proposes reads everything, and writes nothing but its own records. Its proposals move by `move_proposal`, which
-- gives no verdict; weights, policy, budgets, catalogue and approvals are out of its reach.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'signalbox_review') THEN
    CREATE ROLE signalbox_review NOLOGIN;
  END IF;
  IF NOT pg_has_role(current_user, 'signalbox_review', 'SET') THEN
    EXECUTE format('GRANT signalbox_review TO %I', current_user);
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL; -- another database of this server was first
  WHEN insufficient_privilege THEN RAISE EXCEPTION 'the role signalbox_review is missing' USING ERRCODE = 'SB005';
END $$;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO signalbox_review;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO signalbox_review;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO signalbox_review;
GRANT INSERT ON reviews, replay_samples TO signalbox_review;
GRANT UPDATE (phase, analysis, findings, report, reported_at, expires_at, ended_at, end_kind, end_reason) ON reviews TO signalbox_review;
