/** What a caller may say of one task beside its text. */

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { CAPABILITIES, COMPLEXITIES, PRIVACY_TIERS, TASK_TYPES, type TaskFacts } from '../routing/task/task';
import { usdToNano } from '../routing/units';
import { parseOrRefuse } from './problems';
import { withoutAbsent } from './without-absent';

const name = z.string().min(1).max(200);
const tokens = z.number().int().min(1).max(100_000_000);

const constraintsDocument = z.strictObject({
  /** The most that one call may cost at its worst case, in US dollars. */
  maxCost: z.number().min(0).max(9_000_000).optional(),
  /** The least expected quality, in [0, 1]. */
  minQuality: z.number().min(0).max(1).optional(),
  /** The longest expected time to the whole answer, in milliseconds. */
  maxLatency: z.number().int().min(1).optional(),
  /** Only models of this provider; only this model; never these. */
  provider: name.optional(),
  model: name.optional(),
  excludeModels: z.array(name).max(100).optional(),
  /** What the model must be able to do. */
  requires: z.array(z.enum(CAPABILITIES)).optional(),
  /** Only models approved for this tier, and for this region. */
  privacyTier: z.enum(PRIVACY_TIERS).default('internal'),
  residency: name.optional(),
  /** These win over what the text suggests. */
  type: z.enum(TASK_TYPES).optional(),
  complexity: z.enum(COMPLEXITIES).optional(),
  taskClass: name.optional(),
  /** 0 to 100; from 95 on a task may claim a dearer model than it needs. */
  priority: z.number().int().min(0).max(100).default(50),
  /** The most tokens that the answer may have: pass it on with your call, or the worst case is not one. */
  maxOutputTokens: tokens.optional(),
  /** Tokens that your call sends beside the text: system prompt, history, tools. */
  contextTokens: z.number().int().min(0).max(100_000_000).default(0),
});

export type RoutingConstraints = z.input<typeof constraintsDocument>;

/** A task as the decision needs it. */
export interface RoutableTask {
  readonly facts: TaskFacts;
  readonly text: string;
  /** Sent with each call beside the text. */
  readonly contextTokens: number;
}

/** @throws {RoutingError} `bad_input`, naming every problem */
export function readTask(text: string, constraints: RoutingConstraints = {}): RoutableTask {
  parseOrRefuse(taskText, text, 'The text of the task', 'bad_input');
  const given = parseOrRefuse(constraintsDocument, constraints, 'The constraints of the task', 'bad_input');
  const { maxCost, minQuality, maxLatency, provider, model, excludeModels, requires, complexity, contextTokens } = given;
  const facts = {
    id: randomUUID(),
    priority: given.priority,
    privacyTier: given.privacyTier,
    requires: withoutAbsent({ capabilities: requires, tier: complexity }),
    constraints: withoutAbsent({
      maxCostNanoUsd: maxCost === undefined ? undefined : usdToNano(maxCost),
      minQuality,
      maxLatencyMs: maxLatency,
      provider,
      model,
      excludeModels,
    }),
    scope: {},
    ...withoutAbsent({ type: given.type, taskClass: given.taskClass, residency: given.residency, maxOutputTokens: given.maxOutputTokens }),
  };
  return { facts, text, contextTokens };
}

const taskText = z.string().refine((text) => text.trim() !== '', { error: 'it is empty. Say what is to be done' });
