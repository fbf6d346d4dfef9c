/** A question to whoever sits there, before something is put in force. */

import { createInterface } from 'node:readline/promises';
import { RoutingError } from '../../../routing/errors';
import type { Cli } from '../cli';

export interface ConfirmOptions {
  readonly yes?: boolean;
  readonly json?: boolean;
}

/**
 * Returns when somebody said yes, or gave `--yes`.
 *
 * @param question ends with a question mark
 * @param instead  what else than `--yes` could be added, as the rest of a sentence
 * @throws {RoutingError} `bad_argument` when nobody said yes
 */
export async function confirm(question: string, { yes, json }: ConfirmOptions, { stdin, output }: Cli, instead = ''): Promise<void> {
  if (yes) return;
  if (json || stdin.isTTY !== true || !output.isWatched) {
    throw new RoutingError('bad_argument', `Nobody is here to confirm, so nothing was changed. Add --yes${instead}.`);
  }
  const prompt = createInterface({ input: stdin, output: output.stderr });
  try {
    const answer = await prompt.question(`${question} [y/N] `);
    if (/^\s*y(es)?\s*$/iu.test(answer)) return;
  } finally {
    prompt.close();
  }
  throw new RoutingError('bad_argument', 'Not confirmed, so nothing was changed.');
}
