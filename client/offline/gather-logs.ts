/** Everything that a review asks of logs, gathered in one look at each record: figures, frames, propensities, and what is not known. */

import type { Catalogue, Model } from '../../routing/catalogue';
import { costOf } from '../../routing/money/cost';
import type { PrivacyTier } from '../../routing/task/task';
import type { NanoUsd } from '../../routing/units';
import { classOf, UNCLASSIFIED } from '../telemetry/class-of';
import type { TelemetryRecord } from '../telemetry/record';
import { createSeenIds } from '../telemetry/seen-ids';
import { gatherCells, type LogCells, type LoggedTask } from './log-cells';
import { type FrameTerms, gatherFrames, type LogFrames } from './log-frames';
import { gatherPropensities, type LogPropensities } from './log-propensities';

export interface LogTerms extends FrameTerms {
  /** Tasks that ended in [from, to) count. Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly catalogue: Catalogue;
  /** Catalogue ids by the names of the logs. */
  readonly names: ReadonlyMap<string, string>;
  /** Privacy tier of a task of which the logs do not say. */
  readonly privacyTier: PrivacyTier;
}

/** What the logs of the window left open, as counts of tasks. */
export interface LogGaps {
  /** Of the window. */
  tasks: number;
  /** Ended before or after the window. */
  outside: number;
  withoutTier: number;
  withoutScore: number;
  /** Priced by their tokens and the catalogue, and not at all. */
  pricedHere: number;
  withoutCost: number;
  withoutLatency: number;
  withoutTenant: number;
  /** Of one or several classes at once, because nothing said which. */
  unclassified: number;
  withoutPropensity: number;
  /** When the first and the last of all ended; undefined: there were none. */
  first?: number;
  last?: number;
}

export interface GatheredLogs {
  readonly cells: LogCells;
  readonly frames: LogFrames;
  readonly propensities: LogPropensities;
  readonly gaps: LogGaps;
  /** Tasks by models that the catalogue does not have. */
  readonly unknownModels: ReadonlyMap<string, number>;
}

export async function gatherLogs(records: AsyncIterable<readonly TelemetryRecord[]>, terms: LogTerms): Promise<GatheredLogs> {
  const cells = gatherCells();
  const frames = gatherFrames(terms);
  const propensities = gatherPropensities();
  const inputs = createSeenIds();
  const unknownModels = new Map<string, number>();
  const gaps = noGaps();
  for await (const batch of records) {
    for (const record of batch) {
      gaps.first = Math.min(gaps.first ?? record.endedAt, record.endedAt);
      gaps.last = Math.max(gaps.last ?? record.endedAt, record.endedAt);
      if (record.endedAt < terms.from || record.endedAt >= terms.to) {
        gaps.outside += 1;
        continue;
      }
      const task = loggedTask(record, terms);
      count(gaps, record, task);
      if (!terms.catalogue.models.has(task.model)) unknownModels.set(task.model, (unknownModels.get(task.model) ?? 0) + 1);
      const input = record.inputHash ?? record.prompt;
      const isRepeated = input !== undefined && !inputs.add(`${task.taskClass}\n${input}`);
      cells.add(task);
      frames.add(task, isRepeated);
      propensities.add(task);
    }
  }
  return { cells, frames, propensities, gaps, unknownModels };
}

function noGaps(): LogGaps {
  return {
    ...{ tasks: 0, outside: 0, withoutTier: 0, withoutScore: 0, pricedHere: 0, withoutCost: 0 },
    ...{ withoutLatency: 0, withoutTenant: 0, unclassified: 0, withoutPropensity: 0 },
  };
}

function loggedTask(record: TelemetryRecord, { names, catalogue, privacyTier }: LogTerms): LoggedTask {
  const model = names.get(record.model) ?? record.model;
  const costNanoUsd = record.costNanoUsd ?? priceOf(record, catalogue.models.get(model));
  return {
    ...record,
    model,
    taskClass: classOf(record),
    privacyTier: record.privacyTier ?? privacyTier,
    ...(costNanoUsd === undefined ? {} : { costNanoUsd }),
  };
}

/** What the tokens of a record cost by the catalogue; undefined: nobody knows. */
function priceOf({ inputTokens, cachedInputTokens = 0, outputTokens }: TelemetryRecord, model: Model | undefined): NanoUsd | undefined {
  if (model?.prices === undefined || inputTokens === undefined || outputTokens === undefined) return undefined;
  const cacheReadTokens = Math.min(cachedInputTokens, inputTokens);
  return costOf(model.prices, {
    ...{ inputTokens: inputTokens - cacheReadTokens, cacheReadTokens, outputTokens },
    ...{ cacheWriteTokens: 0, cacheWrite1hTokens: 0, reasoningTokens: 0 },
  });
}

function count(gaps: LogGaps, record: TelemetryRecord, task: LoggedTask): void {
  gaps.tasks += 1;
  if (record.privacyTier === undefined) gaps.withoutTier += 1;
  if (record.score === undefined) gaps.withoutScore += 1;
  if (task.costNanoUsd === undefined) gaps.withoutCost += 1;
  else if (record.costNanoUsd === undefined) gaps.pricedHere += 1;
  if (record.latencyMs === undefined) gaps.withoutLatency += 1;
  if (record.tenant === undefined) gaps.withoutTenant += 1;
  if (task.taskClass === UNCLASSIFIED) gaps.unclassified += 1;
  if (record.propensity === undefined) gaps.withoutPropensity += 1;
}
