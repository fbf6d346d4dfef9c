/** Looks, after tasks were rolled up, for classes that became worse, and asks for a review of each. */

import { policyFromJson } from '../../db/documents/policy-document';
import { recentRollups, scopesAskedToday } from '../../db/queries/analysis';
import { addTrigger } from '../../db/queries/review-triggers';
import { loadPolicy } from '../../db/queries/rules';
import { type Crossing, crossedThresholds, type DayFigures } from '../../routing/review/thresholds';
import { formatUsd } from '../../routing/units';
import type { Deps } from '../deps';
import { type Cell, gatherRollups } from './gather';
import { quantileOf } from './sketch';

/** Days that are looked at, today beside them. */
const DAYS = 28;

/** Who asks. */
const REQUESTED_BY = 'upkeep';

export interface ThresholdsLook {
  /** Reviews asked for. */
  readonly asked: number;
}

/**
 * Asks for a review of every class, or the group it is reviewed with, in which a model's quality, cost or latency left its band; at
 * most once a day for each.
 */
export async function reviewCrossedThresholds(deps: Deps): Promise<ThresholdsLook> {
  const details = await crossingsByScope(deps);
  const known = details.size === 0 ? new Set<string>() : await scopesAskedToday(deps.db);
  let asked = 0;
  for (const [scope, detail] of details) {
    if (known.has(scope)) continue;
    const trigger = { scope, kind: 'threshold', detail, requestedBy: REQUESTED_BY } as const;
    const triggerId = deps.newId();
    await addTrigger(deps.db, { id: triggerId, ...trigger });
    await deps.askForReview({ ...trigger, triggerId });
    asked++;
  }
  return { asked };
}

/** What was crossed first in each scope, for people. */
async function crossingsByScope({ db }: Deps): Promise<ReadonlyMap<string, string>> {
  const details = new Map<string, string>();
  const policy = await loadPolicy(db);
  if (policy === undefined) return details;
  const groups = Object.entries(policyFromJson(policy.body).review.groups);
  for await (const [cell, ...others] of seriesOf(gatherRollups(recentRollups(db, DAYS), 'day'))) {
    if (cell === undefined || cell.model === '') continue;
    const [crossing] = crossedThresholds([cell, ...others].map(dayFigures));
    const scope = groups.find(([, classes]) => classes.includes(cell.taskClass))?.[0] ?? cell.taskClass;
    if (crossing !== undefined && !details.has(scope)) details.set(scope, describe(cell, crossing));
  }
  return details;
}

/** Cells of days, as one list for each class and model. */
async function* seriesOf(cells: AsyncIterable<Cell>): AsyncGenerator<readonly Cell[]> {
  let series: Cell[] = [];
  for await (const cell of cells) {
    if (series[0] !== undefined && (series[0].taskClass !== cell.taskClass || series[0].model !== cell.model)) {
      yield series;
      series = [];
    }
    series.push(cell);
  }
  yield series;
}

function dayFigures({ sums, cost, latency }: Cell): DayFigures {
  return {
    ...sums,
    priced: cost.count,
    answered: latency.count,
    latencyP95Ms: latency.count === 0 ? 0 : quantileOf(latency, 0.95),
  };
}

function describe({ taskClass, model }: Cell, { measure, average, limit, days }: Crossing): string {
  const [name, show] = {
    quality: ['The mean score', (value: number) => value.toFixed(3)],
    cost: ['The cost of a task', (value: number) => formatUsd(Math.round(value))],
    latency: ['The 95th percentile of the latency', (value: number) => `${Math.round(value)} ms`],
  }[measure] as [string, (value: number) => string];
  const beyond = measure === 'quality' ? 'below' : 'above';
  return `${name} of ${model} on class "${taskClass}" is now ${show(average)}, ${beyond} the limit of ${show(limit)} that the ${days} days before set.`;
}
