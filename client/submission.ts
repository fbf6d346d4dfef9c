/** Checks a submission before anything is kept, and names every problem at once. */

import { type ParsedSubmission, type Submission, submissionDocument } from '../db/documents/submission';
import { RoutingError } from '../routing/errors';

/** Schemas of tools are some ten levels deep; what is much deeper was made to exhaust whoever walks over it. */
const MOST_LEVELS = 100;

/**
 * @param maxPromptBytes longest content, in bytes of UTF-8
 * @throws {RoutingError} `bad_input`, `input_too_large`
 */
export function parseSubmission(submission: Submission, maxPromptBytes: number): ParsedSubmission {
  const parsed = submissionDocument.safeParse(submission);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${issue.path.length === 0 ? 'task' : issue.path.join('.')}: ${issue.message.replace(/\.$/u, '')}`,
    );
    throw new RoutingError('bad_input', `The task cannot be accepted. ${problems.slice(0, 20).join('; ')}.`);
  }
  const task = parsed.data;
  if (isDeeperThan(MOST_LEVELS, task)) {
    throw new RoutingError('bad_input', `The task is nested deeper than ${MOST_LEVELS} levels. Simplify its messages, tools or schemas.`);
  }
  const bytes = Buffer.byteLength(task.prompt ?? JSON.stringify(task.messages));
  if (bytes > maxPromptBytes) {
    throw new RoutingError(
      'input_too_large',
      `The prompt has ${bytes} bytes; the limit is ${maxPromptBytes}. Shorten it, or raise settings.max_prompt_bytes in signalbox.yaml.`,
    );
  }
  if (task.prompt !== undefined && task.prompt.trim() === '') {
    throw new RoutingError('bad_input', 'The prompt is empty. Say what is to be done.');
  }
  return task;
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeperThan(levels - 1, part));
}
