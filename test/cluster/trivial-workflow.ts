/** The least workflow that uses all of a server: a timer, an activity and a search attribute. */

import { proxyActivities, sleep } from '@temporalio/workflow';

const { double } = proxyActivities<{ double(value: number): Promise<number> }>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 3 },
});

export async function doubleLater(value: number): Promise<number> {
  await sleep(10);
  return double(value);
}
