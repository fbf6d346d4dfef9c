-- Slots across accounts: who may use what at a time, who waits for it and in which order, who has it until when, and what is used up.

ALTER TABLE tasks DROP CONSTRAINT tasks_status_check;
ALTER TABLE tasks ADD CONSTRAINT tasks_status_check
  CHECK (status IN ('accepted', 'running', 'await_slot', 'completed', 'failed', 'refused', 'cancelled'));
ALTER TABLE attempts ADD COLUMN slot text;
COMMENT ON COLUMN attempts.slot IS 'The account in whose slot the call was made. Absent: its model needs none.';
--> statement-breakpoint
CREATE TABLE slots (
  account     text PRIMARY KEY,
  position    integer NOT NULL,
  models      text[] NOT NULL,
  concurrency integer NOT NULL CHECK (concurrency > 0),
  time_zone   text NOT NULL
);
COMMENT ON TABLE slots IS 'Accounts as applied: each has as many slots as its concurrency says, for any of its models.';
--> statement-breakpoint
CREATE TABLE slot_windows (
  account       text NOT NULL REFERENCES slots (account) ON DELETE CASCADE,
  per           text NOT NULL CHECK (per IN ('minute', 'five_hours', 'day', 'week')),
  request_limit bigint CHECK (request_limit > 0),
  token_limit   bigint CHECK (token_limit > 0),
  spend_limit_nano bigint CHECK (spend_limit_nano > 0),
  safety_rate   double precision NOT NULL CHECK (safety_rate > 0 AND safety_rate <= 1),
  ends_at       timestamptz NOT NULL DEFAULT '-infinity',
  requests      bigint NOT NULL DEFAULT 0,
  tokens        bigint NOT NULL DEFAULT 0,
  spent_nano    bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (account, per)
) WITH (fillfactor = 50);
COMMENT ON COLUMN slot_windows.ends_at IS 'Until when the figures count. What is used after it begins the next window.';
--> statement-breakpoint
CREATE TABLE slot_reports (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account     text NOT NULL,
  per         text NOT NULL,
  used_rate   double precision NOT NULL CHECK (used_rate >= 0 AND used_rate <= 1),
  source      text NOT NULL CHECK (source IN ('person', 'headers')),
  reported_by text NOT NULL,
  requests    bigint NOT NULL,
  tokens      bigint NOT NULL,
  spent_nano  bigint NOT NULL,
  reported_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  valid_until timestamptz NOT NULL
);
CREATE INDEX slot_reports_latest ON slot_reports (account, per, id DESC);
COMMENT ON TABLE slot_reports IS 'How much of a quota was used up, as somebody else says who sees more of the account than we do; with our own figures of that moment, so that what we use after it is added.';
--> statement-breakpoint
CREATE TABLE slot_queue (
  task_id        uuid PRIMARY KEY,
  decision_id    uuid NOT NULL,
  models         text[] NOT NULL,
  lacks          jsonb NOT NULL,
  expected_value double precision NOT NULL,
  priority       smallint NOT NULL,
  group_name     text,
  group_priority double precision,
  place          double precision NOT NULL,
  since          timestamptz NOT NULL
);
CREATE INDEX slot_queue_order ON slot_queue (place, task_id);
COMMENT ON COLUMN slot_queue.place IS 'Order of choice, ascending; see routing/slots/queue-order.ts. It never changes while a task waits.';
--> statement-breakpoint
CREATE TABLE slot_leases (
  account    text NOT NULL,
  number     integer NOT NULL CHECK (number > 0),
  task_id    uuid NOT NULL UNIQUE,
  model      text NOT NULL,
  attempt_id uuid,
  granted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (account, number)
);
COMMENT ON TABLE slot_leases IS 'Slots that are taken. Without an attempt: granted to a task that has not begun its call yet.';
--> statement-breakpoint
CREATE TABLE slot_assignments (
  task_id        uuid PRIMARY KEY,
  decision_id    uuid NOT NULL,
  mode           text NOT NULL CHECK (mode IN ('act', 'observe')),
  expected_value double precision NOT NULL,
  value_source   text NOT NULL CHECK (value_source IN ('stated', 'formula')),
  value_remark   text,
  percentiles    jsonb,
  account        text,
  model          text,
  reason         text NOT NULL,
  alternatives   jsonb NOT NULL DEFAULT '[]',
  since          timestamptz NOT NULL DEFAULT clock_timestamp(),
  assigned_at    timestamptz,
  grants         integer NOT NULL DEFAULT 0
);
CREATE INDEX slot_assignments_since ON slot_assignments (since);
COMMENT ON TABLE slot_assignments IS 'Which slot a decided task got, or would have got in mode observe, and why; without an account while it waits, or would have waited.';
--> statement-breakpoint
-- The end of the window that something used at an instant counts in, when none is open. Days and weeks by the wall clock of a zone.
CREATE FUNCTION slot_window_end(per text, instant timestamptz, zone text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT CASE per
    WHEN 'minute' THEN instant + interval '1 minute'
    WHEN 'five_hours' THEN instant + interval '5 hours'
    ELSE (date_trunc(per, instant AT TIME ZONE zone) + ('1 ' || per)::interval) AT TIME ZONE zone
  END
$$;
--> statement-breakpoint
-- How much of each quota is used up at an instant: the share of the tightest limit, over the share that may be used at all. What was
-- reported counts until its window ends, with what we used since.
CREATE FUNCTION slot_rates(instant timestamptz) RETURNS TABLE (account text, per text, used_rate double precision, ends_at timestamptz)
LANGUAGE sql STABLE AS $$
  SELECT w.account, w.per, greatest(0,
      CASE WHEN w.ends_at > instant THEN greatest(w.requests::double precision / w.request_limit, w.tokens::double precision / w.token_limit,
        w.spent_nano::double precision / w.spend_limit_nano) END,
      CASE WHEN w.ends_at > instant THEN r.used_rate + coalesce(greatest((w.requests - r.requests)::double precision / w.request_limit,
        (w.tokens - r.tokens)::double precision / w.token_limit, (w.spent_nano - r.spent_nano)::double precision / w.spend_limit_nano), 0) END
    ) / w.safety_rate, CASE WHEN w.ends_at > instant THEN w.ends_at END
  FROM slot_windows w LEFT JOIN LATERAL (
    SELECT l.* FROM slot_reports l WHERE l.account = w.account AND l.per = w.per ORDER BY l.id DESC LIMIT 1
  ) r ON r.valid_until = w.ends_at
$$;
--> statement-breakpoint
-- Adds what was used of an account to each of its windows; one that is over begins anew.
CREATE FUNCTION count_slot_use(of_account text, calls bigint, used_tokens bigint, cost bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  instant timestamptz := clock_timestamp();
BEGIN
  UPDATE slot_windows w SET
      requests = CASE WHEN w.ends_at > instant THEN w.requests ELSE 0 END + calls,
      tokens = CASE WHEN w.ends_at > instant THEN w.tokens ELSE 0 END + used_tokens,
      spent_nano = CASE WHEN w.ends_at > instant THEN w.spent_nano ELSE 0 END + cost,
      ends_at = CASE WHEN w.ends_at > instant THEN w.ends_at ELSE slot_window_end(w.per, instant, s.time_zone) END
    FROM slots s WHERE s.account = of_account AND w.account = of_account;
END $$;
--> statement-breakpoint
-- Keeps a report of how much of a quota is used up: {account, per, usedRate, source, reportedBy}. Returns {kind: kept, validUntil},
-- or {kind: unknown} where there is no such account or no such window.
CREATE FUNCTION report_slot(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  w slot_windows;
BEGIN
  PERFORM count_slot_use(p->>'account', 0, 0, 0);
  SELECT * INTO w FROM slot_windows WHERE account = p->>'account' AND per = p->>'per' FOR UPDATE;
  IF NOT FOUND THEN
    RETURN '{"kind": "unknown"}';
  END IF;
  INSERT INTO slot_reports (account, per, used_rate, source, reported_by, requests, tokens, spent_nano, valid_until)
    VALUES (w.account, w.per, (p->>'usedRate')::double precision, p->>'source', p->>'reportedBy', w.requests, w.tokens, w.spent_nano, w.ends_at);
  DELETE FROM slot_reports WHERE account = w.account AND per = w.per AND source = 'headers' AND valid_until < clock_timestamp();
  RETURN jsonb_build_object('kind', 'kept', 'validUntil', w.ends_at);
END $$;
--> statement-breakpoint
-- Makes these accounts the ones there are: [{id, models, concurrency, timeZone, windows: [{per, requests?, tokens?, spendNanoUsd?,
-- safetyRate}]}]. What was used stays counted. Leases stay until they end; nobody gets a new one of an account that is gone.
CREATE FUNCTION apply_slots(accounts jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('signalbox slots'));
  DELETE FROM slots WHERE account NOT IN (SELECT a->>'id' FROM jsonb_array_elements(accounts) AS a);
  INSERT INTO slots (account, position, models, concurrency, time_zone)
    SELECT a->>'id', n, ARRAY(SELECT jsonb_array_elements_text(a->'models')), (a->>'concurrency')::integer, a->>'timeZone'
      FROM jsonb_array_elements(accounts) WITH ORDINALITY AS e (a, n)
    ON CONFLICT (account) DO UPDATE SET position = excluded.position, models = excluded.models, concurrency = excluded.concurrency,
      time_zone = excluded.time_zone;
  DELETE FROM slot_windows w WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(accounts) AS a, jsonb_array_elements(a->'windows') AS l
    WHERE a->>'id' = w.account AND l->>'per' = w.per);
  INSERT INTO slot_windows (account, per, request_limit, token_limit, spend_limit_nano, safety_rate)
    SELECT a->>'id', l->>'per', (l->>'requests')::bigint, (l->>'tokens')::bigint, (l->>'spendNanoUsd')::bigint, (l->>'safetyRate')::double precision
      FROM jsonb_array_elements(accounts) AS a, jsonb_array_elements(a->'windows') AS l
    ON CONFLICT (account, per) DO UPDATE SET request_limit = excluded.request_limit, token_limit = excluded.token_limit,
      spend_limit_nano = excluded.spend_limit_nano, safety_rate = excluded.safety_rate;
END $$;
--> statement-breakpoint
-- Puts a decided task into the queue: {taskId, decisionId, models, lacks, expectedValue, valueSource, valueRemark?, percentiles?,
-- priority, groupName?, groupPriority?, standing, patienceMs}. False: the task has ended. A task that has a slot keeps that; one that
-- waited before keeps the moment from which it waits.
CREATE FUNCTION enqueue_for_slot(p jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  began timestamptz;
BEGIN
  PERFORM 1 FROM tasks WHERE id = (p->>'taskId')::uuid AND ended_at IS NULL FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF EXISTS (SELECT FROM slot_leases WHERE task_id = (p->>'taskId')::uuid AND expires_at > clock_timestamp()) THEN
    RETURN true;
  END IF;
  INSERT INTO slot_assignments AS s (task_id, decision_id, mode, expected_value, value_source, value_remark, percentiles, reason)
    VALUES ((p->>'taskId')::uuid, (p->>'decisionId')::uuid, 'act', (p->>'expectedValue')::double precision, p->>'valueSource',
      p->>'valueRemark', p->'percentiles', 'It waits for a slot.')
    ON CONFLICT (task_id) DO UPDATE SET mode = 'act'
    RETURNING since INTO began;
  INSERT INTO slot_queue (task_id, decision_id, models, lacks, expected_value, priority, group_name, group_priority, place, since)
    VALUES ((p->>'taskId')::uuid, (p->>'decisionId')::uuid, ARRAY(SELECT jsonb_array_elements_text(p->'models')), p->'lacks',
      (p->>'expectedValue')::double precision, (p->>'priority')::smallint, p->>'groupName', (p->>'groupPriority')::double precision,
      extract(epoch FROM began)::double precision * 1000 / (p->>'patienceMs')::double precision - (p->>'standing')::double precision, began)
    ON CONFLICT (task_id) DO UPDATE SET models = excluded.models, lacks = excluded.lacks;
  UPDATE tasks SET status = 'await_slot' WHERE id = (p->>'taskId')::uuid AND status <> 'await_slot';
  RETURN true;
END $$;
--> statement-breakpoint
-- Gives slots to waiting tasks: {leaseMs, grants: [{taskId, account, model, reason, alternatives}]}. Grants are made one transaction
-- after the other, so that whoever comes second finds the slot taken. Returns the ids of those who got theirs; the others still wait.
CREATE FUNCTION grant_slots(p jsonb) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  g record;
  s slots;
  instant timestamptz;
  free_number integer;
  granted text[] := ARRAY[]::text[];
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('signalbox slots'));
  instant := clock_timestamp();
  -- Whose holder was not heard of in time. One that is just being ended is left to that.
  DELETE FROM slot_leases WHERE (account, number) IN (SELECT account, number FROM slot_leases WHERE expires_at <= instant FOR UPDATE SKIP LOCKED);
  FOR g IN SELECT (e->>'taskId')::uuid AS task_id, e->>'account' AS account, e->>'model' AS model, e->>'reason' AS reason, e->'alternatives' AS alternatives
      FROM jsonb_array_elements(p->'grants') AS e LOOP
    SELECT * INTO s FROM slots WHERE account = g.account AND g.model = ANY (models);
    CONTINUE WHEN NOT FOUND;
    CONTINUE WHEN (SELECT count(*) FROM slot_leases WHERE account = g.account) >= s.concurrency
      OR EXISTS (SELECT FROM slot_leases WHERE task_id = g.task_id)
      OR EXISTS (SELECT FROM attempts WHERE task_id = g.task_id AND state = 'running')
      OR EXISTS (SELECT FROM slot_rates(instant) r WHERE r.account = g.account AND r.used_rate >= 1);
    PERFORM 1 FROM slot_queue WHERE task_id = g.task_id FOR NO KEY UPDATE SKIP LOCKED;
    CONTINUE WHEN NOT FOUND;
    SELECT min(n) INTO free_number FROM generate_series(1, s.concurrency) AS n
      WHERE NOT EXISTS (SELECT FROM slot_leases l WHERE l.account = g.account AND l.number = n);
    INSERT INTO slot_leases (account, number, task_id, model, granted_at, expires_at)
      VALUES (g.account, free_number, g.task_id, g.model, instant, instant + make_interval(secs => (p->>'leaseMs')::double precision / 1000));
    PERFORM count_slot_use(g.account, 1, 0, 0);
    UPDATE slot_assignments SET account = g.account, model = g.model, reason = g.reason, alternatives = g.alternatives, assigned_at = instant,
        grants = grants + 1 WHERE task_id = g.task_id;
    granted := granted || g.task_id::text;
  END LOOP;
  RETURN granted;
END $$;
--> statement-breakpoint
-- Opens an attempt in the slot that the task was granted for its model: the argument of open_attempt with leaseMs. Returns what
-- open_attempt does, with the slot, or {kind: slot} when the task has no lease for this model: then nothing may be called.
CREATE FUNCTION open_attempt_in_slot(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  task uuid := (p->>'taskId')::uuid;
  held text;
  opened jsonb;
BEGIN
  PERFORM 1 FROM tasks WHERE id = task FOR NO KEY UPDATE;
  IF EXISTS (SELECT FROM attempts WHERE task_id = task AND decision_id = (p->>'decisionId')::uuid AND number = (p->>'number')::smallint)
      OR EXISTS (SELECT FROM tasks WHERE id = task AND ended_at IS NOT NULL) THEN
    RETURN open_attempt(p);
  END IF;
  UPDATE slot_leases SET attempt_id = (p->>'attemptId')::uuid,
      expires_at = clock_timestamp() + make_interval(secs => (p->>'leaseMs')::double precision / 1000)
    WHERE task_id = task AND model = p->>'model' AND attempt_id IS NULL AND expires_at > clock_timestamp()
    RETURNING account INTO held;
  IF held IS NULL THEN
    DELETE FROM slot_leases WHERE task_id = task AND attempt_id IS NULL;
    RETURN '{"kind": "slot"}';
  END IF;
  opened := open_attempt(p);
  IF opened->>'kind' = 'opened' THEN
    UPDATE attempts SET slot = held
      WHERE task_id = task AND decision_id = (p->>'decisionId')::uuid AND number = (p->>'number')::smallint;
  ELSE
    DELETE FROM slot_leases WHERE task_id = task;
  END IF;
  DELETE FROM slot_queue WHERE task_id = task;
  UPDATE tasks SET status = 'running' WHERE id = task AND status = 'await_slot';
  RETURN opened || jsonb_build_object('slot', held);
END $$;
--> statement-breakpoint
-- Keeps a slot for the call that runs in it. False: it was lost, because the holder was not heard of in time.
CREATE FUNCTION renew_slot(task uuid, attempt uuid, lease_ms double precision) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE slot_leases SET expires_at = clock_timestamp() + make_interval(secs => lease_ms / 1000) WHERE task_id = task AND attempt_id = attempt;
  RETURN FOUND;
END $$;
--> statement-breakpoint
-- A call that ends gives its slot back, however it ends, and its account is charged with what it used. A slot that it has lost in the
-- meantime is not its own any more.
CREATE FUNCTION give_back_slot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM slot_leases WHERE task_id = NEW.task_id AND attempt_id = NEW.id;
  PERFORM count_slot_use(NEW.slot, 0, coalesce((NEW.usage->>'inputTokens')::bigint, 0) + coalesce((NEW.usage->>'cacheReadTokens')::bigint, 0)
    + coalesce((NEW.usage->>'cacheWriteTokens')::bigint, 0) + coalesce((NEW.usage->>'cacheWrite1hTokens')::bigint, 0)
    + coalesce((NEW.usage->>'outputTokens')::bigint, 0) + coalesce((NEW.usage->>'reasoningTokens')::bigint, 0), coalesce(NEW.cost_nano, 0));
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER attempts_give_back_slot AFTER UPDATE OF state ON attempts FOR EACH ROW
  WHEN (NEW.slot IS NOT NULL AND OLD.state = 'running' AND NEW.state <> 'running') EXECUTE FUNCTION give_back_slot();
--> statement-breakpoint
-- A task that ends while it waits leaves the queue, with a slot that it had not begun to use.
CREATE FUNCTION leave_slot_queue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM slot_queue WHERE task_id = NEW.id;
  DELETE FROM slot_leases WHERE task_id = NEW.id AND attempt_id IS NULL;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER tasks_leave_slot_queue AFTER UPDATE OF status ON tasks FOR EACH ROW
  WHEN (OLD.status = 'await_slot' AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION leave_slot_queue();
--> statement-breakpoint
-- Lets go the waiting tasks that no account could ever serve: its models are these. Returns their ids.
CREATE FUNCTION release_unserved(served text[], at_most integer) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  released uuid[];
BEGIN
  WITH unserved AS (
    SELECT q.task_id FROM slot_queue q JOIN tasks t ON t.id = q.task_id
    WHERE NOT q.models && served ORDER BY q.place LIMIT at_most FOR NO KEY UPDATE OF t SKIP LOCKED
  ), gone AS (DELETE FROM slot_queue WHERE task_id IN (SELECT task_id FROM unserved) RETURNING task_id)
  SELECT coalesce(array_agg(task_id), ARRAY[]::uuid[]) INTO released FROM gone;
  DELETE FROM slot_leases WHERE task_id = ANY (released) AND attempt_id IS NULL;
  UPDATE slot_assignments SET reason = 'Its slots exist no more; it goes on without one.', account = NULL, model = NULL WHERE task_id = ANY (released);
  UPDATE tasks SET status = 'running' WHERE id = ANY (released) AND status = 'await_slot';
  RETURN released::text[];
END $$;
--> statement-breakpoint
CREATE OR REPLACE VIEW model_routing_decisions AS
  SELECT d.id AS decision_id, d.task_id, s.account AS chosen_slot, coalesce(s.model, d.model) AS chosen_model,
    coalesce(s.alternatives, '[]') || coalesce(d.record->'alternatives', '[]') AS alternatives,
    coalesce(to_jsonb(s.reason), '[]') || coalesce(d.record->'reasons', '[]') AS reason, d.decided_at
  FROM routing_decisions d LEFT JOIN slot_assignments s ON s.task_id = d.task_id AND s.mode = 'act';
