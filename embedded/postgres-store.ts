/**
 * What a routing system remembers in Postgres, shared by all processes that use the same name there.
 *
 * This file brings the driver with it, so it is loaded only when there is a URL.
 */

import { connect } from '../db/connect';
import {
  loadEmbeddedBalances,
  loadEmbeddedKnowledge,
  loadEmbeddedUse,
  reserveEmbeddedCall,
  settleEmbeddedCall,
  trackEmbeddedCall,
} from '../db/queries/embedded';
import { addRating } from '../db/queries/ledger';
import { requireSchema } from '../db/require-schema';
import type { ClassPerformance, RatingState } from '../routing/decision/knowledge';
import type { LearningParameters } from '../routing/decision/policy';
import type { CallIdentity } from '../routing/money/embedded-call';
import type { MoneySettings } from './config';
import type { Store } from './store';

/** Classes whose figures are remembered at a time: names of classes are the caller's, and there may be any number. */
const MOST_CLASSES = 1_000;

export interface PostgresStoreOptions {
  readonly url: string;
  /** Shared by all who use it. */
  readonly name: string;
  readonly money: MoneySettings;
  readonly learning: LearningParameters;
}

/** Connects on first use; makes the schema where the database is empty. */
export function createPostgresStore({ url, name, money, learning }: PostgresStoreOptions): Store {
  const db = connect(url, { applicationName: 'signalbox-embedded' });
  const { timeZone } = money;
  const ratingsOf = remembered((text) => {
    const rows = JSON.parse(text) as { key: string; ewma: number; count: number }[];
    return new Map<string, RatingState>(rows.map(({ key, ewma, count }) => [key, { ewma, count }]));
  });
  const performanceOf = new Map<string, (text: string) => ReadonlyMap<string, ClassPerformance>>();
  let prepared: Promise<void> | undefined;

  return {
    async learnt(taskClass) {
      await ready();
      const { ratings, performance, spentTodayNano, spentThisMonthNano } = await loadEmbeddedKnowledge(db, name, taskClass, timeZone);
      const ofClass = performanceOf.get(taskClass) ?? remembered(performanceFrom);
      if (performanceOf.size >= MOST_CLASSES) performanceOf.clear();
      performanceOf.set(taskClass, ofClass);
      return {
        ratings: ratingsOf(ratings),
        performance: ofClass(performance),
        spentNano: { day: spentTodayNano, month: spentThisMonthNano },
      };
    },

    async reserve(call, amountNano, holdMs) {
      await ready();
      const { dayLimitNano, monthLimitNano } = money;
      return reserveEmbeddedCall(db, { ...identified(call), amountNano, holdMs, dayLimitNano, monthLimitNano });
    },

    settle: (id, end) => settleEmbeddedCall(db, { id, ...end }),

    async track(call, end) {
      await ready();
      return trackEmbeddedCall(db, { ...identified(call), ...end });
    },

    async rate(rating) {
      await ready();
      await addRating(db, { ...rating, ratedBy: `embedded:${name}`, alpha: learning.alpha, seed: learning.seed });
    },

    async balances() {
      await ready();
      return loadEmbeddedBalances(db, name, timeZone);
    },

    async use(days) {
      await ready();
      return loadEmbeddedUse(db, name, days);
    },

    close: () => db.close(),
  };

  /** Looks at the schema once; again, when that failed. */
  function ready(): Promise<void> {
    prepared ??= requireSchema(db, url).catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  }

  function identified(call: CallIdentity) {
    return { ...call, system: name, timeZone };
  }
}

/** The same object for the same text, so that who keeps it sees at once that nothing changed; and nothing is read twice. */
function remembered<T>(read: (text: string) => T): (text: string) => T {
  let last: { readonly text: string; readonly value: T } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, value: read(text) };
    return last.value;
  };
}

function performanceFrom(text: string): ReadonlyMap<string, ClassPerformance> {
  const rows = JSON.parse(text) as ({ readonly model: string } & ClassPerformance)[];
  return new Map(rows.map(({ model, ...figures }) => [model, figures]));
}
