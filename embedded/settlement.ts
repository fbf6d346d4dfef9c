/** Tells the store how a call ended. What was paid for is not thrown away because it could not be written down. */

import { isRoutingError } from '../routing/errors';
import type { CallEnd, Settlement } from '../routing/money/embedded-call';
import type { NanoUsd } from '../routing/units';
import type { Settings } from './config';
import type { NewRating, Store } from './store';

/** Between two tries to tell the store, in milliseconds. */
const WAITS_MS = [200, 1_000, 3_000];

/** What a call cost, as far as it is known. */
export interface SettledCost {
  readonly costNano: NanoUsd;
  /** False when the store could not be told: the reservation is charged in full when it runs out. */
  readonly isRecorded: boolean;
}

export interface Bookkeeper {
  settle(id: string, end: CallEnd, reservedNano: NanoUsd): Promise<SettledCost>;
  rate(rating: NewRating): Promise<void>;
}

/** @param settled is told what a settlement has moved */
export function createBookkeeper(store: Store, { clock }: Pick<Settings, 'clock'>, settled: (settlement: Settlement) => void): Bookkeeper {
  return {
    async settle(id, end, reservedNano) {
      const settlement = await patiently(() => store.settle(id, end));
      if (settlement === undefined)
        return { costNano: end.costBasis === 'reserved' ? reservedNano : (end.costNano ?? 0), isRecorded: false };
      settled(settlement);
      return { costNano: settlement.costNano, isRecorded: true };
    },
    async rate(rating) {
      await patiently(() => store.rate(rating));
    },
  };

  /** Tries again while the database is away, for some seconds. Undefined: it stayed away. Everything else is thrown. */
  async function patiently<T>(work: () => Promise<T>): Promise<T | undefined> {
    for (const waitMs of [...WAITS_MS, undefined]) {
      try {
        return await work();
      } catch (error) {
        if (!isRoutingError(error) || (error.code !== 'database_unreachable' && error.code !== 'database_full')) throw error;
        if (waitMs !== undefined) await clock.wait(waitMs, new AbortController().signal);
      }
    }
    return undefined;
  }
}
