-- What other systems have served: tasks with their outcomes and costs, from their logs. They have tables of their own, so that nobody
-- takes their money for money that was spent here; the roll-ups of classes read them beside our own tasks.

CREATE TABLE imported_tasks (
  origin        text NOT NULL,
  source_id     text NOT NULL,
  ended_at      timestamptz NOT NULL,
  foreign_model text NOT NULL,
  task_class    text NOT NULL,
  outcome       text NOT NULL CHECK (outcome IN ('completed', 'failed', 'refused', 'cancelled')),
  score         double precision CHECK (score BETWEEN 0 AND 1),
  grader        text,
  rating        double precision CHECK (rating BETWEEN 1 AND 5),
  cost_nano     bigint CHECK (cost_nano >= 0),
  latency_ms    integer CHECK (latency_ms >= 0),
  input_tokens  integer CHECK (input_tokens >= 0),
  cached_input_tokens integer CHECK (cached_input_tokens >= 0),
  output_tokens integer CHECK (output_tokens >= 0),
  calls         smallint NOT NULL CHECK (calls > 0),
  privacy_tier  text NOT NULL CHECK (privacy_tier IN ('public', 'internal', 'confidential', 'restricted')),
  residency     text,
  capabilities  text[] NOT NULL,
  tenant        text,
  conversation  text,
  input_hash    text,
  propensity    double precision CHECK (propensity > 0 AND propensity <= 1),
  fingerprint   text,
  task_id       uuid,
  imported_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (origin, source_id)
);
CREATE INDEX imported_tasks_ended ON imported_tasks (ended_at);
COMMENT ON TABLE imported_tasks IS 'Tasks that other systems have served, by origin and their id there. NULL is not known, never 0.';
COMMENT ON COLUMN imported_tasks.cost_nano IS 'What its origin says that it cost; in no budget and no cost report.';
COMMENT ON COLUMN imported_tasks.task_id IS 'The task that holds its prompt, where prompts were imported: with it, it can be replayed.';
--> statement-breakpoint
CREATE TABLE model_mappings (
  foreign_model text PRIMARY KEY,
  model         text NOT NULL,
  mapped_by     text NOT NULL,
  mapped_at     timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE model_mappings IS 'Which model of the catalogue a name of another system stands for, as a person has said. Followed when roll-ups are made.';
--> statement-breakpoint
CREATE TABLE telemetry_imports (
  key         text PRIMARY KEY,
  origin      text NOT NULL,
  format      text NOT NULL,
  file_name   text NOT NULL,
  rows_done   bigint NOT NULL DEFAULT 0,
  counts      jsonb NOT NULL,
  imported_by text NOT NULL,
  started_at  timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
COMMENT ON TABLE telemetry_imports IS 'How far each file was imported. The key is a hash of its bytes and of how it is read, so that a file is known by any name.';
--> statement-breakpoint
-- The prompt of an imported task is a task that has ended: of purpose `imported`, with an outcome of no calls and no cost. What was
-- allowed before is allowed now, so no row has to be looked at again.
DO $$
DECLARE
  rule text := (SELECT conname FROM pg_constraint WHERE conrelid = 'tasks'::regclass AND contype = 'c' AND pg_get_constraintdef(oid) LIKE '%replay_of%');
BEGIN
  EXECUTE format('ALTER TABLE tasks DROP CONSTRAINT tasks_purpose_check, DROP CONSTRAINT %I', rule);
END $$;
ALTER TABLE tasks ADD CONSTRAINT tasks_purpose_check CHECK (purpose IN ('work', 'replay', 'golden', 'judge', 'imported')) NOT VALID;
ALTER TABLE tasks ADD CONSTRAINT tasks_replay_of_check CHECK ((replay_of IS NULL) = (purpose IN ('work', 'imported'))) NOT VALID;
COMMENT ON COLUMN tasks.purpose IS 'Replays and judgements are driven by a shard of their review; what is golden is dispatched, as work is; what was imported has ended.';
CREATE INDEX tasks_imported ON tasks (task_class, ended_at) WHERE purpose = 'imported';
--> statement-breakpoint
-- The id of the task of an imported prompt: the same whenever it is asked for, and in the order of time as all ids are.
CREATE FUNCTION imported_task_id(origin text, source_id text, ended_at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT (substr(first_id_at(ended_at)::text, 1, 13) || '-7' || substr(h, 1, 3) || '-8' || substr(h, 4, 3) || '-' || substr(h, 7, 12))::uuid
  FROM (SELECT md5(origin || chr(10) || source_id) AS h)
$$;
--> statement-breakpoint
-- Since when tasks of other systems are kept, in whole hours: as long as our own stay in the tables. Older ones are not imported either,
-- because their hours would be rolled up anew without those of our own tasks that are gone.
CREATE FUNCTION imports_kept_since() RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT greatest((SELECT date_trunc('hour', now() - make_interval(months => tasks_months), 'UTC') FROM retention WHERE tasks_months IS NOT NULL),
    (SELECT max((month || '-01')::timestamp + interval '1 month') AT TIME ZONE 'UTC' FROM archived_months), '-infinity')
$$;
--> statement-breakpoint
-- Forgets tasks of other systems that are older, at most `most`. Nothing goes that an open review still counts or that is not rolled up.
CREATE FUNCTION forget_old_imports(most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  beyond timestamptz := least(imports_kept_since(), (SELECT min(window_from) FROM reviews WHERE ended_at IS NULL),
    coalesce((SELECT rolled_until FROM rollup_progress), '-infinity'));
  forgotten integer;
BEGIN
  DELETE FROM imported_tasks WHERE ctid = ANY (ARRAY(SELECT ctid FROM imported_tasks WHERE ended_at < beyond ORDER BY ended_at LIMIT most));
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$;
--> statement-breakpoint
ALTER TABLE class_rollups ADD COLUMN imported integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN class_rollups.imported IS 'Of the tasks, those that another system served.';
--> statement-breakpoint
CREATE TABLE imported_evaluations (
  origin        text NOT NULL,
  run           text NOT NULL,
  item          text NOT NULL,
  foreign_model text NOT NULL,
  grader        text NOT NULL,
  score         double precision NOT NULL CHECK (score BETWEEN 0 AND 1),
  task_class    text,
  input_hash    text,
  fingerprint   text,
  evaluated_at  timestamptz NOT NULL,
  cost_nano     bigint CHECK (cost_nano >= 0),
  latency_ms    integer CHECK (latency_ms >= 0),
  imported_by   text NOT NULL,
  imported_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (origin, run, item, grader, foreign_model)
);
COMMENT ON TABLE imported_evaluations IS 'Scores that other systems have given to models on the same inputs; two models on one item of a run are a pair.';
COMMENT ON COLUMN imported_evaluations.task_class IS 'The class that it speaks of; NULL: nobody has said.';
