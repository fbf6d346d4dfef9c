-- Money that people can steer by: what a cost row says of itself, roll-ups of costs, warnings of budgets and their way to the
-- addresses that asked for them.

-- What a report asks of every cost row, kept with it, so that no report joins it with a million decisions.
ALTER TABLE cost_tracking ADD COLUMN task_type text;
ALTER TABLE cost_tracking ADD COLUMN purpose text NOT NULL DEFAULT 'work';
ALTER TABLE cost_tracking ADD COLUMN estimated_nano bigint;
ALTER TABLE cost_tracking ADD COLUMN cache_saved_nano bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN cost_tracking.estimated_nano IS 'What the decision expected of this call. Only of a first call that was answered on the model that was chosen, and billed by what it used.';
COMMENT ON COLUMN cost_tracking.cache_saved_nano IS 'What the tokens read from the provider''s cache would have cost beyond what they did, by the prices of the call''s catalogue.';
--> statement-breakpoint
ALTER TABLE catalogue_models ADD COLUMN prices jsonb;
COMMENT ON COLUMN catalogue_models.prices IS 'A copy from the body of the version; NULL: unknown, never free.';
CREATE FUNCTION copy_prices_of_model() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT entry->'prices' INTO NEW.prices FROM catalogue_versions v, jsonb_array_elements(v.body->'models') AS entry
    WHERE v.version = NEW.catalogue_version AND entry->>'id' = NEW.model;
  RETURN NEW;
END $$;
CREATE TRIGGER catalogue_models_prices BEFORE INSERT ON catalogue_models FOR EACH ROW EXECUTE FUNCTION copy_prices_of_model();
UPDATE catalogue_models m SET prices = entry->'prices' FROM catalogue_versions v, jsonb_array_elements(v.body->'models') AS entry
  WHERE v.version = m.catalogue_version AND entry->>'id' = m.model;
--> statement-breakpoint
-- Runs within the settlement: two look-ups by primary key of rows that it has just touched.
CREATE FUNCTION complete_cost_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  call record;
BEGIN
  SELECT t.purpose, d.record->'descriptor'->>'type' AS task_type, a.catalogue_version,
      CASE WHEN a.number = 1 AND a.state = 'answered' AND a.model = d.model AND NEW.cost_basis IN ('usage', 'reported')
        THEN d.estimated_cost_nano END AS estimated_nano
    INTO call FROM tasks t
      LEFT JOIN routing_decisions d ON d.task_id = t.id
      LEFT JOIN attempts a ON a.task_id = t.id AND a.decision_id = NEW.decision_id AND a.id = NEW.attempt_id
    WHERE t.id = NEW.task_id;
  NEW.purpose := coalesce(call.purpose, NEW.purpose);
  NEW.task_type := call.task_type;
  NEW.estimated_nano := call.estimated_nano;
  IF NEW.cache_read_tokens > 0 THEN
    -- The step of the whole request, as in routing/money/cost.ts.
    SELECT NEW.cache_read_tokens * ((step->>'input')::bigint - coalesce(step->>'cacheRead', step->>'input')::bigint) / 1000 INTO NEW.cache_saved_nano
      FROM catalogue_models m, jsonb_array_elements(m.prices->'steps') AS step
      WHERE m.catalogue_version = call.catalogue_version AND m.model = NEW.model
        AND (step->>'aboveInputTokens')::bigint < NEW.input_tokens::bigint + NEW.cache_read_tokens + NEW.cache_write_tokens
      ORDER BY (step->>'aboveInputTokens')::bigint DESC LIMIT 1;
    NEW.cache_saved_nano := coalesce(NEW.cache_saved_nano, 0);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER cost_tracking_complete BEFORE INSERT ON cost_tracking FOR EACH ROW EXECUTE FUNCTION complete_cost_row();
--> statement-breakpoint
-- Costs of whole days of UTC, by everything that a report groups by: a month is read from some thousand rows and not from a
-- million. They outlive the rows they were made from.
CREATE TABLE cost_days (
  day           timestamptz NOT NULL,
  model         text NOT NULL,
  provider      text NOT NULL,
  task_type     text,
  task_class    text NOT NULL,
  purpose       text NOT NULL,
  team          text,
  project       text,
  tag           text,
  key           text,
  calls         bigint NOT NULL,
  unpriced_calls bigint NOT NULL,
  input_tokens  bigint NOT NULL,
  cache_read_tokens bigint NOT NULL,
  cache_write_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  reasoning_tokens bigint NOT NULL,
  cost_nano     bigint NOT NULL,
  in_doubt_nano bigint NOT NULL,
  cache_saved_nano bigint NOT NULL,
  compared_calls bigint NOT NULL,
  estimated_nano bigint NOT NULL,
  compared_nano bigint NOT NULL
);
CREATE INDEX cost_days_day ON cost_days (day);
COMMENT ON COLUMN cost_days.unpriced_calls IS 'Of models without a price, allowed by name: they cost something, and nobody knows what.';
COMMENT ON COLUMN cost_days.in_doubt_nano IS 'Charged in full because nobody knows what the call used.';
COMMENT ON COLUMN cost_days.compared_nano IS 'What the calls that have an estimate did cost: the other side of estimated_nano.';
--> statement-breakpoint
-- Costs by the hour and scope: what a forecast learns the days and hours of a week from, in any time zone of whole hours.
CREATE TABLE cost_hours (
  hour          timestamptz NOT NULL,
  team          text,
  project       text,
  tag           text,
  key           text,
  cost_nano     bigint NOT NULL
);
CREATE INDEX cost_hours_hour ON cost_hours (hour);
CREATE TABLE cost_rollup_progress (
  one          boolean PRIMARY KEY DEFAULT true CHECK (one),
  rolled_until timestamptz NOT NULL
);
COMMENT ON COLUMN cost_rollup_progress.rolled_until IS 'Days that ended before this are in cost_days and cost_hours.';
--> statement-breakpoint
-- Rolls up the days that are over, at most `days` of them; returns how many were made. A cost row is dated by the beginning of its
-- transaction, which ends within a minute, so a day is final some minutes after its end. Several processes may call it: one does it.
CREATE FUNCTION roll_up_costs(days integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  first timestamptz;
  made integer := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('signalbox cost roll-ups')) THEN
    RETURN 0;
  END IF;
  SELECT coalesce((SELECT rolled_until FROM cost_rollup_progress), (SELECT date_trunc('day', min(at), 'UTC') FROM cost_tracking)) INTO first;
  WHILE made < days AND first + interval '24 hours' < clock_timestamp() - interval '5 minutes' LOOP
    DELETE FROM cost_days WHERE day = first;
    INSERT INTO cost_days
      SELECT first, model, provider, task_type, task_class, purpose, team, project, tag, key, count(*),
          count(*) FILTER (WHERE cost_basis = 'unknown'), sum(input_tokens), sum(cache_read_tokens), sum(cache_write_tokens),
          sum(output_tokens), sum(reasoning_tokens), sum(cost_nano), coalesce(sum(cost_nano) FILTER (WHERE cost_basis = 'reserved'), 0),
          sum(cache_saved_nano), count(estimated_nano), coalesce(sum(estimated_nano), 0),
          coalesce(sum(cost_nano) FILTER (WHERE estimated_nano IS NOT NULL), 0)
        FROM cost_tracking WHERE at >= first AND at < first + interval '24 hours'
        GROUP BY model, provider, task_type, task_class, purpose, team, project, tag, key;
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
CREATE TABLE budget_warnings (
  id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  budget_id      text NOT NULL REFERENCES budgets (id),
  period_start   timestamptz NOT NULL,
  period_end     timestamptz NOT NULL,
  limit_nano     bigint NOT NULL,
  warn_at        double precision NOT NULL,
  spent_nano     bigint NOT NULL,
  at             timestamptz NOT NULL DEFAULT now(),
  UNIQUE (budget_id, period_start, limit_nano, warn_at)
);
CREATE INDEX budget_warnings_recent ON budget_warnings (at DESC);
COMMENT ON TABLE budget_warnings IS 'One row for each crossing of a budget''s warning line in a period; another limit or share draws another line.';
--> statement-breakpoint
CREATE TABLE webhooks (
  url          text PRIMARY KEY,
  secret_env   text NOT NULL,
  allow_private_network boolean NOT NULL
);
COMMENT ON TABLE webhooks IS 'Who is told of warnings, as configured; the name of the secret''s environment variable, never the secret.';
CREATE TABLE webhook_deliveries (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  url          text NOT NULL,
  warning_id   uuid NOT NULL REFERENCES budget_warnings (id),
  state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'given-up')),
  tries        smallint NOT NULL DEFAULT 0 CHECK (tries >= 0),
  next_at      timestamptz NOT NULL DEFAULT now(),
  last_problem text,
  delivered_at timestamptz,
  UNIQUE (warning_id, url),
  CHECK ((state = 'delivered') = (delivered_at IS NOT NULL))
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE state = 'waiting';
--> statement-breakpoint
CREATE FUNCTION warning_json(w budget_warnings) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', w.id, 'budgetId', b.id, 'scopeKind', b.scope_kind, 'scopeId', b.scope_id, 'period', b.period,
      'hard', b.hard, 'timeZone', b.time_zone, 'limitNano', w.limit_nano, 'warnAt', w.warn_at, 'spentNano', w.spent_nano,
      'periodStart', w.period_start, 'periodEnd', w.period_end, 'at', w.at)
    FROM budgets b WHERE b.id = w.budget_id
$$;
--> statement-breakpoint
-- Warns of every budget that has spent its share and was not warned of in this period: a row, an entry in the audit log and a
-- delivery to every webhook, in one transaction. Returns the new warnings. Balances of the period before are looked at
-- too, so that a line crossed in the last seconds of a day is not missed.
CREATE FUNCTION warn_of_budgets() RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  crossed record;
  warned budget_warnings;
  told jsonb := '[]';
BEGIN
  FOR crossed IN
    SELECT b.id, b.limit_nano, b.warn_at, t.period_start, t.period_end, t.spent_nano
    FROM budgets b JOIN budget_tracking t
      ON t.budget_id = b.id AND t.period_start > now() - CASE b.period WHEN 'day' THEN interval '2 days' ELSE interval '33 days' END
    WHERE t.spent_nano > 0 AND t.spent_nano >= b.warn_at * b.limit_nano
      AND NOT EXISTS (SELECT FROM budget_warnings w WHERE w.budget_id = b.id AND w.period_start = t.period_start
        AND w.limit_nano = b.limit_nano AND w.warn_at = b.warn_at)
    ORDER BY b.id, t.period_start
  LOOP
    INSERT INTO budget_warnings (budget_id, period_start, period_end, limit_nano, warn_at, spent_nano)
      VALUES (crossed.id, crossed.period_start, crossed.period_end, crossed.limit_nano, crossed.warn_at, crossed.spent_nano)
      ON CONFLICT (budget_id, period_start, limit_nano, warn_at) DO NOTHING RETURNING * INTO warned;
    CONTINUE WHEN NOT FOUND;
    INSERT INTO webhook_deliveries (url, warning_id) SELECT url, warned.id FROM webhooks;
    PERFORM append_audit('upkeep', 'budget.warned', crossed.id, warning_json(warned));
    told := told || jsonb_build_array(warning_json(warned));
  END LOOP;
  RETURN told;
END $$;
--> statement-breakpoint
-- Deliveries that are due, each put off until after the backoff before it is tried: whoever dies on the way leaves it to the next.
-- The wait doubles from half a minute to six hours; after 20 tries, some three days, it is given up.
CREATE FUNCTION take_deliveries(most integer) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  taken jsonb;
BEGIN
  WITH due AS (
    SELECT id FROM webhook_deliveries WHERE state = 'waiting' AND next_at <= now() ORDER BY next_at LIMIT most FOR UPDATE SKIP LOCKED
  ), moved AS (
    UPDATE webhook_deliveries d SET tries = d.tries + 1, next_at = now() + least(interval '30 seconds' * 2 ^ d.tries, interval '6 hours')
    FROM due WHERE d.id = due.id RETURNING d.*
  )
  SELECT coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'url', m.url, 'tries', m.tries, 'secretEnv', h.secret_env,
      'allowPrivateNetwork', h.allow_private_network, 'warning', warning_json(w))), '[]') INTO taken
    FROM moved m JOIN budget_warnings w ON w.id = m.warning_id LEFT JOIN webhooks h ON h.url = m.url;
  RETURN taken;
END $$;
