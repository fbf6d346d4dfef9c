-- What programs that route by themselves spend shows wherever costs do, marked as theirs; and what is kept of archived months is no
-- more than it must be.

-- The last decision of an owner is the one on the newest of its tasks that has one.
CREATE INDEX tasks_of_owner ON tasks (owner, id) WHERE purpose = 'work';
CREATE INDEX embedded_calls_when ON embedded_calls (ended_at) WHERE state = 'settled';
--> statement-breakpoint
ALTER TABLE cost_days ADD COLUMN system text;
COMMENT ON COLUMN cost_days.system IS 'The program that routes by itself, of purpose embedded. Its calls are of no task and no scope, and no budget counts them.';
--> statement-breakpoint
-- What every call cost that cost something. The id of no task is below all of tasks, so that a bound on ids spares partitions and
-- leaves no call of a program out.
CREATE VIEW all_costs AS
  SELECT at, task_id, model, provider, task_type, task_class, purpose, team, project, tag, key, NULL::text AS system, cost_nano, cost_basis,
    input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cache_saved_nano, estimated_nano
  FROM cost_tracking
  UNION ALL
  SELECT ended_at, '00000000-0000-0000-0000-000000000000'::uuid, model, split_part(model, '/', 1), NULL::text, task_class, 'embedded'::text, NULL::text,
    NULL::text, NULL::text, NULL::text, system, cost_nano, cost_basis, coalesce(input_tokens, 0)::integer, 0, 0, coalesce(output_tokens, 0)::integer, 0,
    0::bigint, NULL::bigint
  FROM embedded_calls WHERE state = 'settled' AND cost_basis <> 'none';
COMMENT ON VIEW all_costs IS 'Cost rows of tasks, and calls of programs that route by themselves (purpose embedded): no call is in both.';
--> statement-breakpoint
-- As before, with the calls of programs. Hours are what a forecast is made from, which is held against budgets of tasks: they are
-- of tasks alone.
CREATE OR REPLACE FUNCTION roll_up_costs(days integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  first timestamptz;
  made integer := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('signalbox cost roll-ups')) THEN
    RETURN 0;
  END IF;
  SELECT coalesce((SELECT rolled_until FROM cost_rollup_progress), date_trunc('day', least((SELECT min(at) FROM cost_tracking),
    (SELECT min(ended_at) FROM embedded_calls WHERE state = 'settled')), 'UTC')) INTO first;
  WHILE made < days AND first + interval '24 hours' < clock_timestamp() - interval '5 minutes' LOOP
    DELETE FROM cost_days WHERE day = first;
    INSERT INTO cost_days SELECT * FROM costs_of_days(first, first + interval '24 hours');
    DELETE FROM cost_hours WHERE hour >= first AND hour < first + interval '24 hours';
    INSERT INTO cost_hours
      SELECT date_trunc('hour', at, 'UTC'), team, project, tag, key, sum(cost_nano)
        FROM cost_tracking WHERE at >= first AND at < first + interval '24 hours' GROUP BY 1, team, project, tag, key;
    first := first + interval '24 hours';
    made := made + 1;
  END LOOP;
  IF made > 0 THEN
    INSERT INTO cost_rollup_progress (rolled_until) VALUES (first) ON CONFLICT (one) DO UPDATE SET rolled_until = excluded.rolled_until;
  END IF;
  RETURN made;
END $$;
--> statement-breakpoint
-- Costs of [since, until), whole days of UTC, in the shape of cost_days.
CREATE FUNCTION costs_of_days(since timestamptz, until timestamptz) RETURNS SETOF cost_days LANGUAGE sql STABLE AS $$
  SELECT date_trunc('day', at, 'UTC'), model, provider, task_type, task_class, purpose, team, project, tag, key, count(*),
      count(*) FILTER (WHERE cost_basis = 'unknown'), sum(input_tokens), sum(cache_read_tokens), sum(cache_write_tokens),
      sum(output_tokens), sum(reasoning_tokens), sum(cost_nano)::bigint, coalesce(sum(cost_nano) FILTER (WHERE cost_basis = 'reserved'), 0)::bigint,
      sum(cache_saved_nano)::bigint, count(estimated_nano), coalesce(sum(estimated_nano), 0)::bigint,
      coalesce(sum(cost_nano) FILTER (WHERE estimated_nano IS NOT NULL), 0)::bigint, system
    FROM all_costs WHERE at >= since AND at < until
    GROUP BY 1, model, provider, task_type, task_class, purpose, team, project, tag, key, system
$$;
INSERT INTO cost_days SELECT d.* FROM cost_rollup_progress p,
  LATERAL costs_of_days(coalesce((SELECT date_trunc('day', min(ended_at), 'UTC') FROM embedded_calls WHERE state = 'settled'), 'infinity'), p.rolled_until) d
  WHERE d.purpose = 'embedded';
--> statement-breakpoint
-- As before, with the calls of programs, which fail or are in doubt as calls of tasks do.
CREATE OR REPLACE FUNCTION ended_calls(since timestamptz, until timestamptz)
RETURNS TABLE (model text, purpose text, calls bigint, answered bigint, failed bigint, in_doubt bigint, cost_nano bigint,
  latency_min_ms integer, latency_max_ms integer, latency_bins integer[], latency_counts bigint[]) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY EXECUTE format($query$
    WITH ended AS (
      SELECT m.model, t.purpose, a.state, a.cost_nano, a.latency_ms
      FROM (SELECT DISTINCT model FROM catalogue_models) AS m
        CROSS JOIN LATERAL (SELECT * FROM attempts WHERE attempts.model = m.model AND ended_at >= %1$L AND ended_at < %2$L OFFSET 0) AS a
        CROSS JOIN LATERAL (SELECT tasks.purpose FROM tasks WHERE id = a.task_id OFFSET 0) AS t
      UNION ALL
      SELECT model, 'embedded', CASE WHEN failure_class IS NULL THEN 'answered' WHEN failure_class = 'in-doubt' THEN 'in_doubt' ELSE 'failed' END,
        cost_nano, latency_ms FROM embedded_calls WHERE state = 'settled' AND ended_at >= %1$L AND ended_at < %2$L
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
-- Hours and days that were rolled up before: those in which a program called.
INSERT INTO call_rollups
  SELECT period.grain, period.start, figures.* FROM call_rollup_progress p,
    LATERAL (SELECT DISTINCT CASE WHEN ended_at < date_trunc('day', p.rolled_until, 'UTC') THEN 'day' ELSE 'hour' END AS grain,
        date_trunc(CASE WHEN ended_at < date_trunc('day', p.rolled_until, 'UTC') THEN 'day' ELSE 'hour' END, ended_at, 'UTC') AS start
      FROM embedded_calls WHERE state = 'settled' AND ended_at < p.rolled_until) AS period,
    LATERAL ended_calls(period.start, period.start + ('1 ' || period.grain)::interval) AS figures
  WHERE figures.purpose = 'embedded';
--> statement-breakpoint
CREATE OR REPLACE FUNCTION roll_up_calls(hours integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  first timestamptz;
  made integer := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('signalbox call roll-ups')) THEN
    RETURN 0;
  END IF;
  SELECT coalesce((SELECT rolled_until FROM call_rollup_progress), date_trunc('hour', least((SELECT min(accepted_at) FROM tasks),
    (SELECT min(ended_at) FROM embedded_calls WHERE state = 'settled')), 'UTC')) INTO first;
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
-- How models do over some days, by what the calls were for. Quantiles are right within 1 %.
CREATE FUNCTION call_summary(first timestamptz, purposes text[])
RETURNS TABLE (purpose text, model text, calls bigint, answered bigint, failed bigint, in_doubt bigint, cost_nano bigint,
  latency_p50_ms double precision, latency_p95_ms double precision) LANGUAGE sql STABLE AS $$
  WITH parts AS MATERIALIZED (SELECT * FROM calls_since(first) WHERE purpose = ANY (purposes)),
    sums AS (SELECT purpose, model, sum(calls)::bigint AS calls, sum(answered)::bigint AS answered, sum(failed)::bigint AS failed,
        sum(in_doubt)::bigint AS in_doubt, sum(cost_nano)::bigint AS cost_nano, min(latency_min_ms) AS least, max(latency_max_ms) AS most
      FROM parts GROUP BY purpose, model),
    bins AS (SELECT purpose, model, bin, sum(counted) AS counted FROM parts, unnest(latency_bins, latency_counts) AS l (bin, counted) GROUP BY 1, 2, 3),
    places AS (SELECT purpose, model, 2 * power(1.02::double precision, bin) / 2.02 AS ms,
        sum(counted) OVER (PARTITION BY purpose, model ORDER BY bin) AS until, sum(counted) OVER (PARTITION BY purpose, model) AS counted FROM bins),
    quantiles AS (SELECT purpose, model, min(ms) FILTER (WHERE until >= 0.5 * counted) AS p50, min(ms) FILTER (WHERE until >= 0.95 * counted) AS p95
      FROM places GROUP BY purpose, model)
  SELECT s.purpose, s.model, s.calls, s.answered, s.failed, s.in_doubt, s.cost_nano, least(greatest(q.p50, s.least), s.most),
      least(greatest(q.p95, s.least), s.most)
    FROM sums s LEFT JOIN quantiles q ON q.purpose = s.purpose AND q.model = s.model
$$;
CREATE OR REPLACE FUNCTION model_summary(first timestamptz)
RETURNS TABLE (model text, calls bigint, answered bigint, failed bigint, in_doubt bigint, cost_nano bigint, latency_p50_ms double precision,
  latency_p95_ms double precision) LANGUAGE sql STABLE AS $$
  SELECT model, calls, answered, failed, in_doubt, cost_nano, latency_p50_ms, latency_p95_ms FROM call_summary(first, '{work}')
$$;
--> statement-breakpoint
CREATE OR REPLACE VIEW v_daily_costs AS
  SELECT date_trunc('day', at, 'UTC') AS day, model, provider, task_class, team, project, tag, key,
    count(*) AS calls, sum(cost_nano)::bigint AS cost_nano, sum(input_tokens::bigint + cache_read_tokens + cache_write_tokens)::bigint AS input_tokens,
    sum(output_tokens::bigint + reasoning_tokens)::bigint AS output_tokens, purpose, system
  FROM all_costs GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, purpose, system;
COMMENT ON VIEW v_daily_costs IS 'By the day of UTC. Purpose tells work from replays, golden tasks and the calls of programs that route by themselves.';
--> statement-breakpoint
-- Erases content of archived months that is older than it may be, at most of so many tasks; returns of how many. A month of which
-- somebody took tables away is left alone.
CREATE FUNCTION erase_archived_content(cutoff timestamptz, most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  suffix text;
  ids uuid[];
  erased integer := 0;
BEGIN
  FOR suffix IN SELECT '_' || replace(month, '-', '_') FROM archived_months WHERE first_id < first_id_at(cutoff) ORDER BY month LOOP
    EXIT WHEN erased >= most;
    CONTINUE WHEN EXISTS (SELECT FROM unnest(ARRAY['tasks', 'task_payloads', 'answers', 'routing_outcomes']) AS parent
      WHERE to_regclass(format('archived.%I', parent || suffix)) IS NULL);
    EXECUTE format('SELECT coalesce(array_agg(DISTINCT task_id), ''{}'') FROM (
        (SELECT p.task_id FROM archived.%1$I p JOIN archived.%3$I t ON t.id = p.task_id WHERE t.ended_at < $1 ORDER BY p.task_id LIMIT $2)
        UNION ALL
        (SELECT a.task_id FROM archived.%2$I a JOIN archived.%3$I t ON t.id = a.task_id WHERE t.ended_at < $1 ORDER BY a.task_id LIMIT $2)) AS due',
      'task_payloads' || suffix, 'answers' || suffix, 'tasks' || suffix) INTO ids USING cutoff, most - erased;
    PERFORM erase_content(ids, 'archived', suffix);
    erased := erased + cardinality(ids);
  END LOOP;
  RETURN erased;
END $$;
--> statement-breakpoint
-- Moves what else is told of the tasks of archived months to tables beside theirs, at most so many rows of each kind; returns the
-- largest number that was moved of one. Columns go by name, because a table may be of before an upgrade. What an event is of began
-- before it, so events go by their own time. Nothing reads these rows without the tasks; reservations, balances and idempotency keys
-- stay, because sums and repeated submissions are held against them.
CREATE FUNCTION archive_stragglers(most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  m record;
  moved integer;
  largest integer := 0;
BEGIN
  FOR m IN SELECT kind, key, kind || '_' || replace(month, '-', '_') AS target,
        format('SELECT %1$I FROM %2$I WHERE %3$I >= %4$L AND %3$I < %5$L LIMIT %6$s', key, kind, dated_by, since, until, most) AS rows
      FROM archived_months, LATERAL (SELECT (month || '-01')::timestamp AS begins) AS o,
        LATERAL (VALUES ('slot_assignments', 'task_id', 'task_id', first_id::text, beyond_id::text),
          ('fallback_events', 'id', 'at', (begins AT TIME ZONE 'UTC')::text, ((begins + interval '1 month') AT TIME ZONE 'UTC')::text),
          ('rate_limit_events', 'id', 'at', (begins AT TIME ZONE 'UTC')::text, ((begins + interval '1 month') AT TIME ZONE 'UTC')::text)
        ) AS k (kind, key, dated_by, since, until)
      ORDER BY month LOOP
    EXECUTE format('SELECT count(*) FROM (%s) AS due', m.rows) INTO moved;
    CONTINUE WHEN moved = 0;
    EXECUTE format('CREATE TABLE IF NOT EXISTS archived.%I (LIKE %I)', m.target, m.kind);
    EXECUTE format('WITH gone AS (DELETE FROM %1$I WHERE %2$I IN (%3$s) RETURNING *)
      INSERT INTO archived.%4$I SELECT (jsonb_populate_record(NULL::archived.%4$I, to_jsonb(gone))).* FROM gone',
      m.kind, m.key, m.rows, m.target);
    GET DIAGNOSTICS moved = ROW_COUNT;
    largest := greatest(largest, moved);
  END LOOP;
  RETURN largest;
END $$;
COMMENT ON SCHEMA archived IS 'Detached partitions, one table for each large table and month, and what else was told of their tasks. Signalbox erases old content in them, and drops none.';
--> statement-breakpoint
-- As before; and content of archived months goes when its time is over too, what is told of their tasks follows them, and no call of a
-- program goes before it is rolled up. Returns {erased, embedded, moved, isDone}.
CREATE OR REPLACE FUNCTION erase_old_content(most integer) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  kept retention;
  cutoff timestamptz;
  ids uuid[];
  erased integer;
  embedded integer := 0;
  moved integer;
  is_done boolean;
BEGIN
  SELECT * INTO kept FROM retention WHERE due_at <= clock_timestamp() FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN jsonb_build_object('erased', 0, 'embedded', 0, 'moved', 0, 'isDone', true);
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
  erased := cardinality(ids) + erase_archived_content(cutoff, most - cardinality(ids));
  DELETE FROM embedded_calls WHERE id IN (SELECT id FROM embedded_calls
    WHERE state = 'settled' AND ended_at < least(clock_timestamp() - make_interval(days => kept.embedded_days),
      coalesce((SELECT rolled_until FROM cost_rollup_progress), '-infinity'), coalesce((SELECT rolled_until FROM call_rollup_progress), '-infinity'))
      AND kept.embedded_days IS NOT NULL LIMIT most);
  GET DIAGNOSTICS embedded = ROW_COUNT;
  moved := archive_stragglers(most);
  kept.erased_tasks := kept.erased_tasks + erased;
  is_done := erased < most AND embedded < most AND moved < most;
  IF is_done AND kept.erased_tasks > 0 THEN
    PERFORM append_audit('upkeep', 'content.erased', 'tasks', jsonb_build_object('tasks', kept.erased_tasks, 'olderThanDays', kept.content_days,
      'before', cutoff));
  END IF;
  UPDATE retention SET erased_tasks = CASE WHEN is_done THEN 0 ELSE kept.erased_tasks END,
    due_at = CASE WHEN is_done THEN clock_timestamp() + interval '1 day' ELSE due_at END;
  RETURN jsonb_build_object('erased', erased, 'embedded', embedded, 'moved', moved, 'isDone', is_done);
END $$;
