/** The short name of a task's text in ratings files, where people have always made it with `echo TEXT | md5sum`. */

import { createHash } from 'node:crypto';
import { type Prompt, taskTextOf } from '../routing/task/prompt';

/** First 6 hexadecimal digits of the MD5 of the text and a newline. A name, not a protection. */
export function hashOfText(text: string): string {
  return createHash('md5').update(`${text}\n`).digest('hex').slice(0, 6);
}

/** The hash of a stored prompt. */
export function taskHash(prompt: unknown): string {
  return hashOfText(taskTextOf(prompt as Prompt));
}
