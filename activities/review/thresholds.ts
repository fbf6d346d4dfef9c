/** Looks, after tasks were rolled up, for classes that became worse, and asks for a review of each. */

import { policyFromJson } from '../../db/documents/policy-document';
import { readWindow, scopesAskedToday } from '../../db/queries/analysis';
import { addTrigger } from '../../db/queries/review-triggers';
import { loadPolicy } from '../../db/queries/rules';
import { type Cell, gatherRollups } from '../../db/rollups/gather';
import { quantileOf } from '../../db/rollups/sketch';
import { type Crossing, crossedThresholds, type DayFigures, type Measure } from '../../routing/review/figures/thresholds';
import { DAY_MS } from '../../routing/review/settings';
import { formatUsd } from '../../routing/units';
import type { Deps } from '../deps';

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
async function crossingsByScope(deps: Deps): Promise<ReadonlyMap<string, string>> {
  const details = new Map<string, string>();
  const policy = await loadPolicy(deps.db);
  if (policy === undefined) return details;
  const groups = Object.entries(policyFromJson(policy.body).review.groups);
  const to = Math.ceil(deps.now() / DAY_MS) * DAY_MS;
  const from = to - (DAYS + 1) * DAY_MS;
  await readWindow(deps.db, { from, to }, async ({ rollups }) => {
    for await (const [cell, ...others] of seriesOf(gatherRollups(rollups, 'day'))) {
      if (cell === undefined || cell.model === '') continue;
      const [crossing] = crossedThresholds([cell, ...others].map(dayFigures));
      const scope = groups.find(([, classes]) => classes.includes(cell.taskClass))?.[0] ?? cell.taskClass;
      if (crossing !== undefined && !details.has(scope)) details.set(scope, describe(cell, crossing));
    }
  });
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

/** What each measure is called, and how its values are shown. */
const SHOWN: Readonly<Record<Measure, { readonly name: string; readonly show: (value: number) => string }>> = {
  quality: { name: 'The mean score', show: (score) => score.toFixed(3) },
  cost: { name: 'The cost of a task', show: (nano) => formatUsd(Math.round(nano)) },
  latency: { name: 'The 95th percentile of the latency', show: (ms) => `${Math.round(ms)} ms` },
};

function describe({ taskClass, model }: Cell, { measure, average, limit, days }: Crossing): string {
  const { name, show } = SHOWN[measure];
  const beyond = measure === 'quality' ? 'below' : 'above';
  return `${name} of ${model} on class "${taskClass}" is now ${show(average)}, ${beyond} the limit of ${show(limit)} that the ${days} days before set.`;
}
