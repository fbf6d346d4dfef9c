/** What a judge is asked of two answers. Nothing says which model wrote which. */

import type { Prompt } from '../task/prompt';
import { fenceFor, fenceRule, taskForJudge } from './fence';

/** Changes with these words: what was judged by others is not calibrated by the labels of these. */
export const COMPARE_PROMPT_VERSION = 'compare-1';

export interface Comparands {
  /** What a good answer is, in the words of the policy. */
  readonly rubric: string;
  /** What was asked. */
  readonly task: Prompt;
  /** The answers in the order in which the judge reads them. */
  readonly first: string;
  readonly second: string;
  /** Unknown to whoever wrote task and answers: the marks follow from it. */
  readonly seed: string;
  /** The judge's model can be held to a JSON Schema. */
  readonly isStructured: boolean;
}

/** What is asked for, and what `readPreference` reads. */
const SCHEMA = {
  type: 'object',
  properties: { verdict: { type: 'string', enum: ['A', 'B', 'tie'] } },
  required: ['verdict'],
  additionalProperties: false,
} as const;

/** Asks which of two answers to a task is better. The same arguments give the same words. */
export function comparePrompt({ rubric, task, first, second, seed, isStructured }: Comparands): Prompt {
  const asked = taskForJudge(task);
  const { mark, fence } = fenceFor(seed, [asked, first, second]);
  const system = `You compare two answers to the same task. ${fenceRule(mark)} The order of the answers means nothing, and neither does their length.`;
  const user = [
    `What makes an answer good:\n${rubric}`,
    fence('TASK', asked),
    fence('ANSWER A', first),
    fence('ANSWER B', second),
    'Which answer is better by what makes an answer good? Say "tie" when neither is. Reply with one JSON object and nothing else: ' +
      '{"verdict": "A"}, {"verdict": "B"} or {"verdict": "tie"}.',
  ].join('\n\n');
  return {
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: user },
    ],
    ...(isStructured ? { responseFormat: { type: 'json', schema: SCHEMA, name: 'verdict' } } : {}),
  };
}

/** The answers in a text that `comparePrompt` made, in their order; none in any other text. For models that play a judge. */
export function comparandsIn(text: string): readonly string[] {
  const mark = /^(#[0-9a-f]{24}) TASK$/m.exec(text)?.[1];
  if (mark === undefined) return [];
  return ['ANSWER A', 'ANSWER B'].map((title) => {
    const start = text.indexOf(`${mark} ${title}\n`);
    return text.slice(start + mark.length + title.length + 2, text.indexOf(`\n${mark} END OF ${title}`));
  });
}
