-- State changes of the ledger, each one statement for the caller: one round trip, row locks held only while the server
-- works, all or nothing. Every function may be called twice: the second call finds what the first one did.
-- Arguments and results are JSON objects; db/queries holds the typed callers.

-- Last line of defence behind the filter that runs before every call: no attempt can be opened without a decision of its
-- task, or on a model that is not approved for the task's privacy tier and residency, whatever the program believes.
CREATE FUNCTION refuse_inadmissible_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  t record;
  m record;
BEGIN
  SELECT tasks.privacy_tier, tasks.residency, d.kind AS decision INTO STRICT t
    FROM tasks LEFT JOIN routing_decisions d ON d.task_id = tasks.id AND d.id = NEW.decision_id WHERE tasks.id = NEW.task_id;
  IF t.decision IS DISTINCT FROM 'routed' THEN
    RAISE EXCEPTION 'task % has no decision % to call a model', NEW.task_id, NEW.decision_id USING ERRCODE = 'SB003';
  END IF;
  SELECT privacy_tiers, regions, status INTO m FROM catalogue_models
    WHERE catalogue_version = NEW.catalogue_version AND model = NEW.model;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'model % is not in catalogue version %', NEW.model, NEW.catalogue_version USING ERRCODE = 'SB001';
  END IF;
  IF NOT t.privacy_tier = ANY (m.privacy_tiers) THEN
    RAISE EXCEPTION 'model % is not approved for privacy tier %', NEW.model, t.privacy_tier USING ERRCODE = 'SB001';
  END IF;
  IF t.residency IS NOT NULL AND NOT t.residency = ANY (m.regions) THEN
    RAISE EXCEPTION 'model % is not approved for residency %', NEW.model, t.residency USING ERRCODE = 'SB001';
  END IF;
  IF m.status = 'retired' THEN
    RAISE EXCEPTION 'model % is retired', NEW.model USING ERRCODE = 'SB001';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER attempts_admissible BEFORE INSERT OR UPDATE OF model, catalogue_version, decision_id ON attempts FOR EACH ROW EXECUTE FUNCTION refuse_inadmissible_attempt();
--> statement-breakpoint
CREATE FUNCTION keep_privacy_tier() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  tiers constant text[] := ARRAY['public', 'internal', 'confidential', 'restricted'];
BEGIN
  IF array_position(tiers, NEW.privacy_tier) < array_position(tiers, OLD.privacy_tier) THEN
    RAISE EXCEPTION 'the privacy tier of a task is only ever raised' USING ERRCODE = 'SB001';
  END IF;
  IF OLD.residency IS NOT NULL AND NEW.residency IS DISTINCT FROM OLD.residency THEN
    RAISE EXCEPTION 'the residency of a task is never changed' USING ERRCODE = 'SB001';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER tasks_privacy BEFORE UPDATE OF privacy_tier, residency ON tasks FOR EACH ROW EXECUTE FUNCTION keep_privacy_tier();
--> statement-breakpoint
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'SB002';
END $$;
--> statement-breakpoint
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE FUNCTION audit_hash(previous bytea, seq bigint, at timestamptz, actor text, action text, subject text, details jsonb)
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT sha256(previous || convert_to(jsonb_build_array(seq, extract(epoch FROM at), actor, action, subject, details)::text, 'UTF8'))
$$;
--> statement-breakpoint
-- Hash of a version's body as it is stored, written to the audit log when it is applied: changing the row later shows.
CREATE FUNCTION body_sha256(body jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT encode(sha256(convert_to(body::text, 'UTF8')), 'hex')
$$;
--> statement-breakpoint
CREATE FUNCTION append_audit(actor text, action text, subject text, details jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  head audit_head;
  instant timestamptz := clock_timestamp();
  next_hash bytea;
BEGIN
  SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
  next_hash := audit_hash(head.hash, head.seq + 1, instant, actor, action, subject, details);
  INSERT INTO audit_log VALUES (head.seq + 1, instant, actor, action, subject, details, head.hash, next_hash);
  UPDATE audit_head SET seq = head.seq + 1, hash = next_hash;
  RETURN head.seq + 1;
END $$;
--> statement-breakpoint
-- Accepts a task: {id, owner, idempotencyKey?, bodySha256, externalId?, facts, privacyTier, residency?, priority, dryRun,
-- prompt, grader?, promptBytes, promptSha256}, where prompt is a string of JSON, so that the order of its keys is kept.
-- Returns {kind: accepted | existing | conflict, taskId}.
CREATE FUNCTION accept_task(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  known record;
BEGIN
  INSERT INTO idempotency_keys (owner, key, task_id, body_sha256)
    VALUES (p->>'owner', coalesce(p->>'idempotencyKey', p->>'id'), (p->>'id')::uuid, p->>'bodySha256')
    ON CONFLICT (owner, key) DO NOTHING;
  IF NOT FOUND THEN
    SELECT task_id, body_sha256 INTO STRICT known FROM idempotency_keys
      WHERE owner = p->>'owner' AND key = coalesce(p->>'idempotencyKey', p->>'id');
    RETURN jsonb_build_object('taskId', known.task_id,
      'kind', CASE WHEN known.body_sha256 = p->>'bodySha256' THEN 'existing' ELSE 'conflict' END);
  END IF;
  INSERT INTO tasks (id, owner, external_id, facts, privacy_tier, residency, priority, dry_run)
    VALUES ((p->>'id')::uuid, p->>'owner', p->>'externalId', p->'facts', p->>'privacyTier', p->>'residency',
      (p->>'priority')::smallint, (p->>'dryRun')::boolean);
  INSERT INTO task_payloads (task_id, prompt, grader, prompt_bytes, prompt_sha256)
    VALUES ((p->>'id')::uuid, (p->>'prompt')::json, p->'grader', (p->>'promptBytes')::integer, p->>'promptSha256');
  RETURN jsonb_build_object('taskId', p->>'id', 'kind', 'accepted');
END $$;
--> statement-breakpoint
-- Rows of budget_tracking for the periods that an instant falls in, of every budget that applies to a scope, made when
-- missing. The period is the budget's own, in its own time zone, by this server's clock.
CREATE FUNCTION current_balances(scope jsonb, instant timestamptz DEFAULT now()) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  found_ids bigint[];
  applying integer;
BEGIN
  SELECT count(*), array_agg(t.id) FILTER (WHERE t.id IS NOT NULL) INTO applying, found_ids
    FROM budgets b LEFT JOIN budget_tracking t
      ON t.budget_id = b.id AND t.period_start = date_trunc(nullif(b.period, 'request'), instant, b.time_zone)
    WHERE b.period <> 'request' AND (b.scope_kind = 'global' OR b.scope_id = scope ->> b.scope_kind);
  IF applying = coalesce(array_length(found_ids, 1), 0) THEN
    RETURN coalesce(found_ids, ARRAY[]::bigint[]);
  END IF;
  INSERT INTO budget_tracking (budget_id, period_start, period_end)
    SELECT b.id, date_trunc(b.period, instant, b.time_zone),
        (date_trunc(b.period, instant AT TIME ZONE b.time_zone) + ('1 ' || b.period)::interval) AT TIME ZONE b.time_zone
      FROM budgets b
      WHERE b.period <> 'request' AND (b.scope_kind = 'global' OR b.scope_id = scope ->> b.scope_kind)
      ORDER BY b.id
    ON CONFLICT (budget_id, period_start) DO NOTHING;
  SELECT array_agg(t.id) INTO found_ids
    FROM budgets b JOIN budget_tracking t
      ON t.budget_id = b.id AND t.period_start = date_trunc(nullif(b.period, 'request'), instant, b.time_zone)
    WHERE b.period <> 'request' AND (b.scope_kind = 'global' OR b.scope_id = scope ->> b.scope_kind);
  RETURN found_ids;
END $$;
--> statement-breakpoint
CREATE FUNCTION budget_json(budget text) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', id, 'scopeKind', scope_kind, 'scopeId', scope_id, 'period', period, 'limitNanoUsd', limit_nano,
    'hard', hard, 'timeZone', time_zone, 'warnAt', warn_at) FROM budgets WHERE id = budget
$$;
--> statement-breakpoint
-- Reserves an amount in every balance, or in none: {ok: true} or the first budget without room.
-- Balances are locked in the order of their ids, so that two reservations never wait for each other.
CREATE FUNCTION reserve_in_balances(ids bigint[], scope jsonb, amount bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  short record;
BEGIN
  SELECT b.* INTO short FROM budgets b
    WHERE b.period = 'request' AND b.hard AND (b.scope_kind = 'global' OR b.scope_id = scope ->> b.scope_kind) AND b.limit_nano < amount
    ORDER BY b.limit_nano LIMIT 1;
  IF FOUND THEN
    RETURN jsonb_build_object('ok', false, 'limit', budget_json(short.id), 'leftNano', short.limit_nano, 'mayFree', false);
  END IF;
  IF array_length(ids, 1) IS NULL THEN
    RETURN '{"ok": true}';
  END IF;
  PERFORM 1 FROM budget_tracking WHERE id = ANY (ids) ORDER BY id FOR UPDATE;
  SELECT b.id, b.limit_nano, t.spent_nano, t.reserved_nano, t.period_end INTO short
    FROM budget_tracking t JOIN budgets b ON b.id = t.budget_id
    WHERE t.id = ANY (ids) AND b.hard AND t.spent_nano + t.reserved_nano + amount > b.limit_nano
    ORDER BY (t.spent_nano + amount > b.limit_nano) DESC, b.limit_nano - t.spent_nano - t.reserved_nano LIMIT 1;
  IF FOUND THEN
    RETURN jsonb_build_object('ok', false, 'limit', budget_json(short.id), 'leftNano', greatest(short.limit_nano - short.spent_nano - short.reserved_nano, 0),
      'mayFree', short.spent_nano + amount <= short.limit_nano,
      'renewsAtMs', (extract(epoch FROM short.period_end) * 1000)::bigint);
  END IF;
  UPDATE budget_tracking t
    SET reserved_nano = t.reserved_nano + amount, allowed_nano = CASE WHEN b.hard AND t.allowed_nano IS NOT NULL THEN greatest(t.allowed_nano, b.limit_nano) END
    FROM budgets b WHERE b.id = t.budget_id AND t.id = ANY (ids);
  RETURN '{"ok": true}';
END $$;
--> statement-breakpoint
CREATE FUNCTION attempt_json(a attempts) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', a.id, 'number', a.number, 'model', a.model, 'state', a.state, 'worker', a.worker,
    'failure', CASE WHEN a.failure_class IS NULL THEN NULL ELSE jsonb_strip_nulls(jsonb_build_object('class', a.failure_class,
      'message', a.failure_message, 'status', a.http_status, 'retryAfterMs', a.retry_after_ms)) END,
    'costNano', a.cost_nano, 'costBasis', a.cost_basis)
$$;
--> statement-breakpoint
-- Opens an attempt before its call: {taskId, decisionId, number, attemptId, model, provider, catalogueVersion, amountNano,
-- worker, holdMs, scope}. Returns {kind: opened | exists | ended | budget, …}. Nothing may be called unless it says opened.
CREATE FUNCTION open_attempt(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  existing attempts;
  task_ended timestamptz;
  balance_ids bigint[];
  room jsonb;
  before record;
BEGIN
  -- The task row is the lock that orders everything that happens to one task.
  SELECT ended_at INTO STRICT task_ended FROM tasks WHERE id = (p->>'taskId')::uuid FOR NO KEY UPDATE;
  SELECT * INTO existing FROM attempts
    WHERE task_id = (p->>'taskId')::uuid AND decision_id = (p->>'decisionId')::uuid AND number = (p->>'number')::smallint;
  IF FOUND THEN
    RETURN jsonb_build_object('kind', 'exists', 'attempt', attempt_json(existing));
  END IF;
  IF task_ended IS NOT NULL THEN
    RETURN '{"kind": "ended"}';
  END IF;
  balance_ids := current_balances(p->'scope');
  room := reserve_in_balances(balance_ids, p->'scope', (p->>'amountNano')::bigint);
  IF NOT (room->>'ok')::boolean THEN
    RETURN room || '{"kind": "budget"}';
  END IF;
  SELECT model, failure_class INTO before FROM attempts
    WHERE task_id = (p->>'taskId')::uuid AND decision_id = (p->>'decisionId')::uuid AND number < (p->>'number')::smallint
    ORDER BY number DESC LIMIT 1;
  IF FOUND AND before.model <> p->>'model' THEN
    INSERT INTO fallback_events (task_id, from_model, to_model, failure_class)
      VALUES ((p->>'taskId')::uuid, before.model, p->>'model', before.failure_class);
  END IF;
  INSERT INTO attempts (task_id, decision_id, number, id, model, catalogue_version, state, worker)
    VALUES ((p->>'taskId')::uuid, (p->>'decisionId')::uuid, (p->>'number')::smallint, (p->>'attemptId')::uuid, p->>'model',
      p->>'catalogueVersion', 'running', p->>'worker');
  INSERT INTO reservations (attempt_id, task_id, amount_nano, balance_ids, state, expires_at)
    VALUES ((p->>'attemptId')::uuid, (p->>'taskId')::uuid, (p->>'amountNano')::bigint, balance_ids, 'held',
      clock_timestamp() + make_interval(secs => (p->>'holdMs')::double precision / 1000));
  RETURN jsonb_build_object('kind', 'opened');
END $$;
--> statement-breakpoint
-- Adds a rating and moves the averages it feeds: {id, taskId?, provider, model, score, tier, taskClass?, taskHash?, source,
-- ratedBy, alpha, seed}. EWMA as in routing/learning/ewma.ts; a test holds the two together. Ratings of one model wait for
-- each other, so that they count in the order of `rated_at` and the averages can be computed again from the table.
CREATE FUNCTION add_rating(p jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  alpha double precision := (p->>'alpha')::double precision;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('signalbox ratings'), hashtext(p->>'model'));
  INSERT INTO ratings (id, task_id, provider, model, score, tier, task_class, task_hash, source, rated_by, rated_at)
    VALUES ((p->>'id')::uuid, (p->>'taskId')::uuid, p->>'provider', p->>'model', (p->>'score')::double precision, p->>'tier',
      p->>'taskClass', p->>'taskHash', p->>'source', p->>'ratedBy', clock_timestamp())
    ON CONFLICT (id) DO NOTHING;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO model_performance AS m (model, grain, cell, ratings, ewma)
    SELECT p->>'model', cell.grain, cell.name, 1, alpha * (p->>'score')::double precision + (1 - alpha) * (p->>'seed')::double precision
      FROM (VALUES ('all', ''), ('tier', p->>'tier')) AS cell (grain, name)
    ON CONFLICT (model, grain, cell) DO UPDATE
      SET ratings = m.ratings + 1,
          ewma = alpha * (p->>'score')::double precision + (1 - alpha) * coalesce(m.ewma, (p->>'seed')::double precision);
  RETURN true;
END $$;
--> statement-breakpoint
-- Ends an attempt, whatever its end: {taskId, decisionId, number, state, failure?, usage?, costNano?, costBasis, latencyMs?,
-- firstTokenMs?, providerRequestId?, servedModel?, answer?, provider, taskClass, scope, estimatedOutputTokens?}, where answer is a
-- string of JSON. A cost basis of `reserved` charges the reservation in full. Returns {kind: settled | already, attempt, health}: only the first settlement
-- counts; health is the model's, as it is at that moment.
CREATE FUNCTION settle_attempt(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  a attempts;
  r reservations;
  cost bigint;
  used jsonb := p->'usage';
  is_sized boolean := p->>'state' = 'answered' AND p ? 'usage' AND p ? 'estimatedOutputTokens';
BEGIN
  PERFORM 1 FROM tasks WHERE id = (p->>'taskId')::uuid FOR NO KEY UPDATE;
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
  RETURN jsonb_build_object('kind', 'settled', 'attempt', attempt_json(a),
    'health', (SELECT health FROM model_health WHERE model = a.model));
END $$;
--> statement-breakpoint
-- Marks the live attempt of a task in doubt, or only the one named, and charges its reservation in full: nobody is left who
-- could say more.
CREATE FUNCTION close_live_attempt(task uuid, why jsonb, attempt_number smallint DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  live record;
BEGIN
  SELECT a.decision_id, a.number, d.task_class, m.provider, t.facts->'scope' AS scope INTO live
    FROM attempts a JOIN routing_decisions d ON d.task_id = a.task_id JOIN tasks t ON t.id = a.task_id
      JOIN catalogue_models m ON m.catalogue_version = a.catalogue_version AND m.model = a.model
    WHERE a.task_id = task AND a.state = 'running' AND a.number = coalesce(attempt_number, a.number);
  IF FOUND THEN
    PERFORM settle_attempt(jsonb_build_object('taskId', task, 'decisionId', live.decision_id, 'number', live.number, 'state', 'in_doubt',
      'failure', why, 'costBasis', 'reserved', 'provider', live.provider, 'taskClass', live.task_class, 'scope', live.scope));
  END IF;
END $$;
--> statement-breakpoint
-- The end of an attempt that no worker will report on: its stored one, or in doubt. NULL: it was never opened. Another
-- attempt of the task, which may be live by now, is left alone.
CREATE FUNCTION abandon_attempt(task uuid, decision uuid, attempt_number smallint, why jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  a attempts;
BEGIN
  PERFORM close_live_attempt(task, why, attempt_number);
  SELECT * INTO a FROM attempts WHERE task_id = task AND decision_id = decision AND number = attempt_number;
  RETURN CASE WHEN FOUND THEN attempt_json(a) END;
END $$;
--> statement-breakpoint
-- Gives a task its one outcome: {taskId, kind, reason, code, model?, attemptId?, score?, scoreDetail?, taskClass?, rating?}.
-- Returns {kind: ended | already, outcome}; a task that has one keeps it. A live attempt is closed in doubt first.
CREATE FUNCTION end_task(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  done routing_outcomes;
  how text := 'already';
  instant timestamptz;
BEGIN
  PERFORM 1 FROM tasks WHERE id = (p->>'taskId')::uuid AND ended_at IS NULL FOR NO KEY UPDATE;
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
    IF p->>'score' IS NOT NULL AND p->>'model' IS NOT NULL THEN
      INSERT INTO model_performance AS m (model, grain, cell, graded, score_sum)
        VALUES (p->>'model', 'class', p->>'taskClass', 1, (p->>'score')::double precision)
        ON CONFLICT (model, grain, cell) DO UPDATE SET graded = m.graded + 1, score_sum = m.score_sum + excluded.score_sum;
    END IF;
    IF p ? 'rating' THEN
      PERFORM add_rating(p->'rating');
    END IF;
  END IF;
  SELECT * INTO STRICT done FROM routing_outcomes WHERE task_id = (p->>'taskId')::uuid;
  RETURN jsonb_build_object('kind', how, 'outcome', jsonb_build_object('kind', done.kind, 'reason', done.reason, 'code', done.code,
    'model', done.model, 'attempts', done.attempts, 'costNano', done.cost_nano, 'score', done.score));
END $$;
--> statement-breakpoint
-- Settles an answered attempt and, when `outcome` is given, ends its task in the same transaction.
CREATE FUNCTION settle_and_end(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  settled jsonb := settle_attempt(p->'attempt');
BEGIN
  IF settled->>'kind' = 'settled' AND p ? 'outcome' THEN
    RETURN settled || jsonb_build_object('outcome', end_task(p->'outcome')->'outcome');
  END IF;
  RETURN settled;
END $$;
--> statement-breakpoint
-- Records the decision of a task: {taskId, id, kind, taskClass, tier, model?, chosenBy?, confidence?, estimatedCostNano?,
-- estimatedLatencyMs?, propensity?, policyVersion, catalogueVersion, record, inputs, outcome?}. Returns {isNew, record, id}: a task that has
-- a decision keeps it. `outcome` ends the task in the same transaction (refused, dry run).
CREATE FUNCTION record_decision(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  kept routing_decisions;
BEGIN
  INSERT INTO routing_decisions (task_id, id, kind, task_class, tier, model, chosen_by, confidence, estimated_cost_nano, estimated_latency_ms,
      propensity, policy_version, catalogue_version, record, inputs)
    VALUES ((p->>'taskId')::uuid, (p->>'id')::uuid, p->>'kind', p->>'taskClass', p->>'tier', p->>'model', p->>'chosenBy',
      (p->>'confidence')::smallint, (p->>'estimatedCostNano')::bigint, (p->>'estimatedLatencyMs')::integer, (p->>'propensity')::double precision,
      (p->>'policyVersion')::integer, p->>'catalogueVersion', p->'record', p->'inputs')
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
