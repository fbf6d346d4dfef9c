/** A worker that does no work: it says that it is ready, keeps running, and ends as a real one does. */

import { exitWithParent, tellParentReady } from '../../../worker/parent';

const alive = setInterval(() => {}, 1_000);

async function drain(): Promise<void> {
  clearInterval(alive);
}

process.on('SIGTERM', () => {
  // A stubborn worker is one that a call keeps busy.
  if (process.env.STUBBORN === undefined) process.exit(0);
});
exitWithParent(drain, 5_000);
tellParentReady();
