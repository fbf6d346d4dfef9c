CREATE VIEW v_daily_costs AS
  SELECT date_trunc('day', at, 'UTC') AS day, model, provider, task_class, team, project, tag, key,
    count(*) AS calls, sum(cost_nano)::bigint AS cost_nano, sum(input_tokens::bigint + cache_read_tokens + cache_write_tokens)::bigint AS input_tokens,
    sum(output_tokens::bigint + reasoning_tokens)::bigint AS output_tokens
  FROM cost_tracking GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
--> statement-breakpoint
CREATE VIEW v_model_summary AS
  SELECT a.model, count(*) AS calls, count(*) FILTER (WHERE a.state = 'answered') AS answered,
    count(*) FILTER (WHERE a.state = 'failed') AS failed, count(*) FILTER (WHERE a.state = 'in_doubt') AS in_doubt,
    sum(a.cost_nano)::bigint AS cost_nano, percentile_cont(0.5) WITHIN GROUP (ORDER BY a.latency_ms) AS latency_p50_ms,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY a.latency_ms) AS latency_p95_ms, p.ewma, coalesce(p.ratings, 0) AS ratings
  FROM attempts a LEFT JOIN model_performance p ON p.model = a.model AND p.grain = 'all'
  WHERE a.state <> 'running' GROUP BY a.model, p.ewma, p.ratings;
--> statement-breakpoint
CREATE VIEW v_budget_status AS
  SELECT b.id, b.scope_kind, b.scope_id, b.period, b.hard, b.time_zone, b.limit_nano, b.warn_at, t.period_start, t.period_end,
    coalesce(t.spent_nano, 0) AS spent_nano, coalesce(t.reserved_nano, 0) AS reserved_nano,
    b.limit_nano - coalesce(t.spent_nano, 0) - coalesce(t.reserved_nano, 0) AS left_nano,
    coalesce(t.spent_nano, 0) >= b.warn_at * b.limit_nano AS is_warning
  FROM budgets b LEFT JOIN budget_tracking t ON t.budget_id = b.id AND t.period_start = date_trunc(nullif(b.period, 'request'), now(), b.time_zone);
--> statement-breakpoint
CREATE VIEW v_fallback_rates AS
  SELECT date_trunc('day', d.decided_at, 'UTC') AS day, d.task_class, count(*) AS tasks,
    count(*) FILTER (WHERE EXISTS (SELECT 1 FROM fallback_events f WHERE f.task_id = d.task_id)) AS fell_back
  FROM routing_decisions d WHERE d.kind = 'routed' GROUP BY 1, 2;
--> statement-breakpoint
-- A decision names a slot once work is placed on slots.
CREATE VIEW model_routing_decisions AS
  SELECT id AS decision_id, task_id, NULL::text AS chosen_slot, model AS chosen_model, record->'alternatives' AS alternatives,
    record->'reasons' AS reason, decided_at
  FROM routing_decisions;
