/**
 * The real servers that tests share, started when the first test asks.
 *
 * Test files run in several processes, so the servers belong to the process that runs jest (global-setup.ts), and tests ask
 * it over loopback. A run of tests that need no server starts none.
 */

export const BROKER_VARIABLE = 'SIGNALBOX_TEST_BROKER';

export interface TestServers {
  /** A Postgres whose only purpose is this run; as superuser, and the application's role, which owns the template. */
  readonly postgres: { readonly adminUrl: string; readonly role: string; readonly password: string; readonly template: string };
  readonly temporal: { readonly address: string; readonly namespace: string };
  /** The bundle of all workflows, for `workflowBundle: { codePath }`. */
  readonly workflows: { readonly codePath: string };
  /** The compiled program, up to date with its source. */
  readonly dist: { readonly folder: string };
}

/** Asks for one of them; waits while it starts. */
export async function testServer<Name extends keyof TestServers>(name: Name): Promise<TestServers[Name]> {
  const broker = process.env[BROKER_VARIABLE];
  if (broker === undefined)
    throw new Error('No test servers: run jest with the configuration in jest.config.js, whose global setup provides them.');
  const response = await fetch(`${broker}/${name}`);
  const body = await response.text();
  if (!response.ok) throw new Error(body);
  return JSON.parse(body) as TestServers[Name];
}
