/**
 * Work of which one run serves all who ask for it before it begins: it runs once at a time, and who asks while it runs shares the
 * next run. Many calls that end together offer their slots in one go.
 */

export interface OneAtATime<Result> {
  /**
   * The result of a run that begins after this call.
   *
   * @param asker whom the run is told of, with all others that share it; undefined: nobody
   */
  run(asker: string | undefined, work: (askers: ReadonlySet<string>) => Promise<Result>): Promise<Result>;
}

export function createOneAtATime<Result>(): OneAtATime<Result> {
  let running: Promise<unknown> | undefined;
  let next: { readonly askers: Set<string>; readonly result: Promise<Result> } | undefined;

  function begin(askers: ReadonlySet<string>, work: (askers: ReadonlySet<string>) => Promise<Result>): Promise<Result> {
    const result = work(askers);
    const over = result.then(
      () => {},
      () => {},
    );
    running = over;
    void over.then(() => {
      if (running === over) running = undefined;
    });
    return result;
  }

  return {
    run(asker, work) {
      if (running === undefined) return begin(new Set(asker === undefined ? [] : [asker]), work);
      if (next === undefined) {
        const askers = new Set<string>();
        const result = running.then(() => {
          next = undefined;
          return begin(askers, work);
        });
        next = { askers, result };
      }
      if (asker !== undefined) next.askers.add(asker);
      return next.result;
    },
  };
}
