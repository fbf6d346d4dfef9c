/**
 * Circuit breaker of one model: a model that keeps failing is left alone for a while, then asked once before all return.
 *
 * It spares tasks the wait for a provider that is down, and spares the provider the crowd when it comes back. All of it is
 * arithmetic on `ModelHealth`; who stores it decides that only one caller gets the probe.
 */

import type { FailureClass } from './failure';
import type { ModelHealth } from './knowledge';
import type { CoolDownLimits } from './policy';

/**
 * What a failed call says about the model's health.
 * - `unwell`: the provider did not do its work. Counts towards opening.
 * - `responsive`: it answered in order, with a no that concerns this request. Ends a probe as a success would; otherwise it
 *   neither counts nor clears the count. A rate limit is such an answer: it says itself when to come back.
 * - `silent`: nothing reached the provider, or nobody knows. Says nothing; a probe that ends so is free for another caller.
 */
const SAYS: Readonly<Record<FailureClass, 'unwell' | 'responsive' | 'silent'>> = {
  overloaded: 'unwell',
  'server-error': 'unwell',
  'timeout-connect': 'unwell',
  'timeout-headers': 'unwell',
  'timeout-idle': 'unwell',
  'timeout-total': 'unwell',
  'connection-lost': 'unwell',
  'malformed-answer': 'unwell',
  'empty-answer': 'unwell',
  // Nothing will work until a person acts; each task that learns it anew loses time.
  'quota-exhausted': 'unwell',
  authentication: 'unwell',
  'not-found': 'unwell',
  'not-configured': 'unwell',
  'rate-limited': 'responsive',
  'bad-request': 'responsive',
  'context-too-long': 'responsive',
  'content-refused': 'responsive',
  'answer-cut-short': 'responsive',
  'in-doubt': 'silent',
  'not-admissible': 'silent',
  'cooling-down': 'silent',
  'budget-busy': 'silent',
  'budget-exhausted': 'silent',
  cancelled: 'silent',
};

export const HEALTHY: ModelHealth = { state: 'closed', consecutiveFailures: 0 };

/** `yes`: call it. `probe`: one caller may, after storing `afterProbeStarted`. `no`: it is cooling down. An absent health is healthy. */
export function mayCall(health: ModelHealth | undefined, now: number): 'yes' | 'probe' | 'no' {
  if (health === undefined || health.state === 'closed') return 'yes';
  // A probe whose worker died must not close the model for ever.
  const closedUntil = health.state === 'open' ? health.until : health.probeUntil;
  return now >= closedUntil ? 'probe' : 'no';
}

/**
 * A probe is on its way; until it ends or `probeMs` have passed, other calls stay away.
 *
 * @param probeMs longest time of one call, in milliseconds
 */
export function afterProbeStarted(health: ModelHealth, now: number, probeMs: number): ModelHealth {
  return health.state === 'closed' ? health : { state: 'half-open', probeUntil: now + probeMs, trips: health.trips };
}

/** An answer proves that the model works, whatever was thought of it. */
export function afterSuccess(): ModelHealth {
  return HEALTHY;
}

/**
 * The health after a failed call. A failed probe opens the breaker for twice as long as before, up to `maxMs`.
 *
 * A call that began before the breaker opened and fails after it changes nothing: it is news of the same trouble.
 */
export function afterFailure(health: ModelHealth | undefined, failure: FailureClass, now: number, limits: CoolDownLimits): ModelHealth {
  const before = health ?? HEALTHY;
  const says = SAYS[failure];
  if (before.state === 'open') return before;
  if (before.state === 'half-open') {
    if (says === 'responsive') return HEALTHY;
    if (says === 'silent') return { state: 'open', until: now, trips: before.trips };
    return opened(before.trips + 1, now, limits);
  }
  if (says !== 'unwell') return before;
  const consecutiveFailures = before.consecutiveFailures + 1;
  return consecutiveFailures >= limits.failures ? opened(1, now, limits) : { state: 'closed', consecutiveFailures };
}

function opened(trips: number, now: number, limits: CoolDownLimits): ModelHealth {
  const coolDownMs = Math.min(limits.baseMs * 2 ** (trips - 1), limits.maxMs);
  return { state: 'open', until: now + coolDownMs, trips };
}
