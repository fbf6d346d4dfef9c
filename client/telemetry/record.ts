/** One task that another system has served, as Signalbox understands it, whatever format told of it. */

import type { Capability, Complexity, PrivacyTier, TaskType } from '../../routing/task/task';
import type { NanoUsd } from '../../routing/units';

/**
 * What is absent is not known, and is never taken for 0. A source tells more or less of it; docs/telemetry.md says which field of which
 * format becomes what.
 */
export interface TelemetryRecord {
  /** In its source. The same id of the same source is the same task, however often it is read. */
  readonly id: string;
  /** When it ended, in milliseconds since the epoch. */
  readonly endedAt: number;
  /** The model that answered, or was called in vain, as the source names it. */
  readonly model: string;
  /** Wins over type and complexity, and both over what the prompt says. */
  readonly taskClass?: string;
  readonly taskType?: TaskType;
  readonly complexity?: Complexity;
  readonly outcome: 'completed' | 'failed' | 'refused' | 'cancelled';
  /** Of the answer, in [0, 1]. */
  readonly score?: number;
  /** What gave the score, by its own name. */
  readonly grader?: string;
  /** By a person, 1 to 5. */
  readonly rating?: number;
  /** Of all its calls together. */
  readonly costNanoUsd?: NanoUsd;
  /** Of the call that answered. */
  readonly latencyMs?: number;
  /** Whole input, cached tokens among it. */
  readonly inputTokens?: number;
  readonly cachedInputTokens?: number;
  /** Whole output, reasoning among it. */
  readonly outputTokens?: number;
  /** Calls that it took, at least 1. */
  readonly calls: number;
  readonly privacyTier?: PrivacyTier;
  /** Region that its content must not leave. */
  readonly residency?: string;
  readonly capabilities?: readonly Capability[];
  /** Whose it is: a team, a customer, a key. */
  readonly tenant?: string;
  /** What makes it like others: the conversation, the session. */
  readonly conversation?: string;
  /** Names its input, so that the same input is counted once in a sample; never the input itself. */
  readonly inputHash?: string;
  /** The text of the prompt, where the source has it and the reader was asked for it. */
  readonly prompt?: string;
  /** Probability with which its router would have chosen this model, in (0, 1]. */
  readonly propensity?: number;
  /** What the provider said that it served. */
  readonly fingerprint?: string;
}
