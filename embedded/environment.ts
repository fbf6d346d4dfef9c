/** The configuration that the environment variables of docs/configuration.md stand for. */

import { type Environment, readRoutingEnvironment } from '../db/documents/routing-environment';
import type { RoutingConfig } from './config';
import { withoutAbsent } from './without-absent';

const SECOND_MS = 1_000;

/**
 * What an environment says of a routing system: spread it into the configuration, before or behind what the program says itself.
 *
 * @param env as `process.env`
 * @throws {RoutingError} `bad_config` naming every variable that cannot be read, never its value
 */
export function configFromEnvironment(env: Environment): RoutingConfig {
  const said = readRoutingEnvironment(env);
  const { ROUTING_CACHE_TTL: ttl, ROUTING_TIMEOUT: timeout, ROUTING_MAX_RETRIES: retries } = said;
  const budget = withoutAbsent({
    dailyLimit: said.ROUTING_DAILY_BUDGET,
    monthlyLimit: said.ROUTING_MONTHLY_BUDGET,
    perRequestLimit: said.ROUTING_PER_REQUEST_LIMIT,
  });
  const fallback = withoutAbsent({
    enabled: said.ROUTING_FALLBACK_ENABLED,
    maxAttempts: retries === undefined ? undefined : retries + 1,
    timeout: timeout === undefined ? undefined : Math.round(timeout * SECOND_MS),
  });
  return withoutAbsent({
    defaultModel: said.ROUTING_DEFAULT_MODEL,
    enableLearning: said.ROUTING_ENABLE_LEARNING,
    enableCache: said.ROUTING_ENABLE_CACHE,
    cacheTTL: ttl === undefined ? undefined : Math.round(ttl * SECOND_MS),
    budget: Object.keys(budget).length === 0 ? undefined : budget,
    fallback: Object.keys(fallback).length === 0 ? undefined : fallback,
  });
}
