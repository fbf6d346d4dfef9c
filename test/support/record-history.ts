/** How one history is recorded: an installation of its own, a story, and the history that it leads to. */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { fetchHistory, HISTORIES } from './histories';
import { type Installation, type InstallationOptions, install } from './installation';
import { MODELS, workPolicy } from './scenario';
import { endWorkerProcesses } from './worker-process';

/** One model of each kind, and a class of work. */
export const base: InstallationOptions = { models: MODELS, policy: workPolicy() };

/** Records what `story` leads to, unless it is recorded. */
export function record(
  workflow: string,
  scenario: string,
  options: InstallationOptions,
  story: (box: Installation) => Promise<WorkflowHandle>,
): void {
  const file = join(HISTORIES, workflow, `${scenario}.json`);
  const recordNew = existsSync(file) ? test.skip : test;
  recordNew(`${workflow}/${scenario}`, async () => {
    const box = await install(options);
    try {
      const history = await fetchHistory(await story(box));
      mkdirSync(join(HISTORIES, workflow), { recursive: true });
      writeFileSync(file, `${JSON.stringify(history, undefined, 1)}\n`, { flag: 'wx' });
    } finally {
      await endWorkerProcesses();
      await box.end();
    }
  });
}
