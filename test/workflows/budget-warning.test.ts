/** Upkeep, as it runs, tells of a budget that has spent its share: nobody has to ask. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { applyWebhooks } from '../../db/queries/warnings';
import { install } from '../support/installation';
import { until } from '../support/processes';
import { DEAREST, endSoundly, NORTH, NORTH_NAME, RESERVED, routeOver, WORK, workPolicy } from '../support/scenario';

test('a budget that crossed its line is in the audit log and at the webhook within a round, once', async () => {
  const box = await install({
    models: [NORTH],
    policy: workPolicy({ classes: { work: routeOver([NORTH]) } }),
    budgets: [{ period: 'month', limitNano: 2 * RESERVED, warnAt: 0.5, timeZone: 'Asia/Tokyo' }],
  });
  const told: string[] = [];
  const server = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => void told.push(text));
    request.on('end', () => response.writeHead(200).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await applyWebhooks(box.db, [{ url, secretEnv: 'HOOK_SECRET', allowPrivateNetwork: true }], 'ana');
    box.script({ models: { [NORTH_NAME]: [DEAREST] } });
    await box.work({ HOOK_SECRET: 'a secret' });
    await box.run(WORK);
    const delivered = () => box.db.sql`SELECT state FROM webhook_deliveries WHERE state = 'delivered'`;
    await until(async () => (await delivered()).length === 1, 'the warning is delivered', 15_000);
    await box.run(WORK);
    const entries = async () => (await box.db.sql`SELECT 1 FROM audit_log WHERE action = 'budget.warned'`).length;
    expect(await entries()).toBe(1);
    expect(told).toHaveLength(1);
    expect(JSON.parse(told[0]!)).toMatchObject({ kind: 'budget.warning', budget: { period: 'month', timeZone: 'Asia/Tokyo' } });
    expect(told[0]).not.toContain(WORK.prompt);
  } finally {
    server.closeAllConnections();
    server.close();
    await endSoundly(box);
  }
});
