-- The routing review: roll-ups that it reads, its own records, the approvals of people and the rollouts that follow from them.

-- Work that submitters asked for, replays of it that a review pays for, and the golden sets of promoted changes. These are tasks
-- like any other, so that every promise about calls and money holds for them; their content is the original's, and is not copied.
ALTER TABLE tasks ADD COLUMN purpose text NOT NULL DEFAULT 'work' CHECK (purpose IN ('work', 'replay', 'golden'));
COMMENT ON COLUMN tasks.purpose IS 'A replay is driven by a shard of its review; what is golden is dispatched, as work is.';
ALTER TABLE tasks ADD COLUMN replay_of uuid CHECK ((replay_of IS NULL) = (purpose = 'work'));
CREATE INDEX tasks_open_replays ON tasks (accepted_at) WHERE ended_at IS NULL AND purpose = 'replay';
CREATE INDEX tasks_ended ON tasks (task_class, ended_at) WHERE purpose = 'work';
--> statement-breakpoint
ALTER TABLE routing_decisions ADD COLUMN rollout_id uuid;
ALTER TABLE routing_decisions ADD COLUMN arm text CHECK (arm IN ('canary', 'control'));
ALTER TABLE routing_decisions ADD CHECK ((rollout_id IS NULL) = (arm IS NULL));
CREATE INDEX routing_decisions_rollout ON routing_decisions (rollout_id, arm) WHERE rollout_id IS NOT NULL;
COMMENT ON COLUMN routing_decisions.arm IS 'Of a task that a rollout counts: on the candidate, or on the old route as its control.';
--> statement-breakpoint
ALTER TABLE policy_versions ADD COLUMN reason text NOT NULL DEFAULT 'applied' CHECK (reason IN ('applied', 'promotion', 'rollback'));
ALTER TABLE policy_versions ADD COLUMN rollout_id uuid;
COMMENT ON COLUMN policy_versions.rollout_id IS 'The rollout that made this version. Absent: a person did.';
--> statement-breakpoint
-- Figures of one class and model in one hour or day, of work that ended in it. Rebuildable from the tasks: an hour is replaced as a
-- whole, never added to, so that making it twice changes nothing.
CREATE TABLE class_rollups (
  grain         text NOT NULL CHECK (grain IN ('hour', 'day')),
  period_start  timestamptz NOT NULL,
  task_class    text NOT NULL,
  model         text NOT NULL,
  tasks         integer NOT NULL,
  completed     integer NOT NULL,
  failed        integer NOT NULL,
  refused       integer NOT NULL,
  cancelled     integer NOT NULL,
  retried       integer NOT NULL,
  graded        integer NOT NULL,
  good          integer NOT NULL,
  fractional    integer NOT NULL,
  score_sum     double precision NOT NULL,
  score_square_sum double precision NOT NULL,
  cost_sum_nano bigint NOT NULL,
  cost_square_sum double precision NOT NULL,
  latency_count integer NOT NULL,
  latency_sum_ms double precision NOT NULL,
  latency_square_sum double precision NOT NULL,
  cost_sketch   bytea NOT NULL,
  latency_sketch bytea NOT NULL,
  demands       jsonb NOT NULL,
  PRIMARY KEY (grain, period_start, task_class, model)
);
COMMENT ON COLUMN class_rollups.model IS 'The model that answered, or the one first chosen; empty for a refused task.';
COMMENT ON COLUMN class_rollups.fractional IS 'Scores other than 0 and 1.';
COMMENT ON COLUMN class_rollups.demands IS 'Counts of privacy tiers and residencies, the capabilities asked for, the largest prompt and answer.';
CREATE TABLE rollup_progress (
  one          boolean PRIMARY KEY DEFAULT true CHECK (one),
  rolled_until timestamptz NOT NULL
);
COMMENT ON COLUMN rollup_progress.rolled_until IS 'Hours that ended before this are complete; the one it falls in is made anew.';
--> statement-breakpoint
CREATE TABLE reviews (
  id            uuid PRIMARY KEY,
  scope         text NOT NULL,
  phase         text NOT NULL DEFAULT 'analysing' CHECK (phase IN ('analysing', 'proposing', 'replaying', 'reporting', 'awaiting-verdict', 'ended')),
  trigger_kind  text NOT NULL CHECK (trigger_kind IN ('schedule', 'model-shipped', 'price-change', 'threshold', 'deprecation', 'person')),
  trigger_detail text NOT NULL DEFAULT '',
  requested_by  text NOT NULL,
  base_version  integer NOT NULL REFERENCES policy_versions (version),
  catalogue_version text NOT NULL REFERENCES catalogue_versions (version),
  settings      jsonb NOT NULL,
  seed          text NOT NULL,
  window_from   timestamptz NOT NULL,
  window_to     timestamptz NOT NULL,
  analysis      jsonb,
  findings      jsonb,
  report        jsonb,
  replay_cap_nano bigint NOT NULL CHECK (replay_cap_nano >= 0),
  replay_reserved_nano bigint NOT NULL DEFAULT 0 CHECK (replay_reserved_nano >= 0),
  replay_spent_nano bigint NOT NULL DEFAULT 0 CHECK (replay_spent_nano >= 0),
  started_at    timestamptz NOT NULL DEFAULT now(),
  reported_at   timestamptz,
  expires_at    timestamptz,
  ended_at      timestamptz,
  end_kind      text CHECK (end_kind IN ('no-change', 'held', 'needs-owner', 'decided', 'expired', 'void', 'cancelled', 'failed')),
  end_reason    text,
  CHECK ((phase = 'ended') = (ended_at IS NOT NULL)),
  CHECK ((ended_at IS NULL) = (end_kind IS NULL))
);
CREATE UNIQUE INDEX reviews_one_open ON reviews (scope) WHERE ended_at IS NULL;
CREATE INDEX reviews_recent ON reviews (started_at DESC);
--> statement-breakpoint
CREATE TABLE review_triggers (
  id           uuid PRIMARY KEY,
  scope        text NOT NULL,
  kind         text NOT NULL,
  detail       text NOT NULL DEFAULT '',
  requested_by text NOT NULL,
  at           timestamptz NOT NULL DEFAULT now(),
  review_id    uuid REFERENCES reviews (id),
  is_joined    boolean
);
CREATE INDEX review_triggers_recent ON review_triggers (at DESC);
COMMENT ON TABLE review_triggers IS 'Everything that asked for a review; one that found a review open is kept beside it.';
COMMENT ON COLUMN review_triggers.is_joined IS 'False: it began the review. True: the review was open already. NULL: not heard yet.';
--> statement-breakpoint
CREATE TABLE proposals (
  id            uuid PRIMARY KEY,
  review_id     uuid NOT NULL REFERENCES reviews (id),
  name          text NOT NULL,
  classes       text[] NOT NULL,
  state         text NOT NULL CHECK (state IN ('DETECTED', 'SCREENED', 'SAMPLED', 'REPLAYING', 'DECIDED', 'HELD', 'AWAITING_APPROVAL', 'APPROVED',
    'REJECTED', 'EXPIRED', 'ABORTED')),
  move_key      text NOT NULL,
  baseline      text,
  candidate     text,
  change        jsonb,
  finding       jsonb NOT NULL,
  pass          smallint NOT NULL DEFAULT 0 CHECK (pass BETWEEN 0 AND 2),
  samples       jsonb NOT NULL DEFAULT '[]',
  comparisons   jsonb NOT NULL DEFAULT '[]',
  verdict       text CHECK (verdict IN ('PASS', 'FAIL', 'INCONCLUSIVE', 'INVALID')),
  held_by       text,
  held_detail   text,
  escalation    text,
  rollout_plan  jsonb,
  evidence_sha256 text,
  base_version  integer NOT NULL REFERENCES policy_versions (version),
  created_at    timestamptz NOT NULL DEFAULT now(),
  moved_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (review_id, name),
  CHECK (state NOT IN ('AWAITING_APPROVAL', 'APPROVED') OR (evidence_sha256 IS NOT NULL AND change IS NOT NULL AND verdict = 'PASS')),
  CHECK ((state = 'HELD') = (held_by IS NOT NULL))
);
CREATE INDEX proposals_classes ON proposals USING gin (classes);
COMMENT ON COLUMN proposals.samples IS 'One sample plan for each pass.';
COMMENT ON COLUMN proposals.comparisons IS 'One judgement for each pass.';
COMMENT ON COLUMN proposals.move_key IS 'Names the last move, so that making it again finds it made.';
--> statement-breakpoint
-- Which tasks a pass replays, and where in the pass each stands.
CREATE TABLE replay_samples (
  proposal_id  uuid NOT NULL REFERENCES proposals (id),
  pass         smallint NOT NULL CHECK (pass IN (1, 2)),
  position     integer NOT NULL CHECK (position >= 0),
  task_id      uuid NOT NULL,
  stratum      text NOT NULL,
  cluster      text NOT NULL,
  block        smallint NOT NULL,
  is_sentinel  boolean NOT NULL DEFAULT false,
  PRIMARY KEY (proposal_id, pass, position),
  UNIQUE (proposal_id, task_id)
);
--> statement-breakpoint
-- One model's answer to one sampled task. The row is made with the reservation, before the call, and found by every later try.
CREATE TABLE replay_results (
  proposal_id  uuid NOT NULL REFERENCES proposals (id),
  task_id      uuid NOT NULL,
  role         text NOT NULL CHECK (role IN ('baseline', 'candidate')),
  model        text NOT NULL,
  review_id    uuid NOT NULL REFERENCES reviews (id),
  pass         smallint NOT NULL,
  replay_task_id uuid NOT NULL UNIQUE,
  state        text NOT NULL CHECK (state IN ('open', 'done')),
  reserved_nano bigint NOT NULL CHECK (reserved_nano >= 0),
  outcome      text CHECK (outcome IN ('scored', 'failed', 'excluded')),
  score        double precision CHECK (score BETWEEN 0 AND 1),
  why          text,
  cost_nano    bigint CHECK (cost_nano >= 0),
  latency_ms   integer,
  opened_at    timestamptz NOT NULL DEFAULT now(),
  done_at      timestamptz,
  PRIMARY KEY (proposal_id, task_id, role, model),
  CHECK ((state = 'done') = (outcome IS NOT NULL AND done_at IS NOT NULL AND cost_nano IS NOT NULL)),
  CHECK (outcome IS NULL OR (outcome = 'scored') = (score IS NOT NULL))
);
CREATE INDEX replay_results_review ON replay_results (review_id, state);
CREATE INDEX replay_results_open ON replay_results (review_id) WHERE state = 'open';
--> statement-breakpoint
-- What people said of a proposal. Kept before anybody is told; counted once, by the database, under the lock of the proposal.
CREATE TABLE approvals (
  id            uuid PRIMARY KEY,
  proposal_id   uuid NOT NULL REFERENCES proposals (id),
  review_id     uuid NOT NULL REFERENCES reviews (id),
  verdict       text NOT NULL CHECK (verdict IN ('approve', 'reject')),
  actor         text NOT NULL CHECK (actor <> ''),
  note          text NOT NULL DEFAULT '',
  evidence_sha256 text NOT NULL,
  base_version  integer NOT NULL,
  given_at      timestamptz NOT NULL DEFAULT now(),
  state         text NOT NULL DEFAULT 'given' CHECK (state IN ('given', 'counted', 'refused', 'overruled')),
  refusal       text,
  counted_at    timestamptz,
  expires_at    timestamptz,
  CHECK ((state = 'refused') = (refusal IS NOT NULL)),
  CHECK (state NOT IN ('counted', 'overruled') OR counted_at IS NOT NULL)
);
CREATE UNIQUE INDEX approvals_one_per_person ON approvals (proposal_id, actor) WHERE state <> 'refused';
CREATE UNIQUE INDEX approvals_one_counted ON approvals (proposal_id) WHERE state = 'counted';
--> statement-breakpoint
CREATE TABLE rollouts (
  id            uuid PRIMARY KEY,
  proposal_id   uuid NOT NULL UNIQUE REFERENCES proposals (id),
  review_id     uuid NOT NULL REFERENCES reviews (id),
  name          text NOT NULL,
  classes       text[] NOT NULL,
  state         text NOT NULL CHECK (state IN ('APPROVED', 'CANARY', 'PAUSED', 'HOLD', 'SOAKING', 'PROMOTED', 'WATCHED', 'ROLLING_BACK', 'ROLLED_BACK',
    'COOLDOWN', 'IDLE', 'ABORTED')),
  move_key      text NOT NULL,
  reason        text NOT NULL DEFAULT '',
  pause_reason  text CHECK (pause_reason IN ('InconclusiveAnalysis', 'SampleRatio', 'NoData', 'AnalysisError', 'ProviderOutage', 'Operator')),
  resume_to     text CHECK (resume_to IN ('CANARY', 'SOAKING')),
  step          smallint NOT NULL DEFAULT 0 CHECK (step >= 0),
  weight        double precision NOT NULL DEFAULT 0 CHECK (weight BETWEEN 0 AND 1),
  control       double precision NOT NULL DEFAULT 0 CHECK (control BETWEEN 0 AND 1),
  salt          text NOT NULL,
  change        jsonb NOT NULL,
  plan          jsonb NOT NULL,
  evidence_sha256 text NOT NULL,
  base_version  integer NOT NULL REFERENCES policy_versions (version),
  promoted_version integer REFERENCES policy_versions (version),
  monitors      jsonb,
  watch         jsonb,
  failed_looks  smallint NOT NULL DEFAULT 0,
  lease_until   timestamptz,
  started_at    timestamptz NOT NULL DEFAULT now(),
  step_at       timestamptz NOT NULL DEFAULT now(),
  moved_at      timestamptz NOT NULL DEFAULT now(),
  cooldown_until timestamptz,
  CHECK (weight + control <= 1),
  CHECK (weight = 0 OR (state IN ('CANARY', 'PAUSED', 'HOLD', 'SOAKING') AND lease_until IS NOT NULL)),
  CHECK ((state = 'PAUSED') = (pause_reason IS NOT NULL))
);
CREATE INDEX rollouts_weighted ON rollouts (id) WHERE weight > 0;
CREATE INDEX rollouts_classes ON rollouts USING gin (classes);
COMMENT ON COLUMN rollouts.lease_until IS 'Dispatch follows the weight until then and not a moment longer: whoever holds the rollout renews it.';
COMMENT ON COLUMN rollouts.salt IS 'Mixed into the hash of the affinity key, so that two rollouts do not split alike.';
--> statement-breakpoint
-- One rollout per class: the row is the lock, taken when a rollout begins and given back when it has been promoted or has ended.
CREATE TABLE rollout_classes (
  task_class  text PRIMARY KEY,
  rollout_id  uuid NOT NULL REFERENCES rollouts (id)
);
--> statement-breakpoint
-- Each night of a watch, the same sampled tasks are run again on the promoted route.
CREATE TABLE golden_runs (
  rollout_id     uuid NOT NULL REFERENCES rollouts (id),
  night          date NOT NULL,
  task_id        uuid NOT NULL,
  golden_task_id uuid NOT NULL UNIQUE,
  PRIMARY KEY (rollout_id, night, task_id)
);
COMMENT ON COLUMN golden_runs.night IS 'Day in UTC by the clock of the database.';
COMMENT ON COLUMN golden_runs.golden_task_id IS 'The task of purpose golden that runs the original `task_id` again.';
