-- What an installation that has run for years needs: how long things are kept, the erasing of content, the archiving of months, and
-- roll-ups for figures that people ask for again and again.

-- Content is erased by taking its rows away; when that was stands with the task.
ALTER TABLE tasks ADD COLUMN content_erased_at timestamptz;
COMMENT ON COLUMN tasks.content_erased_at IS 'Since then its prompt, grader and answers are gone. NULL: they are there, or there never were any.';
CREATE INDEX replay_results_task ON replay_results (task_id);
--> statement-breakpoint
CREATE TABLE retention (
  one           boolean PRIMARY KEY DEFAULT true CHECK (one),
  tasks_months  integer CHECK (tasks_months > 0),
  content_days  integer CHECK (content_days > 0),
  embedded_days integer CHECK (embedded_days > 31),
  due_at        timestamptz NOT NULL DEFAULT now(),
  archive_due_at timestamptz NOT NULL DEFAULT now(),
  erased_tasks  integer NOT NULL DEFAULT 0
);
COMMENT ON TABLE retention IS 'How long things are kept, as configured; NULL: for ever. Without a row, nothing is erased or archived.';
COMMENT ON COLUMN retention.embedded_days IS 'More than a month, so that no balance that is still counted in loses its calls.';
COMMENT ON COLUMN retention.due_at IS 'When content is looked through again.';
COMMENT ON COLUMN retention.archive_due_at IS 'When the next month is looked at: everybody may have to wait while one is moved, so what cannot be moved is left alone.';
COMMENT ON COLUMN retention.erased_tasks IS 'Tasks whose content was erased since it was last looked through to the end.';
CREATE TABLE archived_months (
  month       text PRIMARY KEY,
  first_id    uuid NOT NULL,
  beyond_id   uuid NOT NULL,
  archived_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE archived_months IS 'Months whose tasks were moved to tables of their own in the schema archived, with the bounds of their ids.';
CREATE SCHEMA archived;
COMMENT ON SCHEMA archived IS 'Detached partitions, one table for each large table and month. Signalbox never reads them again and never drops them.';
--> statement-breakpoint
-- Erases the content of tasks that have ended, in one schema's tables of one month or in the live ones. The caller has looked that
-- nothing needs it.
CREATE FUNCTION erase_content(ids uuid[], place text DEFAULT 'public', suffix text DEFAULT '') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('DELETE FROM %I.%I WHERE task_id = ANY ($1)', place, 'answers' || suffix) USING ids;
  EXECUTE format('DELETE FROM %I.%I WHERE task_id = ANY ($1)', place, 'task_payloads' || suffix) USING ids;
  EXECUTE format('UPDATE %I.%I SET score_detail = ''Erased.'' WHERE task_id = ANY ($1) AND score_detail <> ''Erased.''', place,
    'routing_outcomes' || suffix) USING ids;
  EXECUTE format('UPDATE %I.%I SET content_erased_at = clock_timestamp() WHERE id = ANY ($1) AND content_erased_at IS NULL', place,
    'tasks' || suffix) USING ids;
END $$;
--> statement-breakpoint
-- Erases the content of at most `most` tasks that is older than it may be, and as many calls of embedded programs. What a review may
-- still draw or replay stays until it has. Returns {erased, embedded, isDone}: whether everything that was due is gone. The next
-- look is then a day later, and what was erased until then is one entry of the audit log.
CREATE FUNCTION erase_old_content(most integer) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  kept retention;
  cutoff timestamptz;
  ids uuid[];
  embedded integer := 0;
  is_done boolean;
BEGIN
  SELECT * INTO kept FROM retention WHERE due_at <= clock_timestamp() FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN jsonb_build_object('erased', 0, 'embedded', 0, 'isDone', true);
  END IF;
  SELECT least(clock_timestamp() - make_interval(days => kept.content_days), min(window_from)) INTO cutoff
    FROM reviews WHERE ended_at IS NULL AND phase IN ('analysing', 'proposing', 'replaying', 'reporting');
  IF kept.content_days IS NULL THEN
    cutoff := NULL;
  END IF;
  -- Ids are in the order of time, so the oldest content is found at the beginning of the keys.
  SELECT coalesce(array_agg(DISTINCT task_id), '{}') INTO ids FROM (
    (SELECT p.task_id FROM task_payloads p JOIN tasks t ON t.id = p.task_id
      WHERE p.task_id < first_id_at(cutoff) AND t.ended_at < cutoff ORDER BY p.task_id LIMIT most)
    UNION ALL
    (SELECT a.task_id FROM answers a JOIN tasks t ON t.id = a.task_id
      WHERE a.task_id < first_id_at(cutoff) AND t.ended_at < cutoff ORDER BY a.task_id LIMIT most)) AS due;
  PERFORM erase_content(ids);
  DELETE FROM embedded_calls WHERE id IN (SELECT id FROM embedded_calls
    WHERE state = 'settled' AND ended_at < clock_timestamp() - make_interval(days => kept.embedded_days) LIMIT most);
  GET DIAGNOSTICS embedded = ROW_COUNT;
  kept.erased_tasks := kept.erased_tasks + cardinality(ids);
  is_done := cardinality(ids) < most AND embedded < most;
  IF is_done AND kept.erased_tasks > 0 THEN
    PERFORM append_audit('upkeep', 'content.erased', 'tasks', jsonb_build_object('tasks', kept.erased_tasks, 'olderThanDays', kept.content_days,
      'before', cutoff));
  END IF;
  UPDATE retention SET erased_tasks = CASE WHEN is_done THEN 0 ELSE kept.erased_tasks END,
    due_at = CASE WHEN is_done THEN clock_timestamp() + interval '1 day' ELSE due_at END;
  RETURN jsonb_build_object('erased', cardinality(ids), 'embedded', embedded, 'isDone', is_done);
END $$;
--> statement-breakpoint
-- Erases the content of one task and of its replays for good: {taskId, actor, reason}. Returns {kind, at?, replays?}: `erased`, or
-- `erased-before` when it had been asked for already; `open` while the task or a replay of it runs; `gone` when its month was
-- archived and taken away; `unknown`. What it cost and who decided what stays as it is.
CREATE FUNCTION erase_task(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  task uuid := (p->>'taskId')::uuid;
  t record;
  place text := 'public';
  suffix text := '';
  replays uuid[];
  asked timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('signalbox erasure'), hashtext(task::text));
  SELECT at INTO asked FROM audit_log WHERE action = 'task.erased' AND subject = task::text ORDER BY seq LIMIT 1;
  IF FOUND THEN
    RETURN jsonb_build_object('kind', 'erased-before', 'at', asked);
  END IF;
  SELECT ended_at INTO t FROM tasks WHERE id = task FOR UPDATE;
  IF NOT FOUND THEN
    SELECT 'archived', '_' || replace(month, '-', '_') INTO place, suffix FROM archived_months WHERE task >= first_id AND task < beyond_id;
    IF NOT FOUND THEN
      RETURN '{"kind": "unknown"}';
    END IF;
    IF to_regclass(format('archived.%I', 'tasks' || suffix)) IS NULL THEN
      RETURN '{"kind": "gone"}';
    END IF;
    EXECUTE format('SELECT ended_at FROM archived.%I WHERE id = $1', 'tasks' || suffix) INTO t USING task;
    IF t.ended_at IS NULL THEN
      RETURN '{"kind": "unknown"}';
    END IF;
  END IF;
  IF t.ended_at IS NULL OR EXISTS (SELECT FROM replay_results WHERE task_id = task AND state = 'open') THEN
    RETURN '{"kind": "open"}';
  END IF;
  PERFORM erase_content(ARRAY[task], place, suffix);
  SELECT coalesce(array_agg(replay_task_id), '{}') INTO replays FROM replay_results WHERE task_id = task;
  PERFORM erase_content(replays);
  PERFORM erase_content(replays, 'archived', '_' || replace(m.month, '-', '_')) FROM archived_months m
    WHERE EXISTS (SELECT FROM unnest(replays) AS replay WHERE replay >= m.first_id AND replay < m.beyond_id)
      AND to_regclass(format('archived.%I', 'tasks_' || replace(m.month, '-', '_'))) IS NOT NULL;
  UPDATE ratings SET task_hash = NULL WHERE task_id = ANY (replays || task) AND task_hash IS NOT NULL;
  PERFORM append_audit(p->>'actor', 'task.erased', task::text, jsonb_build_object('reason', p->>'reason', 'replays', cardinality(replays)));
  RETURN jsonb_build_object('kind', 'erased', 'at', clock_timestamp(), 'replays', cardinality(replays));
END $$;
--> statement-breakpoint
-- An answer that was on its way when its content was erased is not kept: the call is settled all the same.
CREATE FUNCTION drop_answer_of_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM tasks t LEFT JOIN tasks original ON original.id = t.replay_of
      WHERE t.id = NEW.task_id AND (t.content_erased_at IS NOT NULL OR original.content_erased_at IS NOT NULL)) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER answers_of_erased BEFORE INSERT ON answers FOR EACH ROW EXECUTE FUNCTION drop_answer_of_erased();
--> statement-breakpoint
-- Moves the oldest month that ended `tasks_months` months ago out of the large tables into tables of its own, which keep every row:
-- `archived.tasks_2026_01` and so on. Returns {kind: archived, month}, {kind: held, month, by}, or {kind: none}. Nothing that somebody
-- still counts is moved: open tasks, periods of budgets and windows of reviews and rollouts that go on, hours that are not rolled up.
-- The caller limits how long it may wait for locks. Detaching looks for rows that refer to the month, and finds by the order of the
-- keys that there are none; a hash of all live rows would take as long as they are many, while everybody waits.
CREATE FUNCTION archive_oldest_month() RETURNS jsonb LANGUAGE plpgsql SET enable_hashjoin = off SET enable_seqscan = off AS $$
DECLARE
  months integer;
  old text; -- 202601
  month text; -- 2026-01
  first timestamptz;
  latest timestamptz;
  is_open boolean;
  held_by text;
  parent text;
  fkey text;
BEGIN
  UPDATE retention SET archive_due_at = clock_timestamp() + interval '1 hour' WHERE archive_due_at <= clock_timestamp() RETURNING tasks_months INTO months;
  IF months IS NULL THEN
    RETURN '{"kind": "none"}';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('signalbox partitions'));
  SELECT substr(relname, 7) INTO old FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'tasks'::regclass AND relname ~ '^tasks_\d{6}$' ORDER BY relname LIMIT 1;
  month := substr(old, 1, 4) || '-' || substr(old, 5);
  first := (month || '-01')::timestamp AT TIME ZONE 'UTC';
  IF first IS NULL OR (first AT TIME ZONE 'UTC' + make_interval(months => months + 1)) AT TIME ZONE 'UTC' > now() THEN
    RETURN '{"kind": "none"}';
  END IF;
  EXECUTE format('LOCK TABLE %I IN SHARE MODE', 'tasks_' || old);
  EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE ended_at IS NULL)', 'tasks_' || old) INTO is_open;
  EXECUTE format('SELECT greatest((SELECT max(ended_at) FROM %I), (SELECT max(at) FROM %I))', 'routing_outcomes_' || old, 'cost_tracking_' || old)
    INTO latest;
  held_by := CASE
    WHEN is_open THEN 'a task that has not ended'
    WHEN EXISTS (SELECT FROM reservations WHERE state = 'held' AND task_id >= first_id_at(first)
      AND task_id < first_id_at((first AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC')) THEN 'money that is reserved'
    WHEN latest >= (SELECT min(period_start) FROM budget_tracking WHERE period_end > now()) THEN 'the period of a budget'
    WHEN latest >= (SELECT min(window_from) FROM reviews WHERE ended_at IS NULL) THEN 'a review that is open'
    WHEN latest >= (SELECT min(started_at) FROM rollouts
      WHERE state IN ('APPROVED', 'CANARY', 'PAUSED', 'HOLD', 'SOAKING', 'PROMOTED', 'WATCHED', 'ROLLING_BACK')) THEN 'a rollout'
    WHEN latest >= least(coalesce((SELECT rolled_until FROM cost_rollup_progress), '-infinity'),
        coalesce((SELECT rolled_until FROM rollup_progress), '-infinity'), coalesce((SELECT rolled_until FROM call_rollup_progress), '-infinity'))
      THEN 'figures that are not rolled up yet'
  END;
  IF held_by IS NOT NULL THEN
    UPDATE retention SET archive_due_at = clock_timestamp() + interval '1 day';
    RETURN jsonb_build_object('kind', 'held', 'month', month, 'by', held_by);
  END IF;
  -- The tables that refer to tasks first. A detached table keeps its foreign keys, which would hold the tasks back.
  FOREACH parent IN ARRAY ARRAY['cost_tracking', 'routing_outcomes', 'answers', 'attempts', 'routing_decisions', 'task_payloads', 'tasks'] LOOP
    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, parent || '_' || old);
    FOR fkey IN SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(parent || '_' || old) AND contype = 'f' AND conparentid = 0 LOOP
      EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', parent || '_' || old, fkey);
    END LOOP;
    EXECUTE format('ALTER TABLE %I RENAME TO %I', parent || '_' || old, parent || '_' || replace(month, '-', '_'));
    EXECUTE format('ALTER TABLE %I SET SCHEMA archived', parent || '_' || replace(month, '-', '_'));
  END LOOP;
  UPDATE retention SET archive_due_at = clock_timestamp();
  INSERT INTO archived_months (month, first_id, beyond_id)
    VALUES (month, first_id_at(first), first_id_at((first AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC'));
  PERFORM append_audit('upkeep', 'month.archived', month, jsonb_build_object('afterMonths', months));
  RETURN jsonb_build_object('kind', 'archived', 'month', month);
END $$;
--> statement-breakpoint
-- Calls by the hour and day, model and purpose, with their latencies as a histogram, and tasks by how they ended: what `stats` shows is
-- read from some hundred rows. A latency is counted in bin ceil(ln(ms) / ln(1.02)), so a quantile is right within 1 %. Hours are those
-- of the day under way; a day that is over has one row.
CREATE TABLE call_rollups (
  grain         text NOT NULL CHECK (grain IN ('hour', 'day')),
  period_start  timestamptz NOT NULL,
  model         text NOT NULL,
  purpose       text NOT NULL,
  calls         bigint NOT NULL,
  answered      bigint NOT NULL,
  failed        bigint NOT NULL,
  in_doubt      bigint NOT NULL,
  cost_nano     bigint NOT NULL,
  latency_min_ms integer,
  latency_max_ms integer,
  latency_bins  integer[] NOT NULL,
  latency_counts bigint[] NOT NULL,
  PRIMARY KEY (grain, period_start, model, purpose)
);
CREATE TABLE outcome_rollups (
  grain         text NOT NULL CHECK (grain IN ('hour', 'day')),
  period_start  timestamptz NOT NULL,
  kind          text NOT NULL,
  purpose       text NOT NULL,
  tasks         bigint NOT NULL,
  PRIMARY KEY (grain, period_start, kind, purpose)
);
CREATE TABLE call_rollup_progress (
  one          boolean PRIMARY KEY DEFAULT true CHECK (one),
  rolled_until timestamptz NOT NULL
);
COMMENT ON COLUMN call_rollup_progress.rolled_until IS 'Hours that ended before this are in call_rollups and outcome_rollups.';
--> statement-breakpoint
-- Calls that ended in [since, until), in the shape of call_rollups. They are found model by model, by the index of attempts on both;
-- OFFSET 0 keeps it so, whatever the planner believes of the sizes.
CREATE FUNCTION ended_calls(since timestamptz, until timestamptz)
RETURNS TABLE (model text, purpose text, calls bigint, answered bigint, failed bigint, in_doubt bigint, cost_nano bigint,
  latency_min_ms integer, latency_max_ms integer, latency_bins integer[], latency_counts bigint[]) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY EXECUTE format($query$
    WITH ended AS (
      SELECT m.model, t.purpose, a.state, a.cost_nano, a.latency_ms
      FROM (SELECT DISTINCT model FROM catalogue_models) AS m
        CROSS JOIN LATERAL (SELECT * FROM attempts WHERE attempts.model = m.model AND ended_at >= %1$L AND ended_at < %2$L OFFSET 0) AS a
        CROSS JOIN LATERAL (SELECT tasks.purpose FROM tasks WHERE id = a.task_id OFFSET 0) AS t
    ), bins AS (
      SELECT model, purpose, ceil(ln(greatest(latency_ms, 1)) / ln(1.02::double precision))::integer AS bin, count(*) AS calls
      FROM ended WHERE latency_ms IS NOT NULL GROUP BY 1, 2, 3
    ), histograms AS (
      SELECT model, purpose, array_agg(bin ORDER BY bin) AS bins, array_agg(calls ORDER BY bin) AS counts FROM bins GROUP BY 1, 2
    )
    SELECT e.model, e.purpose, count(*), count(*) FILTER (WHERE state = 'answered'), count(*) FILTER (WHERE state = 'failed'),
      count(*) FILTER (WHERE state = 'in_doubt'), coalesce(sum(cost_nano), 0)::bigint, min(latency_ms), max(latency_ms),
      coalesce(h.bins, '{}'), coalesce(h.counts, '{}')
    FROM ended e LEFT JOIN histograms h ON h.model = e.model AND h.purpose = e.purpose GROUP BY e.model, e.purpose, h.bins, h.counts
  $query$, since, until);
END $$;
--> statement-breakpoint
-- Tasks that ended in [since, until).
CREATE FUNCTION ended_tasks(since timestamptz, until timestamptz) RETURNS TABLE (kind text, purpose text, tasks bigint) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY EXECUTE format($query$
    SELECT o.kind, t.purpose, count(*) FROM (SELECT * FROM routing_outcomes WHERE ended_at >= %1$L AND ended_at < %2$L OFFSET 0) AS o
      CROSS JOIN LATERAL (SELECT tasks.purpose FROM tasks WHERE id = o.task_id OFFSET 0) AS t GROUP BY 1, 2
  $query$, since, until);
END $$;
--> statement-breakpoint
-- Rolls up the hours that are over, at most `hours` of them, and the days that are complete with them; returns how many hours were
-- made. A call is dated within the minute before its transaction ends, so an hour is final some minutes after its end.
-- Several processes may call it: one does it.
CREATE FUNCTION roll_up_calls(hours integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  first timestamptz;
  made integer := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('signalbox call roll-ups')) THEN
    RETURN 0;
  END IF;
  SELECT coalesce((SELECT rolled_until FROM call_rollup_progress), (SELECT date_trunc('hour', min(accepted_at), 'UTC') FROM tasks)) INTO first;
  WHILE made < hours AND first + interval '1 hour' < clock_timestamp() - interval '5 minutes' LOOP
    DELETE FROM call_rollups WHERE grain = 'hour' AND period_start = first;
    INSERT INTO call_rollups SELECT 'hour', first, * FROM ended_calls(first, first + interval '1 hour');
    DELETE FROM outcome_rollups WHERE grain = 'hour' AND period_start = first;
    INSERT INTO outcome_rollups SELECT 'hour', first, * FROM ended_tasks(first, first + interval '1 hour');
    first := first + interval '1 hour';
    made := made + 1;
    IF first = date_trunc('day', first, 'UTC') THEN
      PERFORM complete_day_of_calls(first - interval '24 hours');
    END IF;
  END LOOP;
  IF made > 0 THEN
    INSERT INTO call_rollup_progress (rolled_until) VALUES (first) ON CONFLICT (one) DO UPDATE SET rolled_until = excluded.rolled_until;
  END IF;
  RETURN made;
END $$;
--> statement-breakpoint
-- Puts the hours of a day together. Adding up, not making anew: the day may lie in a month that is archived.
CREATE FUNCTION complete_day_of_calls(day timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM call_rollups WHERE grain = 'day' AND period_start = day;
  INSERT INTO call_rollups
    WITH hours AS (SELECT * FROM call_rollups WHERE grain = 'hour' AND period_start >= day AND period_start < day + interval '24 hours'),
      bins AS (SELECT model, purpose, bin, sum(counted)::bigint AS counted FROM hours, unnest(latency_bins, latency_counts) AS l (bin, counted)
        GROUP BY 1, 2, 3),
      histograms AS (SELECT model, purpose, array_agg(bin ORDER BY bin) AS bins, array_agg(counted ORDER BY bin) AS counts FROM bins GROUP BY 1, 2)
    SELECT 'day', day, h.model, h.purpose, sum(calls), sum(answered), sum(failed), sum(in_doubt), sum(cost_nano), min(latency_min_ms),
      max(latency_max_ms), coalesce(g.bins, '{}'), coalesce(g.counts, '{}')
    FROM hours h LEFT JOIN histograms g ON g.model = h.model AND g.purpose = h.purpose GROUP BY h.model, h.purpose, g.bins, g.counts;
  DELETE FROM call_rollups WHERE grain = 'hour' AND period_start >= day AND period_start < day + interval '24 hours';
  DELETE FROM outcome_rollups WHERE grain = 'day' AND period_start = day;
  INSERT INTO outcome_rollups
    SELECT 'day', day, kind, purpose, sum(tasks) FROM outcome_rollups
      WHERE grain = 'hour' AND period_start >= day AND period_start < day + interval '24 hours' GROUP BY kind, purpose;
  DELETE FROM outcome_rollups WHERE grain = 'hour' AND period_start >= day AND period_start < day + interval '24 hours';
END $$;
--> statement-breakpoint
-- Where the days begin that figures are shown of: `days` of them in UTC, the present one included.
CREATE FUNCTION first_of_days(days integer) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT date_trunc('day', now(), 'UTC') - make_interval(hours => 24 * (days - 1))
$$;
--> statement-breakpoint
-- Calls since the beginning of a day of UTC: those that are rolled up, and those after them.
CREATE FUNCTION calls_since(first timestamptz) RETURNS SETOF call_rollups LANGUAGE sql STABLE AS $$
  SELECT * FROM call_rollups WHERE period_start >= first
  UNION ALL
  SELECT 'hour', first, * FROM ended_calls(greatest(first, (SELECT rolled_until FROM call_rollup_progress)), 'infinity')
$$;
CREATE FUNCTION outcomes_since(first timestamptz) RETURNS SETOF outcome_rollups LANGUAGE sql STABLE AS $$
  SELECT * FROM outcome_rollups WHERE period_start >= first
  UNION ALL
  SELECT 'hour', first, * FROM ended_tasks(greatest(first, (SELECT rolled_until FROM call_rollup_progress)), 'infinity')
$$;
--> statement-breakpoint
-- How models do at work over some days: replays are drawn to be hard, and are no part of it. Quantiles are right within 1 %.
CREATE FUNCTION model_summary(first timestamptz)
RETURNS TABLE (model text, calls bigint, answered bigint, failed bigint, in_doubt bigint, cost_nano bigint, latency_p50_ms double precision,
  latency_p95_ms double precision) LANGUAGE sql STABLE AS $$
  WITH parts AS MATERIALIZED (SELECT * FROM calls_since(first) WHERE purpose = 'work'),
    sums AS (SELECT model, sum(calls)::bigint AS calls, sum(answered)::bigint AS answered, sum(failed)::bigint AS failed,
        sum(in_doubt)::bigint AS in_doubt, sum(cost_nano)::bigint AS cost_nano, min(latency_min_ms) AS least, max(latency_max_ms) AS most
      FROM parts GROUP BY model),
    bins AS (SELECT model, bin, sum(counted) AS counted FROM parts, unnest(latency_bins, latency_counts) AS l (bin, counted) GROUP BY 1, 2),
    places AS (SELECT model, 2 * power(1.02::double precision, bin) / 2.02 AS ms, sum(counted) OVER (PARTITION BY model ORDER BY bin) AS until,
        sum(counted) OVER (PARTITION BY model) AS counted FROM bins),
    quantiles AS (SELECT model, min(ms) FILTER (WHERE until >= 0.5 * counted) AS p50, min(ms) FILTER (WHERE until >= 0.95 * counted) AS p95
      FROM places GROUP BY model)
  SELECT s.model, s.calls, s.answered, s.failed, s.in_doubt, s.cost_nano, least(greatest(q.p50, s.least), s.most), least(greatest(q.p95, s.least), s.most)
    FROM sums s LEFT JOIN quantiles q ON q.model = s.model
$$;
--> statement-breakpoint
CREATE OR REPLACE VIEW v_model_summary AS
  SELECT s.model, s.calls, s.answered, s.failed, s.in_doubt, s.cost_nano, s.latency_p50_ms, s.latency_p95_ms, p.ewma, coalesce(p.ratings, 0) AS ratings
  FROM model_summary(first_of_days(30)) AS s LEFT JOIN model_performance p ON p.model = s.model AND p.grain = 'all';
COMMENT ON VIEW v_model_summary IS 'Calls of work that ended in the last 30 days of UTC, today included; ratings are of all time.';
--> statement-breakpoint
-- Replays cost money too; the last column tells them apart.
CREATE OR REPLACE VIEW v_daily_costs AS
  SELECT date_trunc('day', at, 'UTC') AS day, model, provider, task_class, team, project, tag, key,
    count(*) AS calls, sum(cost_nano)::bigint AS cost_nano, sum(input_tokens::bigint + cache_read_tokens + cache_write_tokens)::bigint AS input_tokens,
    sum(output_tokens::bigint + reasoning_tokens)::bigint AS output_tokens, purpose
  FROM cost_tracking GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, purpose;
--> statement-breakpoint
-- A period is known whether or not anything was spent in it, and a budget in which nothing was spent has nothing to warn of.
CREATE OR REPLACE VIEW v_budget_status AS
  SELECT b.id, b.scope_kind, b.scope_id, b.period, b.hard, b.time_zone, b.limit_nano, b.warn_at, p.first AT TIME ZONE b.time_zone AS period_start,
    (p.first + ('1 ' || nullif(b.period, 'request'))::interval) AT TIME ZONE b.time_zone AS period_end,
    coalesce(t.spent_nano, 0) AS spent_nano, coalesce(t.reserved_nano, 0) AS reserved_nano,
    b.limit_nano - coalesce(t.spent_nano, 0) - coalesce(t.reserved_nano, 0) AS left_nano,
    coalesce(t.spent_nano, 0) > 0 AND t.spent_nano >= b.warn_at * b.limit_nano AS is_warning
  FROM budgets b CROSS JOIN LATERAL (SELECT date_trunc(nullif(b.period, 'request'), now() AT TIME ZONE b.time_zone) AS first) AS p
    LEFT JOIN budget_tracking t ON t.budget_id = b.id AND t.period_start = date_trunc(nullif(b.period, 'request'), now(), b.time_zone);
--> statement-breakpoint
-- Of tasks that were to be called: a dry run cannot fall back.
CREATE OR REPLACE VIEW v_fallback_rates AS
  SELECT date_trunc('day', d.decided_at, 'UTC') AS day, d.task_class, count(*) AS tasks, count(f.task_id) AS fell_back,
    count(f.task_id)::double precision / count(*) AS fallback_rate
  FROM routing_decisions d JOIN tasks t ON t.id = d.task_id LEFT JOIN (SELECT DISTINCT task_id FROM fallback_events) AS f ON f.task_id = d.task_id
  WHERE d.kind = 'routed' AND t.purpose = 'work' AND NOT t.dry_run GROUP BY 1, 2;
--> statement-breakpoint
-- Lists of tasks are in the order of their ids, newest first. Both tables are written once for each task and never again.
CREATE INDEX routing_outcomes_kind ON routing_outcomes (kind, task_id);
CREATE INDEX routing_decisions_class ON routing_decisions (task_class, task_id);
CREATE INDEX tasks_replays ON tasks (id) WHERE purpose = 'replay';
--> statement-breakpoint
-- Settings that suit what happens to a table. Rows of tasks change while they are young, so their pages keep room. A large table is
-- cleaned up in small parts, before a fifth of it has changed, and small ones whose rows change with every call as soon as some
-- hundred versions are dead.
CREATE FUNCTION suit_partition(parent text, partition text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %I SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02)', partition);
  IF parent = 'tasks' THEN
    EXECUTE format('ALTER TABLE %I SET (fillfactor = 80)', partition);
  END IF;
END $$;
--> statement-breakpoint
CREATE FUNCTION suit_partitions() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM suit_partition(parent.relname, partition.relname)
    FROM pg_inherits JOIN pg_class parent ON parent.oid = inhparent JOIN pg_class partition ON partition.oid = inhrelid
    WHERE parent.relnamespace = 'public'::regnamespace AND parent.relkind = 'p' AND partition.relkind = 'r' AND partition.reloptions IS NULL;
END $$;
SELECT suit_partitions();
ALTER TABLE reservations SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE budget_tracking SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
ALTER TABLE model_performance SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
ALTER TABLE model_health SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
ALTER TABLE slot_queue SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
ALTER TABLE slot_leases SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
ALTER TABLE audit_head SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
