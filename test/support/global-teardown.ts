/** After all tests: ends what they started. When jest is interrupted or killed instead, reaper.js does it. */

export default async function globalTeardown(): Promise<void> {
  globalThis.signalboxTestRun?.broker.closeAllConnections();
  await globalThis.signalboxTestRun?.servers.stop();
}
