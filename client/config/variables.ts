/** What the environment variables change: a key of signalbox.yaml or policy.yaml each, and how much workers say. */

import { type Environment, type RoutingEnvironment, readRoutingEnvironment } from '../../db/documents/routing-environment';
import type { YamlInput } from '../models/set-in-yaml';
import type { Override, RulesFileName } from './override';

/** Of an EWMA that never counts; the most that the file may say. */
const NEVER_ENOUGH_RATINGS = 1_000_000;

/**
 * The keys of the files that the environment gives another value. What is on by default needs no key to be switched on.
 *
 * @throws {RoutingError} `bad_config` for a variable that cannot be read
 */
export function environmentOverrides(env: Environment): readonly Override[] {
  const said = readRoutingEnvironment(env);
  const overrides: Override[] = [];
  const set = (source: keyof RoutingEnvironment, file: RulesFileName, path: readonly string[], value: YamlInput | undefined) => {
    if (value !== undefined) overrides.push({ file, path, value, origin: 'environment', source });
  };
  const [provider = '', ...model] = said.ROUTING_DEFAULT_MODEL?.split('/') ?? [];
  const tries = said.ROUTING_MAX_RETRIES === undefined ? undefined : said.ROUTING_MAX_RETRIES + 1;
  set('ROUTING_DEFAULT_MODEL', 'signalbox.yaml', ['providers', provider, 'default_model'], model.join('/') || undefined);
  set(
    'ROUTING_ENABLE_LEARNING',
    'policy.yaml',
    ['ewma', 'min_ratings'],
    said.ROUTING_ENABLE_LEARNING === false ? NEVER_ENOUGH_RATINGS : undefined,
  );
  set('ROUTING_DAILY_BUDGET', 'signalbox.yaml', ['budgets', 'global', 'daily_usd'], said.ROUTING_DAILY_BUDGET);
  set('ROUTING_MONTHLY_BUDGET', 'signalbox.yaml', ['budgets', 'global', 'monthly_usd'], said.ROUTING_MONTHLY_BUDGET);
  set('ROUTING_PER_REQUEST_LIMIT', 'signalbox.yaml', ['budgets', 'global', 'per_request_usd'], said.ROUTING_PER_REQUEST_LIMIT);
  set('ROUTING_FALLBACK_ENABLED', 'policy.yaml', ['attempts', 'max_models'], said.ROUTING_FALLBACK_ENABLED === false ? 1 : undefined);
  set('ROUTING_MAX_RETRIES', 'policy.yaml', ['attempts', 'tries_per_model'], tries);
  set('ROUTING_TIMEOUT', 'policy.yaml', ['attempts', 'max_call_seconds'], said.ROUTING_TIMEOUT);
  return overrides;
}

/** The environment for workers: asked to debug, they log in detail unless they are told otherwise. */
export function workerEnvironment(env: Environment): Environment {
  return readRoutingEnvironment(env).ROUTING_DEBUG ? { ...env, LOG_LEVEL: env.LOG_LEVEL || 'debug' } : env;
}
