/** What a starting or stopping stack says of its parts. */

import type { StackEvent } from '../../stack/supervisor';
import type { Output } from './output';
import { formatMs, onOneLine } from './text';

/** In a log, progress is worth a line this often, in milliseconds: minutes of silence look like a hang. */
const LOG_EVERY_MS = 15_000;

/** On a terminal, progress is written over; in a log, only what is worth a line is told. */
export function tellEvents(output: Output): (event: StackEvent) => void {
  const overwrite = output.isWatched ? '\r\u001b[K' : '';
  let isOverwritable = false;
  let loggedAt = Date.now();
  return ({ part, state, ms, detail }) => {
    const took = ms === undefined ? '' : ` in ${formatMs(ms)}`;
    const line = onOneLine(`${part} ${state}${took}${detail === undefined ? '' : `: ${detail}`}`);
    const isPassing = state === 'starting' || state === 'progress' || state === 'stopping';
    if (isPassing && output.isWatched) {
      output.stderr.write(`${overwrite}  ${line.slice(0, (output.stderr.columns ?? 80) - 3)}`);
      isOverwritable = true;
      return;
    }
    if (isPassing && (state !== 'progress' || Date.now() - loggedAt < LOG_EVERY_MS)) return;
    loggedAt = Date.now();
    output.note(`${isOverwritable ? overwrite : ''}  ${line}`);
    isOverwritable = false;
  };
}
