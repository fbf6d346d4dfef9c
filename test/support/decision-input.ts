/** Inputs of a decision for tests: an ordinary task that nothing is special about, to change what a test is about. */

import type { DecisionInput } from '../../routing/decision/decide';
import type { Decision, Refusal } from '../../routing/decision/decision';
import { type Knowledge, NO_KNOWLEDGE } from '../../routing/decision/knowledge';
import { DEFAULT_POLICY, type Policy } from '../../routing/decision/policy';
import type { TaskDescriptor } from '../../routing/task/descriptor';
import type { TaskFacts } from '../../routing/task/task';
import { TEST_CATALOGUE } from './catalogue';

export const NOW = Date.UTC(2026, 4, 4, 12);

export function taskFacts(changes: Partial<TaskFacts> = {}): TaskFacts {
  return { id: 'task-1', priority: 50, privacyTier: 'internal', requires: {}, constraints: {}, scope: {}, ...changes };
}

export function describedAs(changes: Partial<TaskDescriptor> = {}): TaskDescriptor {
  return {
    type: 'code-generation',
    complexity: 'medium',
    pattern: 'single-shot',
    estimatedInputTokens: 400,
    estimatedOutputTokens: 600,
    extendedThinking: false,
    involvesCode: true,
    urgency: 3,
    signals: [],
    ...changes,
  };
}

export interface InputChanges {
  readonly task?: Partial<TaskFacts>;
  readonly descriptor?: Partial<TaskDescriptor>;
  readonly catalogue?: DecisionInput['catalogue'];
  readonly policy?: Partial<Policy>;
  readonly knowledge?: Partial<Knowledge>;
  readonly seed?: string;
}

export function decisionInput(changes: InputChanges = {}): DecisionInput {
  return {
    task: taskFacts(changes.task),
    descriptor: describedAs(changes.descriptor),
    promptBytes: 1600,
    messageCount: 1,
    catalogue: changes.catalogue ?? TEST_CATALOGUE,
    policy: { ...DEFAULT_POLICY, version: 7, ...changes.policy },
    knowledge: { ...NO_KNOWLEDGE, ...changes.knowledge },
    now: NOW,
    seed: changes.seed ?? 'task-1',
  };
}

/** The decision, or a failed test that says why there is none. */
export function routed(result: Decision | Refusal): Decision {
  if (result.kind !== 'routed') throw new Error(`The task was refused: ${result.reasons.join(' ')}`);
  return result;
}

export function refused(result: Decision | Refusal): Refusal {
  if (result.kind !== 'refused') throw new Error(`The task was routed to ${result.model}.`);
  return result;
}
