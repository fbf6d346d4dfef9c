-- Routing in a program of one's own (docs/embedded.md): what its calls cost, what it may spend, what it has learnt. Processes that
-- use the same name share all three. Its money is counted apart from the budgets of tasks, because nothing here is durable: no
-- workflow looks after a call whose process died, so the next reservation does.
CREATE TABLE embedded_balances (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  system        text NOT NULL,
  period        text NOT NULL CHECK (period IN ('day', 'month')),
  period_start  timestamptz NOT NULL,
  period_end    timestamptz NOT NULL,
  spent_nano    bigint NOT NULL DEFAULT 0 CHECK (spent_nano >= 0),
  reserved_nano bigint NOT NULL DEFAULT 0 CHECK (reserved_nano >= 0),
  UNIQUE (system, period, period_start)
) WITH (fillfactor = 50);
COMMENT ON TABLE embedded_balances IS 'What was spent and is reserved, by day and month of the time zone that a program counts in. Limits are the program''s own.';
--> statement-breakpoint
CREATE TABLE embedded_calls (
  id            uuid PRIMARY KEY,
  system        text NOT NULL,
  model         text NOT NULL,
  task_class    text NOT NULL,
  tier          text NOT NULL,
  state         text NOT NULL CHECK (state IN ('held', 'settled')),
  reserved_nano bigint NOT NULL CHECK (reserved_nano >= 0),
  balance_ids   bigint[] NOT NULL,
  cost_nano     bigint CHECK (cost_nano >= 0),
  cost_basis    text CHECK (cost_basis IN ('usage', 'reported', 'reserved', 'none', 'unknown')),
  failure_class text,
  input_tokens  bigint,
  output_tokens bigint,
  latency_ms    integer,
  score         double precision CHECK (score BETWEEN 0 AND 1),
  started_at    timestamptz NOT NULL,
  expires_at    timestamptz NOT NULL,
  ended_at      timestamptz,
  CHECK ((state = 'held') = (ended_at IS NULL)),
  CHECK ((state = 'held') = (cost_nano IS NULL))
);
CREATE INDEX embedded_calls_held ON embedded_calls (system, expires_at) WHERE state = 'held';
CREATE INDEX embedded_calls_ended ON embedded_calls (system, ended_at);
COMMENT ON COLUMN embedded_calls.input_tokens IS 'All of them, cached ones included; output likewise with reasoning. NULL: not known.';
--> statement-breakpoint
CREATE TABLE embedded_performance (
  system       text NOT NULL,
  model        text NOT NULL,
  task_class   text NOT NULL,
  attempts     integer NOT NULL DEFAULT 0,
  successes    integer NOT NULL DEFAULT 0,
  graded       integer NOT NULL DEFAULT 0,
  score_sum    double precision NOT NULL DEFAULT 0,
  latency_count integer NOT NULL DEFAULT 0,
  latency_sum_ms double precision NOT NULL DEFAULT 0,
  output_count integer NOT NULL DEFAULT 0,
  output_log_ratio_sum double precision NOT NULL DEFAULT 0,
  PRIMARY KEY (system, model, task_class)
) WITH (fillfactor = 50);
--> statement-breakpoint
-- Whatever moves the money of a system waits for this: two rows at a time, in any order, without a deadlock.
CREATE FUNCTION lock_embedded(system text) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(hashtext('signalbox embedded'), hashtext(system))
$$;
--> statement-breakpoint
-- Ends a call, once: {id, costBasis, costNano?, failureClass?, inputTokens?, outputTokens?, latencyMs?, score?, outputRatio?,
-- learns}. A basis of `reserved` charges the reservation in full. Returns {costNano, moves: [{period, periodEndMs, beforeNano,
-- afterNano}]}, without moves when the call had ended already. The caller holds the lock of the system.
CREATE FUNCTION end_embedded_call(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  c embedded_calls;
  cost bigint;
  moves jsonb;
  is_answered boolean := NOT p ? 'failureClass';
  took integer := (p->>'latencyMs')::integer;
  ratio double precision := (p->>'outputRatio')::double precision;
BEGIN
  SELECT * INTO STRICT c FROM embedded_calls WHERE id = (p->>'id')::uuid;
  IF c.state = 'settled' THEN
    RETURN jsonb_build_object('costNano', c.cost_nano, 'moves', '[]'::jsonb);
  END IF;
  cost := CASE p->>'costBasis' WHEN 'reserved' THEN c.reserved_nano WHEN 'none' THEN 0 WHEN 'unknown' THEN 0 ELSE (p->>'costNano')::bigint END;
  UPDATE embedded_calls SET state = 'settled', cost_nano = cost, cost_basis = p->>'costBasis', failure_class = p->>'failureClass',
      input_tokens = (p->>'inputTokens')::bigint, output_tokens = (p->>'outputTokens')::bigint, latency_ms = took,
      score = (p->>'score')::double precision, ended_at = clock_timestamp()
    WHERE id = c.id;
  WITH moved AS (
    UPDATE embedded_balances SET reserved_nano = reserved_nano - c.reserved_nano, spent_nano = spent_nano + cost
      WHERE id = ANY (c.balance_ids) RETURNING period, period_end, spent_nano
  ) SELECT jsonb_agg(jsonb_build_object('period', period, 'periodEndMs', (extract(epoch FROM period_end) * 1000)::bigint,
      'beforeNano', spent_nano - cost, 'afterNano', spent_nano) ORDER BY period) INTO moves FROM moved;
  IF (p->>'learns')::boolean THEN
    INSERT INTO embedded_performance AS e (system, model, task_class, attempts, successes, graded, score_sum, latency_count, latency_sum_ms,
        output_count, output_log_ratio_sum)
      VALUES (c.system, c.model, c.task_class, 1, is_answered::integer, (p->>'score' IS NOT NULL)::integer, coalesce((p->>'score')::double precision, 0),
        (is_answered AND took IS NOT NULL)::integer, CASE WHEN is_answered THEN coalesce(took, 0) ELSE 0 END,
        (ratio IS NOT NULL)::integer, coalesce(ln(ratio), 0))
      ON CONFLICT (system, model, task_class) DO UPDATE SET attempts = e.attempts + 1, successes = e.successes + excluded.successes,
        graded = e.graded + excluded.graded, score_sum = e.score_sum + excluded.score_sum, latency_count = e.latency_count + excluded.latency_count,
        latency_sum_ms = e.latency_sum_ms + excluded.latency_sum_ms, output_count = e.output_count + excluded.output_count,
        output_log_ratio_sum = e.output_log_ratio_sum + excluded.output_log_ratio_sum;
  END IF;
  RETURN jsonb_build_object('costNano', cost, 'moves', coalesce(moves, '[]'));
END $$;
--> statement-breakpoint
-- Reserves the money of a call in its day and month, or in neither: {id, system, model, taskClass, tier, amountNano, holdMs, timeZone,
-- dayLimitNano?, monthLimitNano?}. Returns {ok: true}, or which limit has no room. Calls whose process died are charged first.
CREATE FUNCTION reserve_embedded_call(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  instant timestamptz;
  zone text := p->>'timeZone';
  amount bigint := (p->>'amountNano')::bigint;
  ids bigint[];
  dead record;
  short record;
BEGIN
  PERFORM lock_embedded(p->>'system');
  instant := clock_timestamp(); -- after the lock: what it waited for may have lasted beyond midnight
  IF EXISTS (SELECT FROM embedded_calls WHERE id = (p->>'id')::uuid) THEN
    RETURN '{"ok": true}';
  END IF;
  FOR dead IN SELECT id FROM embedded_calls WHERE system = p->>'system' AND state = 'held' AND expires_at < instant LOOP
    PERFORM end_embedded_call(jsonb_build_object('id', dead.id, 'costBasis', 'reserved', 'failureClass', 'in-doubt', 'learns', false));
  END LOOP;
  INSERT INTO embedded_balances (system, period, period_start, period_end)
    SELECT p->>'system', period, date_trunc(period, instant, zone),
        (date_trunc(period, instant AT TIME ZONE zone) + ('1 ' || period)::interval) AT TIME ZONE zone
      FROM unnest(ARRAY['day', 'month']) AS period
    ON CONFLICT (system, period, period_start) DO NOTHING;
  SELECT array_agg(id) INTO ids FROM embedded_balances
    WHERE system = p->>'system' AND period_start = date_trunc(period, instant, zone);
  SELECT b.period, limits.nano, b.spent_nano, b.reserved_nano, b.period_end INTO short
    FROM embedded_balances b
      JOIN (VALUES ('day', (p->>'dayLimitNano')::bigint), ('month', (p->>'monthLimitNano')::bigint)) AS limits (period, nano) USING (period)
    WHERE b.id = ANY (ids) AND b.spent_nano + b.reserved_nano + amount > limits.nano
    ORDER BY (b.spent_nano + amount > limits.nano) DESC, limits.nano - b.spent_nano - b.reserved_nano LIMIT 1;
  IF FOUND THEN
    RETURN jsonb_build_object('ok', false, 'period', short.period, 'limitNano', short.nano,
      'leftNano', greatest(short.nano - short.spent_nano - short.reserved_nano, 0), 'mayFree', short.spent_nano + amount <= short.nano,
      'renewsAtMs', (extract(epoch FROM short.period_end) * 1000)::bigint);
  END IF;
  UPDATE embedded_balances SET reserved_nano = reserved_nano + amount WHERE id = ANY (ids);
  INSERT INTO embedded_calls (id, system, model, task_class, tier, state, reserved_nano, balance_ids, started_at, expires_at)
    VALUES ((p->>'id')::uuid, p->>'system', p->>'model', p->>'taskClass', p->>'tier', 'held', amount, ids, instant,
      instant + make_interval(secs => (p->>'holdMs')::double precision / 1000));
  RETURN '{"ok": true}';
END $$;
--> statement-breakpoint
CREATE FUNCTION settle_embedded_call(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  PERFORM lock_embedded((SELECT system FROM embedded_calls WHERE id = (p->>'id')::uuid));
  RETURN end_embedded_call(p);
END $$;
--> statement-breakpoint
-- Counts a call that was made without asking: its money is spent, whatever the limits say.
CREATE FUNCTION track_embedded_call(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  PERFORM reserve_embedded_call(p - 'dayLimitNano' - 'monthLimitNano' || '{"amountNano": 0, "holdMs": 0}');
  RETURN end_embedded_call(p);
END $$;
