/** What the roll-ups, and the tasks that ended after them, say of every class in a window. */

import type { Analysis } from '../../routing/review/figures/figures';
import { mergeFigures } from '../../routing/review/figures/merge-figures';
import type { ReviewSettings } from '../../routing/review/settings';
import type { Database } from '../connect';
import { readWindow, type Window } from '../queries/analysis';
import { type Cell, gatherRollups, gatherTasks } from './gather';
import { SKETCH_MATH } from './sketch';

/** @param groups classes that are looked at as one, by the name of the group */
export function analyseWindow(db: Database, window: Window, groups: ReviewSettings['groups']): Promise<Analysis> {
  const { from, to, classes: only } = window;
  return readWindow(db, window, async (rows) => {
    const cells: Cell[] = [];
    for await (const cell of gatherRollups(rows.rollups, 'model')) cells.push(cell);
    for await (const cell of gatherTasks(rows.rolledUntil, rows.ended)) {
      if (only?.includes(cell.taskClass) ?? true) cells.push(cell);
    }
    const classes = mergeFigures(cells, await rows.ratings(), groups, SKETCH_MATH);
    return { from, to, tasks: classes.reduce((total, { tasks }) => total + tasks, 0), classes };
  });
}
