-- What tasks are worth whose submitters do not say: learned from the values that others stated. And what mode observe uses of quotas.
-- Stated values are added up when a task gets its class, in the same transaction, so that nobody ever reads all tasks to learn, and
-- an archived month is still known. That happens once for each task, however often its decision is made.

CREATE TABLE stated_values (
  day        date NOT NULL,
  cell       uuid NOT NULL,
  part       smallint NOT NULL,
  task_class text NOT NULL,
  layer      text,
  team       text,
  key        text,
  tasks      bigint NOT NULL CHECK (tasks > 0),
  total      numeric NOT NULL,
  squares    numeric NOT NULL,
  PRIMARY KEY (day, cell, part)
) WITH (fillfactor = 50);
COMMENT ON TABLE stated_values IS 'Values that submitters stated, by UTC day and kind of task: how many, their sum and the sum of their squares, both exact.';
--> statement-breakpoint
COMMENT ON COLUMN stated_values.cell IS 'Hash of class, layer, team and key, which together may be too long for an index.';
--> statement-breakpoint
COMMENT ON COLUMN stated_values.part IS 'One of eight rows of a kind, by the task: decisions of one kind that are made at once seldom wait for one another.';
--> statement-breakpoint
-- A value above what anything is worth (1e12) is not learned from: one slip would outweigh all others. Twelve digits after the point
-- keep the sums short, and what is computed from them within what a machine number can hold.
CREATE FUNCTION count_stated_value() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  worth numeric;
  about jsonb := jsonb_build_array(NEW.task_class, NEW.facts->>'layer', NEW.facts->'scope'->>'team', NEW.facts->'scope'->>'key');
BEGIN
  IF jsonb_typeof(NEW.facts->'expectedValue') <> 'number' THEN
    RETURN NULL;
  END IF;
  worth := round((NEW.facts->'expectedValue')::numeric, 12);
  IF worth < 0 OR worth > 1e12 THEN
    RETURN NULL;
  END IF;
  INSERT INTO stated_values AS s (day, cell, part, task_class, layer, team, key, tasks, total, squares)
    VALUES ((now() AT TIME ZONE 'UTC')::date, md5(about::text)::uuid, abs(hashtext(NEW.id::text)::bigint) % 8, NEW.task_class, about->>1, about->>2, about->>3,
      1, worth, worth * worth)
    ON CONFLICT (day, cell, part) DO UPDATE SET tasks = s.tasks + 1, total = s.total + excluded.total, squares = s.squares + excluded.squares;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER tasks_count_stated_value AFTER UPDATE OF task_class ON tasks FOR EACH ROW
  WHEN (OLD.task_class IS NULL AND NEW.task_class IS NOT NULL AND NEW.purpose = 'work' AND NOT NEW.dry_run AND NEW.facts ? 'expectedValue')
  EXECUTE FUNCTION count_stated_value();
--> statement-breakpoint
ALTER TABLE slot_assignments DROP CONSTRAINT slot_assignments_value_source_check;
ALTER TABLE slot_assignments ADD CONSTRAINT slot_assignments_value_source_check CHECK (value_source IN ('stated', 'formula', 'learned'));
ALTER TABLE slot_assignments ADD COLUMN value_basis jsonb;
COMMENT ON COLUMN slot_assignments.value_basis IS 'On what a learned value rests: {tasks, cell: {taskClass?, layer?, team?, key?}}.';
--> statement-breakpoint
-- Puts a decided task into the queue: {taskId, decisionId, models, lacks, expectedValue, valueSource, valueBasis?, valueRemark?,
-- percentiles?, priority, groupName?, groupPriority?, standing, patienceMs}. False: the task has ended. A task that has a slot keeps
-- that; one that waited before keeps the moment from which it waits.
CREATE OR REPLACE FUNCTION enqueue_for_slot(p jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
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
  INSERT INTO slot_assignments AS s (task_id, decision_id, mode, expected_value, value_source, value_basis, value_remark,
      percentiles, reason)
    VALUES ((p->>'taskId')::uuid, (p->>'decisionId')::uuid, 'act', (p->>'expectedValue')::double precision, p->>'valueSource',
      p->'valueBasis', p->>'valueRemark', p->'percentiles', 'It waits for a slot.')
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
-- All tokens of a call, of whatever kind; what is not said counts as none.
CREATE FUNCTION tokens_used(usage jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce((usage->>'inputTokens')::bigint, 0) + coalesce((usage->>'cacheReadTokens')::bigint, 0)
    + coalesce((usage->>'cacheWriteTokens')::bigint, 0) + coalesce((usage->>'cacheWrite1hTokens')::bigint, 0)
    + coalesce((usage->>'outputTokens')::bigint, 0) + coalesce((usage->>'reasoningTokens')::bigint, 0)
$$;
--> statement-breakpoint
-- As before, by that sum.
CREATE OR REPLACE FUNCTION give_back_slot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM slot_leases WHERE task_id = NEW.task_id AND attempt_id = NEW.id;
  PERFORM count_slot_use(NEW.slot, 0, tokens_used(NEW.usage), coalesce(NEW.cost_nano, 0));
  RETURN NULL;
END $$;
--> statement-breakpoint
-- In mode observe a task uses the quota of the slot that it would have got: with the tokens and the money of the calls that are really
-- made, and a request for each call after its first, which counts when the slot is recorded. So what is observed later sees an account
-- that is used up, as it would be.
CREATE FUNCTION count_observed_use() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  observed text;
BEGIN
  SELECT account INTO observed FROM slot_assignments WHERE task_id = NEW.task_id AND mode = 'observe';
  IF observed IS NOT NULL THEN
    PERFORM count_slot_use(observed, (NEW.number > 1)::integer, tokens_used(NEW.usage), coalesce(NEW.cost_nano, 0));
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER attempts_count_observed_use AFTER UPDATE OF state ON attempts FOR EACH ROW
  WHEN (NEW.slot IS NULL AND OLD.state = 'running' AND NEW.state <> 'running') EXECUTE FUNCTION count_observed_use();
