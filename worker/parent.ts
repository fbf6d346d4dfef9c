/**
 * What a worker owes the process that started it: to say when it is ready, and not to outlive it.
 *
 * The channel of `process.send` closes when the parent dies, however it dies. A worker that was started by hand has no
 * channel, and both functions do nothing.
 */

/** Tells the parent that this worker polls its queues. */
export function tellParentReady(): void {
  process.send?.({ kind: 'ready' });
}

/**
 * Ends this process when its parent is gone: drains, then exits.
 *
 * @param drain   stops taking work and resolves when running calls have ended
 * @param graceMs how long that may take, in milliseconds
 */
export function exitWithParent(drain: () => Promise<void>, graceMs: number): void {
  if (process.send === undefined) return;
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), graceMs).unref();
    drain().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}
