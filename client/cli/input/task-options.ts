/** The options that say of a task what its text does not, the same for every command that takes one. */

import { type Command, Option } from 'commander';
import type { Submission } from '../../../db/documents/submission';
import {
  CAPABILITIES,
  type Capability,
  COMPLEXITIES,
  type Complexity,
  PRIVACY_TIERS,
  type PrivacyTier,
  TASK_TYPES,
  type TaskType,
} from '../../../routing/task/task';
import { duration, integerBetween, list, numberBetween } from './option-values';

/** As the command line gives them. */
export interface TaskOptions {
  readonly type?: TaskType;
  readonly class?: string;
  readonly priority?: number;
  readonly privacy?: PrivacyTier;
  readonly residency?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly exclude?: readonly string[];
  /** US dollars. */
  readonly maxCost?: number;
  readonly minQuality?: number;
  /** Milliseconds. */
  readonly maxLatency?: number;
  readonly requires?: readonly Capability[];
  readonly tier?: Complexity;
  readonly team?: string;
  readonly project?: string;
  readonly tag?: string;
  readonly key?: string;
  readonly expectedValue?: number;
  readonly maxOutputTokens?: number;
  readonly layer?: string;
}

const MOST_USD = 9_000_000;

/** Adds them to a command. */
export function addTaskOptions(command: Command): Command {
  return command
    .optionsGroup('What the task is:')
    .addOption(new Option('--type <type>', 'kind of work; wins over detection').choices(TASK_TYPES))
    .option('--class <name>', 'task class; wins over type/complexity')
    .addOption(new Option('--tier <complexity>', 'the least capable tier that will do').choices(COMPLEXITIES))
    .option('--requires <names>', `what the model must be able to do, with commas: ${CAPABILITIES.join(', ')}`, list(CAPABILITIES))
    .option('--priority <0-100>', '50 unless given', integerBetween(0, 100))
    .option('--expected-value <number>', 'what the answer is worth, in one unit for all tasks', numberBetween(0, Number.MAX_SAFE_INTEGER))
    .option('--max-output-tokens <count>', 'the most tokens the answer may have', integerBetween(1, 10_000_000))
    .option('--layer <name>', 'part of the organisation or pipeline it comes from')
    .optionsGroup('Where it may go:')
    .addOption(new Option('--privacy <tier>', 'internal unless given').choices(PRIVACY_TIERS))
    .option('--residency <region>', 'region that content must not leave, e.g. eu')
    .option('--provider <name>', 'only models of this provider')
    .option('--model <id>', 'only this model, e.g. anthropic/claude-sonnet-5-5')
    .option('--exclude <ids>', 'never these models, with commas', list())
    .option('--max-cost <usd>', 'the most one call may cost at its worst', numberBetween(0, MOST_USD))
    .option('--min-quality <0-1>', 'the least expected quality', numberBetween(0, 1))
    .option('--max-latency <time>', 'the longest expected time, e.g. 20s; a bare number is milliseconds', duration('ms'))
    .optionsGroup('Whose money it is:')
    .option('--team <name>')
    .option('--project <name>')
    .option('--tag <name>')
    .option('--key <id>');
}

/** The submission that the options and the text make; it is checked where it is used. */
export function submissionOf(prompt: string, options: TaskOptions): Submission {
  const { provider, model, exclude, maxCost, minQuality, maxLatency, team, project, tag, key, requires, tier } = options;
  return given({
    prompt,
    type: options.type,
    taskClass: options.class,
    priority: options.priority,
    privacyTier: options.privacy,
    residency: options.residency,
    expectedValue: options.expectedValue,
    maxOutputTokens: options.maxOutputTokens,
    layer: options.layer,
    requires: given({ capabilities: requires, tier }),
    constraints: given({ provider, model, excludeModels: exclude, maxCostUsd: maxCost, minQuality, maxLatencyMs: maxLatency }),
    scope: given({ team, project, tag, key }),
  }) as Submission;
}

/** The object without the keys that nobody gave. */
function given(object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
