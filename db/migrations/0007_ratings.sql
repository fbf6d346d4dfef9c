-- Ratings that come from files: of any time in the past, from before models were named, and many at once. The averages stay what
-- the whole log gives in its order, whatever came when.
ALTER TABLE ratings ALTER COLUMN model DROP NOT NULL;
ALTER TABLE ratings DROP CONSTRAINT ratings_source_check;
ALTER TABLE ratings ADD CONSTRAINT ratings_source_check CHECK (source IN ('person', 'grader', 'import'));
CREATE INDEX ratings_at ON ratings (rated_at, id);
COMMENT ON COLUMN ratings.model IS 'NULL: from a file of before models were rated; kept, and counted for no model.';
--> statement-breakpoint
-- EWMA of scores in the order given, as in routing/learning/ewma.ts; a test holds the two together.
CREATE FUNCTION next_ewma(state double precision, score double precision, alpha double precision, seed double precision)
RETURNS double precision LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN alpha * score + (1 - alpha) * coalesce(state, seed);
END $$;
CREATE AGGREGATE ewma_of(score double precision, alpha double precision, seed double precision) (SFUNC = next_ewma, STYPE = double precision);
--> statement-breakpoint
-- Computes the averages of models again from the log; NULL: of all. Who adds a rating meanwhile waits, so that none is counted twice
-- or left out.
CREATE FUNCTION refold_ratings(of_models text[], alpha double precision, seed double precision) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  LOCK TABLE ratings IN SHARE ROW EXCLUSIVE MODE;
  INSERT INTO model_performance AS m (model, grain, cell, ratings, ewma)
    SELECT model, 'all', '', count(*), ewma_of(score, alpha, seed ORDER BY rated_at, id) FROM ratings
      WHERE model IS NOT NULL AND (of_models IS NULL OR model = ANY (of_models)) GROUP BY model
    UNION ALL
    SELECT model, 'tier', tier, count(*), ewma_of(score, alpha, seed ORDER BY rated_at, id) FROM ratings
      WHERE model IS NOT NULL AND (of_models IS NULL OR model = ANY (of_models)) GROUP BY model, tier
    ON CONFLICT (model, grain, cell) DO UPDATE SET ratings = excluded.ratings, ewma = excluded.ewma;
END $$;
--> statement-breakpoint
-- As before, but that a rating is never earlier than the one before it of the same model, also when the clock was set back.
CREATE OR REPLACE FUNCTION add_rating(p jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  alpha double precision := (p->>'alpha')::double precision;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('signalbox ratings'), hashtext(p->>'model'));
  INSERT INTO ratings (id, task_id, provider, model, score, tier, task_class, task_hash, source, rated_by, rated_at)
    VALUES ((p->>'id')::uuid, (p->>'taskId')::uuid, p->>'provider', p->>'model', (p->>'score')::double precision, p->>'tier',
      p->>'taskClass', p->>'taskHash', p->>'source', p->>'ratedBy',
      greatest(clock_timestamp(), (SELECT max(rated_at) FROM ratings WHERE model = p->>'model') + interval '1 microsecond'))
    ON CONFLICT (id) DO NOTHING;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO model_performance AS m (model, grain, cell, ratings, ewma)
    SELECT p->>'model', cell.grain, cell.name, 1, alpha * (p->>'score')::double precision + (1 - alpha) * (p->>'seed')::double precision
      FROM (VALUES ('all', ''), ('tier', p->>'tier')) AS cell (grain, name)
    ON CONFLICT (model, grain, cell) DO UPDATE
      SET ratings = m.ratings + 1,
          ewma = alpha * (p->>'score')::double precision + (1 - alpha) * coalesce(m.ewma, (p->>'seed')::double precision);
  RETURN true;
END $$;
--> statement-breakpoint
-- Another alpha or seed is another average of the same log.
CREATE FUNCTION refold_for_policy() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before jsonb := (SELECT body->'learning' FROM policy_versions WHERE version = NEW.base_version);
  after jsonb := NEW.body->'learning';
BEGIN
  IF before->'alpha' <> after->'alpha' OR before->'seed' <> after->'seed' THEN
    PERFORM refold_ratings(NULL, (after->>'alpha')::double precision, (after->>'seed')::double precision);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER policy_versions_refold AFTER INSERT ON policy_versions FOR EACH ROW WHEN (NEW.active) EXECUTE FUNCTION refold_for_policy();
--> statement-breakpoint
CREATE TABLE cache_epoch (
  one   boolean PRIMARY KEY DEFAULT true CHECK (one),
  epoch bigint NOT NULL
);
INSERT INTO cache_epoch (epoch) VALUES (0);
COMMENT ON TABLE cache_epoch IS 'Moved on by whoever wants every process to forget what it keeps: each compares it at its next decision.';
