/** Whether this Node can run the program. Loaded before anything else: what a program of today is written in, an old one cannot read. */

export const LEAST_NODE_MAJOR = 22;

/**
 * @param version as `process.versions.node`
 * @returns for people, what is wrong and what to do; undefined when all is well
 */
export function nodeProblem(version: string): string | undefined {
  if (Number.parseInt(version, 10) >= LEAST_NODE_MAJOR) return undefined;
  return `Signalbox needs Node ${LEAST_NODE_MAJOR} or newer, and this is ${version}. Install Node 24 (https://nodejs.org); in a clone, "npm run signalbox -- COMMAND" brings its own.`;
}
