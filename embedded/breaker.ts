/** Models that keep failing are left alone for a while; in this process only, for another may have better luck. */

import { afterFailure, afterProbeStarted, afterSuccess, HEALTHY, mayCall } from '../routing/decision/cool-down';
import type { CallFailure, FailureClass } from '../routing/decision/failure';
import type { ModelHealth } from '../routing/decision/knowledge';
import type { Settings } from './config';

/** The health of models, by catalogue id; one that is absent is healthy. */
export interface HealthRecord {
  get(model: string): ModelHealth | undefined;
  set(model: string, next: ModelHealth): void;
}

export interface Breaker {
  /** Why a model is not to be called now; undefined: it may, and this call is the probe where one is due. */
  ask(model: string): CallFailure | undefined;
  /** Whatever `ask` let through ends with one of these two. */
  failed(model: string, failure: FailureClass): void;
  answered(model: string): void;
}

export function createBreaker(health: HealthRecord, { clock, policy }: Pick<Settings, 'clock' | 'policy'>): Breaker {
  return {
    ask(model) {
      const known = health.get(model) ?? HEALTHY;
      const permission = mayCall(known, clock.now());
      if (permission === 'probe') health.set(model, afterProbeStarted(known, clock.now(), policy.attempts.maxCallMs));
      if (permission !== 'no') return undefined;
      const wait = known.state === 'open' ? { retryAfterMs: known.until - clock.now() } : {};
      return { class: 'cooling-down', message: `${model} is cooling down after repeated failures.`, ...wait };
    },
    failed(model, failure) {
      const before = health.get(model) ?? HEALTHY;
      const next = afterFailure(before, failure, clock.now(), policy.coolDown);
      if (next !== before) health.set(model, next);
    },
    answered(model) {
      if (health.get(model) !== undefined && health.get(model) !== HEALTHY) health.set(model, afterSuccess());
    },
  };
}
