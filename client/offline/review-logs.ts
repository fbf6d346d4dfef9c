/**
 * A review of logs, without servers: the judgement of the durable review on figures that were gathered from records, with replays that
 * a command of the user's own makes.
 */

import { sha256Hex } from '../../db/documents/canonical-json';
import { SKETCH_MATH } from '../../db/rollups/sketch';
import type { Catalogue } from '../../routing/catalogue';
import type { Policy } from '../../routing/decision/policy';
import { RoutingError } from '../../routing/errors';
import type { Analysis } from '../../routing/review/figures/figures';
import { mergeFigures } from '../../routing/review/figures/merge-figures';
import { callTokensOf } from '../../routing/review/propose/call-tokens';
import { type PastChange, stabilityAfter } from '../../routing/review/propose/past-changes';
import type { Pair, PairedAnswer } from '../../routing/review/prove/evidence';
import { tasksPerCell } from '../../routing/review/prove/pass';
import { type ReviewedClass, reviewClasses, type WantedReplays } from '../../routing/review/review-classes';
import { leastTenantCap } from '../../routing/review/sample/sample-plan';
import { HOUR_MS } from '../../routing/review/settings';
import type { PrivacyTier } from '../../routing/task/task';
import type { TelemetryRecord } from '../telemetry/record';
import { type GatheredLogs, gatherLogs } from './gather-logs';
import { answerKey, type ReplayAnswers, type ReplayRequest } from './replay-command';

export interface LogReviewRequest {
  readonly records: AsyncIterable<readonly TelemetryRecord[]>;
  readonly catalogue: Catalogue;
  readonly policy: Policy;
  /** End of the window, in milliseconds since the epoch: nothing later is seen. */
  readonly asOf: number;
  /** Fixes every draw. */
  readonly seed: string;
  /** Catalogue ids by the names of the logs. */
  readonly names: ReadonlyMap<string, string>;
  /** Privacy tier of a task of which the logs do not say. */
  readonly privacyTier: PrivacyTier;
  /** What happened to the routes of classes before, ascending. */
  readonly history: ReadonlyMap<string, readonly PastChange[]>;
  /** Absent: nothing is replayed, and what would be is said. */
  readonly replay?: (requests: readonly ReplayRequest[], wanted: WantedReplays) => Promise<ReplayAnswers>;
  /** The records have been read. */
  readonly onGathered?: (logs: GatheredLogs) => void;
}

/** What one run of the replay command came to. */
export interface ReplayRun extends Omit<ReplayAnswers, 'answers' | 'served'> {
  readonly name: string;
  readonly pass: 1 | 2;
  readonly asked: number;
  readonly answered: number;
}

export interface ReviewedLogs {
  readonly analysis: Analysis;
  readonly classes: readonly ReviewedClass[];
  readonly logs: GatheredLogs;
  readonly runs: readonly ReplayRun[];
  /** What the providers said that they served, by catalogue id. */
  readonly served: Readonly<Record<string, readonly string[]>>;
}

/** @throws {RoutingError} `bad_input` when no record ended in the window; what `replay` throws */
export async function reviewLogs(request: LogReviewRequest): Promise<ReviewedLogs> {
  const { catalogue, policy, asOf, seed, names, privacyTier, history } = request;
  const settings = policy.review;
  const { replay } = settings;
  const from = Math.floor((asOf - settings.screen.windowMs) / HOUR_MS) * HOUR_MS;
  const logs = await gatherLogs(request.records, {
    ...{ from, to: asOf, catalogue, names, privacyTier, seed },
    perCell: tasksPerCell(replay),
    tenantCap: leastTenantCap(replay.maxPairs),
  });
  request.onGathered?.(logs);
  if (logs.gaps.tasks === 0) throw emptyWindow(logs, from, asOf);

  const classes = mergeFigures(logs.cells.cells(), logs.cells.ratings(), settings.groups, SKETCH_MATH);
  const analysis = { from, to: asOf, tasks: logs.gaps.tasks, classes };
  const dialogue = reviewClasses({
    ...{ analysis, policy, settings, catalogue, seed, now: asOf },
    tokensOf: (figures) => callTokensOf(logs.cells.tokensOf(figures.classes), catalogue),
    stabilityOf: (figures) => stabilityAfter(historyOf(history, figures.classes), asOf),
    frameOf: ({ figures, drawnBefore }) => logs.frames.frameOf(figures.classes, new Set(drawnBefore.map(({ taskId }) => taskId))),
  });
  const runs: ReplayRun[] = [];
  const served = new Map<string, Set<string>>();
  let turn = dialogue.next();
  while (turn.done !== true) {
    const replayed = request.replay && (await run(turn.value, request.replay, seed));
    if (replayed !== undefined) {
      runs.push(replayed.run);
      for (const [model, names] of replayed.served) served.set(model, new Set([...(served.get(model) ?? []), ...names]));
    }
    turn = dialogue.next(replayed?.pairs);
  }
  return {
    ...{ analysis, classes: turn.value, logs, runs },
    served: Object.fromEntries([...served].map(([model, names]) => [model, [...names].sort()])),
  };
}

function historyOf(history: LogReviewRequest['history'], classes: readonly string[]): PastChange[] {
  return classes.flatMap((name) => history.get(name) ?? []).sort((a, b) => a.at - b.at);
}

interface Replayed {
  readonly pairs: readonly Pair[];
  readonly served: ReplayAnswers['served'];
  readonly run: ReplayRun;
}

async function run(wanted: WantedReplays, replay: NonNullable<LogReviewRequest['replay']>, seed: string): Promise<Replayed> {
  const requests = requestsOf(wanted, seed);
  const { answers, served, ...rest } = await replay(requests, wanted);
  const answerOf = (taskId: string, model: string): PairedAnswer =>
    answers.get(answerKey({ taskId, model })) ?? { end: 'excluded', why: 'not-replayed', costNanoUsd: 0 };
  const pairs = wanted.tasks.map(
    ({ taskId, stratum, cluster, block, isSentinel }): Pair => ({
      ...{ taskId, stratum, cluster, block, isSentinel, pass: wanted.pass },
      baseline: answerOf(taskId, wanted.baseline),
      candidate: answerOf(taskId, wanted.candidate),
    }),
  );
  const { name, pass } = wanted;
  return { pairs, served, run: { name, pass, asked: requests.length, answered: answers.size, ...rest } };
}

/** Both models of each task beside each other, the one or the other first by chance, so that a drift over the run favours neither. */
function requestsOf({ tasks, baseline, candidate, pass }: WantedReplays, seed: string): ReplayRequest[] {
  return tasks.flatMap(({ taskId, block }) => {
    const models =
      Number.parseInt(sha256Hex(`${seed}/${taskId}`).slice(0, 2), 16) % 2 === 0 ? [baseline, candidate] : [candidate, baseline];
    return models.map((model) => ({ taskId, model, pass, block }));
  });
}

function emptyWindow({ gaps: { first, last } }: GatheredLogs, from: number, to: number): RoutingError {
  const day = (at: number) => new Date(at).toISOString();
  const has =
    first === undefined || last === undefined
      ? 'The telemetry has no record that could be read.'
      : `The telemetry has tasks from ${day(first)} to ${day(last)}. Give --as-of ${day(last + 1)} to review the end of them.`;
  return new RoutingError('bad_input', `No task ended between ${day(from)} and ${day(to)}, which is what would be reviewed. ${has}`);
}
