-- Everything that must be known is a row. Money is nano-USD in bigint; ids of tasks and what belongs to them are UUID version 7,
-- so that a range of ids is a range of time: the large tables are partitioned by month on the task id, and stay unique on it.

CREATE TABLE catalogue_versions (
  version     text PRIMARY KEY,
  body        jsonb NOT NULL,
  active      boolean NOT NULL,
  applied_at  timestamptz NOT NULL DEFAULT now(),
  applied_by  text NOT NULL
);
CREATE UNIQUE INDEX catalogue_versions_one_active ON catalogue_versions (active) WHERE active;
COMMENT ON TABLE catalogue_versions IS 'Models, prices and providers as configured, by content hash; carries names of secrets, never secrets.';
--> statement-breakpoint
CREATE TABLE catalogue_models (
  catalogue_version text NOT NULL REFERENCES catalogue_versions (version),
  model             text NOT NULL,
  provider          text NOT NULL,
  status            text NOT NULL,
  privacy_tiers     text[] NOT NULL,
  regions           text[] NOT NULL,
  PRIMARY KEY (catalogue_version, model)
);
COMMENT ON TABLE catalogue_models IS 'What the last line of defence needs to know of a model: the trigger on attempts reads it.';
--> statement-breakpoint
CREATE TABLE policy_versions (
  version      integer PRIMARY KEY CHECK (version > 0),
  base_version integer REFERENCES policy_versions (version),
  body         jsonb NOT NULL,
  sha256       text NOT NULL,
  active       boolean NOT NULL,
  applied_at   timestamptz NOT NULL DEFAULT now(),
  applied_by   text NOT NULL,
  superseded_at timestamptz
);
CREATE UNIQUE INDEX policy_versions_one_active ON policy_versions (active) WHERE active;
COMMENT ON TABLE policy_versions IS 'Routing rules, immutable; exactly one is active.';
--> statement-breakpoint
CREATE TABLE tasks (
  id            uuid NOT NULL,
  owner         text NOT NULL,
  external_id   text,
  facts         jsonb NOT NULL,
  privacy_tier  text NOT NULL CHECK (privacy_tier IN ('public', 'internal', 'confidential', 'restricted')),
  residency     text,
  priority      smallint NOT NULL CHECK (priority BETWEEN 0 AND 100),
  task_class    text,
  status        text NOT NULL DEFAULT 'accepted' CHECK (status IN ('accepted', 'running', 'completed', 'failed', 'refused', 'cancelled')),
  dry_run       boolean NOT NULL DEFAULT false,
  accepted_at   timestamptz NOT NULL DEFAULT now(),
  started_at    timestamptz,
  ended_at      timestamptz,
  cancel_requested_at timestamptz,
  swept_at      timestamptz,
  PRIMARY KEY (id),
  CHECK ((status IN ('completed', 'failed', 'refused', 'cancelled')) = (ended_at IS NOT NULL))
) PARTITION BY RANGE (id);
CREATE INDEX tasks_open ON tasks (accepted_at) WHERE ended_at IS NULL;
CREATE INDEX tasks_recent ON tasks (accepted_at DESC);
CREATE INDEX tasks_valued ON tasks (accepted_at DESC) WHERE facts ? 'expectedValue';
--> statement-breakpoint
CREATE TABLE idempotency_keys (
  owner       text NOT NULL,
  key         text NOT NULL,
  task_id     uuid NOT NULL,
  body_sha256 text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (owner, key)
);
--> statement-breakpoint
CREATE TABLE task_payloads (
  task_id     uuid NOT NULL REFERENCES tasks (id),
  prompt      json NOT NULL,
  grader      jsonb,
  prompt_bytes integer NOT NULL,
  prompt_sha256 text NOT NULL,
  PRIMARY KEY (task_id)
) PARTITION BY RANGE (task_id);
COMMENT ON TABLE task_payloads IS 'Content as submitted. Content lives here and in answers only, so that it can be erased.';
COMMENT ON COLUMN task_payloads.prompt IS 'json, not jsonb: a model fills the properties of a schema in the order in which they stand.';
--> statement-breakpoint
CREATE TABLE routing_decisions (
  task_id       uuid NOT NULL REFERENCES tasks (id),
  id            uuid NOT NULL,
  kind          text NOT NULL CHECK (kind IN ('routed', 'refused')),
  task_class    text NOT NULL,
  tier          text NOT NULL,
  model         text,
  chosen_by     text,
  confidence    smallint,
  estimated_cost_nano bigint,
  estimated_latency_ms integer,
  propensity    double precision CHECK (propensity > 0 AND propensity <= 1),
  policy_version integer NOT NULL REFERENCES policy_versions (version),
  catalogue_version text NOT NULL REFERENCES catalogue_versions (version),
  record        jsonb NOT NULL,
  inputs        jsonb NOT NULL,
  decided_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (task_id)
) PARTITION BY RANGE (task_id);
CREATE INDEX routing_decisions_at ON routing_decisions (decided_at);
COMMENT ON COLUMN routing_decisions.inputs IS 'What the decision was computed from beside the task, the policy and the catalogue: knowledge, now, seed.';
--> statement-breakpoint
CREATE TABLE attempts (
  task_id       uuid NOT NULL REFERENCES tasks (id),
  decision_id   uuid NOT NULL,
  number        smallint NOT NULL CHECK (number > 0),
  id            uuid NOT NULL,
  model         text NOT NULL,
  catalogue_version text NOT NULL,
  state         text NOT NULL CHECK (state IN ('running', 'answered', 'failed', 'in_doubt')),
  failure_class text,
  failure_message text,
  http_status   smallint,
  retry_after_ms integer,
  usage         jsonb,
  cost_nano     bigint CHECK (cost_nano >= 0),
  cost_basis    text CHECK (cost_basis IN ('usage', 'reported', 'reserved', 'none', 'unknown')),
  latency_ms    integer,
  first_token_ms integer,
  provider_request_id text,
  served_model  text,
  worker        text NOT NULL,
  started_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at      timestamptz,
  PRIMARY KEY (task_id, decision_id, number),
  CHECK ((state = 'running') = (ended_at IS NULL)),
  CHECK ((state = 'running') = (cost_nano IS NULL)),
  CHECK ((state IN ('failed', 'in_doubt')) = (failure_class IS NOT NULL))
) PARTITION BY RANGE (task_id);
CREATE UNIQUE INDEX attempts_one_live ON attempts (task_id) WHERE state = 'running';
CREATE INDEX attempts_ended ON attempts (model, ended_at);
--> statement-breakpoint
CREATE TABLE answers (
  task_id     uuid NOT NULL REFERENCES tasks (id),
  attempt_id  uuid NOT NULL,
  body        json NOT NULL,
  PRIMARY KEY (task_id, attempt_id)
) PARTITION BY RANGE (task_id);
COMMENT ON TABLE answers IS 'Content as answered; json, because a model may write what jsonb refuses.';
--> statement-breakpoint
CREATE TABLE routing_outcomes (
  task_id       uuid NOT NULL REFERENCES tasks (id),
  decision_id   uuid,
  kind          text NOT NULL CHECK (kind IN ('completed', 'failed', 'refused', 'cancelled')),
  reason        text NOT NULL,
  code          text NOT NULL,
  model         text,
  attempt_id    uuid,
  attempts      smallint NOT NULL,
  cost_nano     bigint NOT NULL CHECK (cost_nano >= 0),
  score         double precision CHECK (score BETWEEN 0 AND 1),
  score_detail  text,
  ended_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (task_id)
) PARTITION BY RANGE (task_id);
CREATE INDEX routing_outcomes_at ON routing_outcomes (ended_at);
--> statement-breakpoint
CREATE TABLE cost_tracking (
  task_id       uuid NOT NULL REFERENCES tasks (id),
  attempt_id    uuid NOT NULL,
  decision_id   uuid NOT NULL,
  model         text NOT NULL,
  provider      text NOT NULL,
  task_class    text NOT NULL,
  team          text,
  project       text,
  tag           text,
  key           text,
  input_tokens  integer NOT NULL DEFAULT 0,
  cache_read_tokens integer NOT NULL DEFAULT 0,
  cache_write_tokens integer NOT NULL DEFAULT 0,
  output_tokens integer NOT NULL DEFAULT 0,
  reasoning_tokens integer NOT NULL DEFAULT 0,
  cost_nano     bigint NOT NULL CHECK (cost_nano >= 0),
  cost_basis    text NOT NULL,
  at            timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (task_id, attempt_id)
) PARTITION BY RANGE (task_id);
CREATE INDEX cost_tracking_at ON cost_tracking (at);
--> statement-breakpoint
CREATE TABLE budgets (
  id          text PRIMARY KEY,
  scope_kind  text NOT NULL CHECK (scope_kind IN ('global', 'team', 'project', 'tag', 'key')),
  scope_id    text NOT NULL,
  period      text NOT NULL CHECK (period IN ('day', 'month', 'request')),
  limit_nano  bigint NOT NULL CHECK (limit_nano >= 0),
  hard        boolean NOT NULL DEFAULT true,
  time_zone   text NOT NULL DEFAULT 'UTC',
  warn_at     double precision NOT NULL DEFAULT 0.8 CHECK (warn_at BETWEEN 0 AND 1),
  UNIQUE (scope_kind, scope_id, period)
);
COMMENT ON TABLE budgets IS 'Limits as configured. scope_id is empty for global.';
--> statement-breakpoint
CREATE TABLE budget_tracking (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  budget_id    text NOT NULL REFERENCES budgets (id),
  period_start timestamptz NOT NULL,
  period_end   timestamptz NOT NULL,
  spent_nano   bigint NOT NULL DEFAULT 0 CHECK (spent_nano >= 0),
  reserved_nano bigint NOT NULL DEFAULT 0 CHECK (reserved_nano >= 0),
  overrun_nano bigint NOT NULL DEFAULT 0 CHECK (overrun_nano >= 0),
  allowed_nano bigint DEFAULT 0 CHECK (allowed_nano >= 0),
  UNIQUE (budget_id, period_start)
) WITH (fillfactor = 50);
COMMENT ON COLUMN budget_tracking.overrun_nano IS 'What calls cost beyond their reservation: the provider billed more than the worst case allowed for.';
COMMENT ON COLUMN budget_tracking.allowed_nano IS 'The highest limit under which money was reserved in this period, which lowering the limit does not change; NULL once a soft limit let money through.';
--> statement-breakpoint
CREATE TABLE reservations (
  attempt_id   uuid PRIMARY KEY,
  task_id      uuid NOT NULL,
  amount_nano  bigint NOT NULL CHECK (amount_nano >= 0),
  balance_ids  bigint[] NOT NULL,
  state        text NOT NULL CHECK (state IN ('held', 'settled')),
  settled_nano bigint CHECK (settled_nano >= 0),
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,
  settled_at   timestamptz,
  CHECK ((state = 'settled') = (settled_nano IS NOT NULL))
);
CREATE INDEX reservations_held ON reservations (expires_at) WHERE state = 'held';
CREATE INDEX reservations_task ON reservations (task_id);
COMMENT ON COLUMN reservations.balance_ids IS 'Rows of budget_tracking it is counted in: the periods are fixed when money is reserved.';
--> statement-breakpoint
CREATE TABLE ratings (
  id          uuid PRIMARY KEY,
  task_id     uuid,
  provider    text NOT NULL,
  model       text NOT NULL,
  score       double precision NOT NULL CHECK (score BETWEEN 1 AND 5),
  tier        text NOT NULL,
  task_class  text,
  task_hash   text,
  source      text NOT NULL CHECK (source IN ('person', 'grader')),
  rated_by    text NOT NULL,
  rated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ratings_model ON ratings (model, rated_at);
CREATE INDEX ratings_task ON ratings (task_id);
--> statement-breakpoint
CREATE TABLE model_performance (
  model        text NOT NULL,
  grain        text NOT NULL CHECK (grain IN ('all', 'tier', 'class')),
  cell         text NOT NULL,
  ratings      integer NOT NULL DEFAULT 0,
  ewma         double precision,
  attempts     integer NOT NULL DEFAULT 0,
  successes    integer NOT NULL DEFAULT 0,
  graded       integer NOT NULL DEFAULT 0,
  score_sum    double precision NOT NULL DEFAULT 0,
  latency_count integer NOT NULL DEFAULT 0,
  latency_sum_ms double precision NOT NULL DEFAULT 0,
  output_count integer NOT NULL DEFAULT 0,
  output_log_ratio_sum double precision NOT NULL DEFAULT 0,
  cost_sum_nano bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (model, grain, cell)
) WITH (fillfactor = 50);
COMMENT ON TABLE model_performance IS 'Sums per model, over all its work (cell empty), per tier (ratings) and per task class (outcomes); rebuildable from ratings and attempts.';
--> statement-breakpoint
CREATE TABLE model_health (
  model        text PRIMARY KEY,
  health       jsonb NOT NULL,
  changed_at   timestamptz NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE TABLE fallback_events (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task_id     uuid NOT NULL,
  from_model  text NOT NULL,
  to_model    text NOT NULL,
  failure_class text NOT NULL,
  at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX fallback_events_at ON fallback_events (at);
--> statement-breakpoint
CREATE TABLE rate_limit_events (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task_id     uuid NOT NULL,
  model       text NOT NULL,
  provider    text NOT NULL,
  kind        text NOT NULL CHECK (kind IN ('rate-limited', 'quota-exhausted')),
  retry_after_ms integer,
  at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX rate_limit_events_at ON rate_limit_events (at);
--> statement-breakpoint
CREATE TABLE audit_log (
  seq      bigint PRIMARY KEY,
  at       timestamptz NOT NULL,
  actor    text NOT NULL,
  action   text NOT NULL,
  subject  text NOT NULL,
  details  jsonb NOT NULL,
  previous bytea NOT NULL,
  hash     bytea NOT NULL
);
CREATE TABLE audit_head (
  one  boolean PRIMARY KEY DEFAULT true CHECK (one),
  seq  bigint NOT NULL,
  hash bytea NOT NULL
);
INSERT INTO audit_head (seq, hash) VALUES (0, sha256('signalbox audit log'::bytea));
COMMENT ON TABLE audit_log IS 'Append-only, each entry chained to the one before by its hash.';
--> statement-breakpoint
-- Bounds of the month that an instant falls in, as ids: a version 7 UUID begins with milliseconds since the epoch.
CREATE FUNCTION first_id_at(instant timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT (lpad(to_hex((extract(epoch FROM instant) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;
--> statement-breakpoint
-- Makes the partitions of every large table for the months from `since` on. Safe to repeat; rows that no partition
-- fits go to the default one, so that a late upkeep loses nothing. A month that has rows there stays there: Postgres makes
-- no partition for rows that the default one holds.
CREATE FUNCTION ensure_partitions(since timestamptz, months integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  parent text;
  key_of text;
  partition text;
  month timestamptz;
  first uuid;
  beyond uuid;
  is_late boolean;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('signalbox partitions'));
  FOREACH parent IN ARRAY ARRAY['tasks', 'task_payloads', 'routing_decisions', 'attempts', 'answers', 'routing_outcomes', 'cost_tracking'] LOOP
    key_of := CASE parent WHEN 'tasks' THEN 'id' ELSE 'task_id' END;
    IF to_regclass(parent || '_default') IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', parent || '_default', parent);
    END IF;
    FOR step IN 0 .. months - 1 LOOP
      month := (date_trunc('month', since AT TIME ZONE 'UTC') + make_interval(months => step)) AT TIME ZONE 'UTC';
      partition := parent || to_char(month AT TIME ZONE 'UTC', '_YYYYMM');
      CONTINUE WHEN to_regclass(partition) IS NOT NULL;
      first := first_id_at(month);
      beyond := first_id_at((month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
      EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I >= $1 AND %I < $2)', parent || '_default', key_of, key_of)
        INTO is_late USING first, beyond;
      CONTINUE WHEN is_late;
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', partition, parent, first, beyond);
      made := made + 1;
    END LOOP;
  END LOOP;
  RETURN made;
END $$;
--> statement-breakpoint
SELECT ensure_partitions(now(), 3);
