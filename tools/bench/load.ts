/** What is put on a stack to measure it: tasks that differ in nothing but a number, so many at a time. */

/** A task of some 600 bytes. */
export function promptNumber(at: number): string {
  return `Fix the authentication bug ${at} in the login endpoint. ${'The session cookie is lost after a redirect. '.repeat(12)}`;
}

/** Runs something `times` times, `inFlight` of them at a time. */
export async function repeat(times: number, inFlight: number, run: (at: number) => Promise<unknown>): Promise<void> {
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started < times) await run(started++);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}
