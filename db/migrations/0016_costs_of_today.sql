-- Costs of the hours of the day that is not over: what was spent today is added up from some rows for each hour, and single calls are
-- read of the last one alone.

CREATE TABLE cost_latest (LIKE cost_days);
ALTER TABLE cost_latest RENAME COLUMN day TO hour;
CREATE INDEX cost_latest_hour ON cost_latest (hour);
COMMENT ON TABLE cost_latest IS 'As cost_days, by the hour, from rolled_until to hours_until of cost_rollup_progress; replaced by the day once it is over.';
ALTER TABLE cost_rollup_progress ADD COLUMN hours_until timestamptz;
COMMENT ON COLUMN cost_rollup_progress.hours_until IS 'Hours from rolled_until on that ended before this are in cost_latest. Null: none is.';
--> statement-breakpoint
-- Rolls up days that are over, at most so many, and when none is left the hours of the day that is not. Returns the days.
CREATE OR REPLACE FUNCTION roll_up_costs(days integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  first timestamptz;
  next_hour timestamptz;
  made integer := 0;
  beyond timestamptz := clock_timestamp() - interval '5 minutes';
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('signalbox cost roll-ups')) THEN
    RETURN 0;
  END IF;
  SELECT coalesce((SELECT rolled_until FROM cost_rollup_progress), date_trunc('day', least((SELECT min(at) FROM cost_tracking),
    (SELECT min(ended_at) FROM embedded_calls WHERE state = 'settled')), 'UTC')) INTO first;
  WHILE made < days AND first + interval '24 hours' < beyond LOOP
    DELETE FROM cost_days WHERE day = first;
    INSERT INTO cost_days SELECT * FROM costs_of_days(first, first + interval '24 hours');
    DELETE FROM cost_hours WHERE hour >= first AND hour < first + interval '24 hours';
    INSERT INTO cost_hours
      SELECT date_trunc('hour', at, 'UTC'), team, project, tag, key, sum(cost_nano)
        FROM cost_tracking WHERE at >= first AND at < first + interval '24 hours' GROUP BY 1, team, project, tag, key;
    first := first + interval '24 hours';
    made := made + 1;
  END LOOP;
  IF first IS NULL THEN
    RETURN made;
  END IF;
  DELETE FROM cost_latest WHERE hour < first;
  next_hour := greatest(first, (SELECT hours_until FROM cost_rollup_progress));
  IF first + interval '24 hours' >= beyond THEN
    WHILE next_hour + interval '1 hour' < beyond LOOP
      INSERT INTO cost_latest
        SELECT next_hour, model, provider, task_type, task_class, purpose, team, project, tag, key, calls, unpriced_calls, input_tokens,
          cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_nano, in_doubt_nano, cache_saved_nano, compared_calls,
          estimated_nano, compared_nano, system
        FROM costs_of_days(next_hour, next_hour + interval '1 hour');
      next_hour := next_hour + interval '1 hour';
    END LOOP;
  END IF;
  INSERT INTO cost_rollup_progress (rolled_until, hours_until) VALUES (first, next_hour)
    ON CONFLICT (one) DO UPDATE SET rolled_until = excluded.rolled_until, hours_until = excluded.hours_until;
  RETURN made;
END $$;
