/** Ctrl-C and its relatives, for commands that have something to end in order. Others end as any program does. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `listener` for each signal that asks this process to end, with how many have come.
 *
 * @returns takes the listener away
 */
export function onInterrupt(listener: (count: number) => void): () => void {
  let count = 0;
  const heard = () => listener(++count);
  for (const signal of SIGNALS) process.on(signal, heard);
  return () => {
    for (const signal of SIGNALS) process.off(signal, heard);
  };
}
