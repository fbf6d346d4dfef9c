-- Cascades: which calls belong to which step, and what became of each step's answer.

ALTER TABLE attempts ADD COLUMN step smallint CHECK (step > 0);
ALTER TABLE attempts ADD COLUMN part text CHECK (part IN ('answer', 'check'));
COMMENT ON COLUMN attempts.step IS 'Place of the step in the cascade of the task''s decision. Absent: it is no cascade.';
COMMENT ON COLUMN attempts.part IS 'Whether the call answered the task, or only checked an answer. Absent: it is no cascade, and answered.';
--> statement-breakpoint
CREATE TABLE cascade_steps (
  task_id       uuid NOT NULL,
  step          smallint NOT NULL,
  decision_id   uuid NOT NULL,
  attempt_id    uuid NOT NULL,
  task_class    text NOT NULL,
  model         text NOT NULL,
  check_kind    text,
  result        text NOT NULL CHECK (result IN ('passed', 'failed', 'crashed', 'unchecked')),
  why           text NOT NULL,
  check_attempt_id uuid,
  check_cost_nano bigint NOT NULL CHECK (check_cost_nano >= 0),
  check_ms      integer NOT NULL CHECK (check_ms >= 0),
  stated        double precision CHECK (stated >= 0 AND stated <= 1),
  calibrated    double precision CHECK (calibrated >= 0 AND calibrated <= 1),
  score         double precision CHECK (score >= 0 AND score <= 1),
  purpose       text NOT NULL,
  recorded_at   timestamptz NOT NULL,
  PRIMARY KEY (task_id, step)
);
CREATE INDEX cascade_steps_recorded ON cascade_steps (recorded_at);
CREATE INDEX cascade_steps_graded ON cascade_steps (task_class, model, recorded_at) WHERE stated IS NOT NULL AND score IS NOT NULL;
COMMENT ON TABLE cascade_steps IS 'Each answered step of a cascade with the result of its check. Content stands in answers alone.';
COMMENT ON COLUMN cascade_steps.check_cost_nano IS 'Of all calls that the check made, those that failed among them.';
COMMENT ON COLUMN cascade_steps.check_ms IS 'From the end of the answer to the result: waiting and grading included.';
COMMENT ON COLUMN cascade_steps.score IS 'What the task''s grader says of this step''s answer, whether it was given or not. Absent: it was not graded.';
--> statement-breakpoint
-- Opens an attempt of a step: the argument of open_attempt, or with leaseMs of open_attempt_in_slot, with step and part.
CREATE FUNCTION open_attempt_of_step(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  opened jsonb := CASE WHEN p ? 'leaseMs' THEN open_attempt_in_slot(p) ELSE open_attempt(p) END;
BEGIN
  IF opened->>'kind' = 'opened' THEN
    UPDATE attempts SET step = (p->>'step')::smallint, part = p->>'part'
      WHERE task_id = (p->>'taskId')::uuid AND decision_id = (p->>'decisionId')::uuid AND number = (p->>'number')::smallint;
  END IF;
  RETURN opened;
END $$;
--> statement-breakpoint
-- Going on to the next step is what a cascade is for: no model stands in for another.
CREATE FUNCTION no_fallback_in_cascade() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM routing_decisions WHERE task_id = NEW.task_id AND record ? 'cascade') THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER fallback_events_of_cascade BEFORE INSERT ON fallback_events FOR EACH ROW EXECUTE FUNCTION no_fallback_in_cascade();
--> statement-breakpoint
-- As in 0006, and: the estimate of a cascade is of all its steps and is compared with no single call; a check is settled under the
-- name of its own (see activities/call/settle.ts), and its cost is the class's.
CREATE OR REPLACE FUNCTION complete_cost_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  call record;
BEGIN
  SELECT t.purpose, d.record->'descriptor'->>'type' AS task_type, a.catalogue_version, a.part, d.task_class,
      CASE WHEN a.number = 1 AND a.state = 'answered' AND a.model = d.model AND a.step IS NULL AND NEW.cost_basis IN ('usage', 'reported')
        THEN d.estimated_cost_nano END AS estimated_nano
    INTO call FROM tasks t
      LEFT JOIN routing_decisions d ON d.task_id = t.id
      LEFT JOIN attempts a ON a.task_id = t.id AND a.decision_id = NEW.decision_id AND a.id = NEW.attempt_id
    WHERE t.id = NEW.task_id;
  NEW.purpose := coalesce(call.purpose, NEW.purpose);
  NEW.task_type := call.task_type;
  NEW.estimated_nano := call.estimated_nano;
  IF call.part = 'check' THEN
    NEW.task_class := call.task_class;
  END IF;
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
--> statement-breakpoint
-- Records the result of a step's check: {taskId, step, decisionId, attemptId, checkKind?, result, why, checkAttemptId?, stated?,
-- calibrated?, score?}. Returns {result, why, score}: of the first record, which counts.
CREATE FUNCTION record_cascade_step(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  kept cascade_steps;
  instant timestamptz := clock_timestamp();
BEGIN
  INSERT INTO cascade_steps (task_id, step, decision_id, attempt_id, task_class, model, check_kind, result, why, check_attempt_id,
      check_cost_nano, check_ms, stated, calibrated, score, purpose, recorded_at)
    SELECT a.task_id, (p->>'step')::smallint, a.decision_id, a.id, d.task_class, a.model, p->>'checkKind', p->>'result', p->>'why',
        (p->>'checkAttemptId')::uuid,
        (SELECT coalesce(sum(c.cost_nano), 0) FROM attempts c
          WHERE c.task_id = a.task_id AND c.decision_id = a.decision_id AND c.step = a.step AND c.part = 'check'),
        greatest(0, extract(epoch FROM instant - a.ended_at) * 1000)::integer,
        (p->>'stated')::double precision, (p->>'calibrated')::double precision, (p->>'score')::double precision, t.purpose, instant
      FROM attempts a JOIN routing_decisions d ON d.task_id = a.task_id JOIN tasks t ON t.id = a.task_id
      WHERE a.task_id = (p->>'taskId')::uuid AND a.decision_id = (p->>'decisionId')::uuid AND a.id = (p->>'attemptId')::uuid
    ON CONFLICT (task_id, step) DO NOTHING;
  SELECT * INTO STRICT kept FROM cascade_steps WHERE task_id = (p->>'taskId')::uuid AND step = (p->>'step')::smallint;
  RETURN jsonb_build_object('result', kept.result, 'why', kept.why, 'score', kept.score);
END $$;
