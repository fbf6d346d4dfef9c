/** What it costs to have the two answers to a task compared, before any is. */

import type { Model } from '../catalogue';
import { costOf } from '../money/cost';
import type { CallTokens } from '../review/propose/call-tokens';
import type { NanoUsd } from '../units';
import { JUDGE_ROLES } from './judgement';

/** Tokens of the words around rubric, task and answers. */
const FRAME_TOKENS = 300;
/** Tokens of a verdict; a model that thinks first takes more, and its verbosity in the catalogue says so. */
const VERDICT_TOKENS = 40;
const CHARACTERS_PER_TOKEN = 4;

/** Expected cost of both orders, at the list price; 0 for a model without one, which is allowed by name. */
export function judgingCost(judge: Pick<Model, 'prices' | 'verbosity'>, tokens: CallTokens, rubric: string): NanoUsd {
  if (judge.prices === undefined) return 0;
  const { inputTokens, outputTokens } = tokens;
  const usage = {
    inputTokens: Math.ceil(inputTokens + 2 * outputTokens + FRAME_TOKENS + rubric.length / CHARACTERS_PER_TOKEN),
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: Math.ceil(VERDICT_TOKENS * judge.verbosity),
    reasoningTokens: 0,
  };
  return JUDGE_ROLES.length * costOf(judge.prices, usage);
}
