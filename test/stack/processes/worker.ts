/** A worker that does no work: it says that it is ready, keeps running, and ends as a real one does. */

const alive = setInterval(() => {}, 1_000);

process.on('SIGTERM', () => {
  // A stubborn worker is one that a call keeps busy.
  if (process.env.STUBBORN === undefined) process.exit(0);
});
process.once('disconnect', () => clearInterval(alive));
process.send?.({ kind: 'ready' });
