/**
 * What tasks are worth, and what recent ones were: each kept for a while, because many tasks ask and little changes.
 */

import type { Database } from '../../db/connect';
import { loadRecentValues } from '../../db/queries/slot-state';
import { loadStatedValues } from '../../db/queries/stated-values';
import { type ExpectedValue, expectedValueOf, type Learned, type ValuedTask, type ValueFormula } from '../../routing/slots/expected-value';
import { type LearnedValues, learnValues } from '../../routing/slots/learned-value';
import { ENOUGH_VALUES } from '../../routing/slots/queue-order';
import type { SlotSettings } from '../../routing/slots/settings';
import { type CacheFigures, createTimedCache } from './timed-cache';

/** How long the value of a task stays in use, in milliseconds. */
export const TASK_VALUE_TTL_MS = 60_000;

/** How long the values of the recent queue, and what was learned, stay in use, in milliseconds. */
export const RECENT_VALUES_TTL_MS = 120_000;

export interface TaskValues {
  /** At most `TASK_VALUE_TTL_MS` old. */
  of(taskId: string, task: ValuedTask, formula: ValueFormula, now: number, learned?: Learned): ExpectedValue;
  /** What was learned from stated values, at most `RECENT_VALUES_TTL_MS` old; undefined where nothing is to be learned. */
  learned(settings: Pick<SlotSettings, 'learned'>, now: number): Promise<Learned | undefined>;
  /** Ascending; at most `RECENT_VALUES_TTL_MS` old. */
  recent(now: number): Promise<readonly number[]>;
  /** Forgets all of it. */
  clear(): void;
  figures(): { readonly tasks: CacheFigures; readonly recent: CacheFigures; readonly learned: CacheFigures };
}

export function createTaskValues(db: Database): TaskValues {
  const tasks = createTimedCache<string, ExpectedValue>(TASK_VALUE_TTL_MS);
  const recent = createTimedCache<'recent', Promise<readonly number[]>>(RECENT_VALUES_TTL_MS);
  const learned = createTimedCache<string, Promise<LearnedValues>>(RECENT_VALUES_TTL_MS);
  return {
    of: (taskId, task, formula, now, known) => tasks.get(taskId, now, () => expectedValueOf(task, formula, known)),
    async learned({ learned: settings }, now) {
      if (settings === undefined) return undefined;
      const { days, leastTasks, isAfterFormula } = settings;
      const key = `${days} ${leastTasks}`;
      const learning = learned.get(key, now, async () => learnValues(await loadStatedValues(db, days), leastTasks));
      try {
        return { values: await learning, isAfterFormula };
      } catch (error) {
        learned.forget(key);
        throw error;
      }
    },
    async recent(now) {
      const isFew = { current: true };
      try {
        const values = await recent.get('recent', now, () => loadRecentValues(db));
        isFew.current = values.length < ENOUGH_VALUES;
        return values;
      } finally {
        if (isFew.current) recent.forget('recent'); // too little to go by, or a failure: the next one looks again
      }
    },
    clear() {
      tasks.clear();
      recent.clear();
      learned.clear();
    },
    figures: () => ({ tasks: tasks.figures(), recent: recent.figures(), learned: learned.figures() }),
  };
}
