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
import { suggestModel } from '../telemetry/suggest-model';
import { type GatheredLogs, gatherLogs } from './gather-logs';
import type { FindKnownPair, KnownPair } from './known-pairs';
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
  /** Answers of earlier evaluations, which are taken instead of replays; absent: there are none. */
  readonly known?: FindKnownPair;
}

/** What one run of the replay command came to. */
export interface ReplayRun extends Omit<ReplayAnswers, 'answers' | 'served'> {
  readonly name: string;
  readonly pass: 1 | 2;
  readonly asked: number;
  /** Pairs that earlier evaluations had, by run and grader. */
  readonly known: Readonly<Record<string, number>>;
  readonly answered: number;
}

/** A name of the logs that no model of the catalogue has. */
export interface UnknownModel {
  readonly name: string;
  readonly tasks: number;
  /** The model that it may stand for: for a person to say. */
  readonly suggestion?: string;
}

export interface ReviewedLogs {
  readonly analysis: Analysis;
  readonly classes: readonly ReviewedClass[];
  readonly logs: GatheredLogs;
  /** Most tasks first. */
  readonly unknownModels: readonly UnknownModel[];
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
    const replayed = await run(turn.value, request, logs);
    if (replayed !== undefined) {
      runs.push(replayed.run);
      for (const [model, names] of replayed.served) served.set(model, new Set([...(served.get(model) ?? []), ...names]));
    }
    turn = dialogue.next(replayed?.pairs);
  }
  return {
    ...{ analysis, classes: turn.value, logs, runs },
    unknownModels: unknownModels(logs, [...catalogue.models.keys()]),
    served: Object.fromEntries([...served].map(([model, names]) => [model, [...names].sort()])),
  };
}

function historyOf(history: LogReviewRequest['history'], classes: readonly string[]): PastChange[] {
  return classes.flatMap((name) => history.get(name) ?? []).sort((a, b) => a.at - b.at);
}

/** What no command said. */
const NO_ANSWERS: ReplayAnswers = { answers: new Map(), served: new Map(), noise: 0, notAsked: 0, repeated: 0, problems: [] };

interface Replayed {
  readonly pairs: readonly Pair[];
  readonly served: ReplayAnswers['served'];
  readonly run: ReplayRun;
}

/** Undefined: there is neither a command nor anything that is known. */
async function run(wanted: WantedReplays, { replay, known, seed }: LogReviewRequest, logs: GatheredLogs): Promise<Replayed | undefined> {
  const { name, pass } = wanted;
  const pairsKnown = knownPairsOf(wanted, known, logs);
  if (replay === undefined && pairsKnown.size === 0) return undefined;
  const requests = requestsOf(
    wanted.tasks.filter(({ taskId }) => !pairsKnown.has(taskId)),
    wanted,
    seed,
  );
  const replayed = replay === undefined || requests.length === 0 ? NO_ANSWERS : await replay(requests, wanted);
  const { answers, served, ...rest } = replayed;
  const answerOf = (taskId: string, model: string): PairedAnswer =>
    answers.get(answerKey({ taskId, model })) ?? { end: 'excluded', why: 'not-replayed', costNanoUsd: 0 };
  const pairs = wanted.tasks.map(({ taskId, stratum, cluster, block, isSentinel }): Pair => {
    const found = pairsKnown.get(taskId);
    return {
      ...{ taskId, stratum, cluster, block, isSentinel, pass },
      ...(found === undefined ? {} : { isKnown: true }),
      baseline: found?.baseline ?? answerOf(taskId, wanted.baseline),
      candidate: found?.candidate ?? answerOf(taskId, wanted.candidate),
    };
  });
  const sources = Map.groupBy(pairsKnown.values(), ({ run: from, grader }) => `${from}, graded by ${grader}`);
  const counts = Object.fromEntries([...sources].map(([source, own]) => [source, own.length]));
  return { pairs, served, run: { name, pass, asked: requests.length, known: counts, answered: answers.size, ...rest } };
}

function knownPairsOf(wanted: WantedReplays, known: FindKnownPair | undefined, { frames }: GatheredLogs): ReadonlyMap<string, KnownPair> {
  if (known === undefined) return new Map();
  const inputs = frames.inputsOf(wanted.classes);
  const found = wanted.tasks.map(({ taskId }) => [taskId, known(taskId, inputs.get(taskId), wanted)] as const);
  return new Map(found.filter((entry): entry is [string, KnownPair] => entry[1] !== undefined));
}

/** Both models of each task beside each other, the one or the other first by chance, so that a drift over the run favours neither. */
function requestsOf(
  tasks: WantedReplays['tasks'],
  { baseline, candidate, pass }: Pick<WantedReplays, 'baseline' | 'candidate' | 'pass'>,
  seed: string,
): ReplayRequest[] {
  return tasks.flatMap(({ taskId, block }) => {
    const models =
      Number.parseInt(sha256Hex(`${seed}/${taskId}`).slice(0, 2), 16) % 2 === 0 ? [baseline, candidate] : [candidate, baseline];
    return models.map((model) => ({ taskId, model, pass, block }));
  });
}

function unknownModels(logs: GatheredLogs, known: readonly string[]): UnknownModel[] {
  return [...logs.unknownModels]
    .sort(([, a], [, b]) => b - a)
    .map(([name, tasks]) => {
      const suggestion = suggestModel(name, known);
      return { name, tasks, ...(suggestion === undefined ? {} : { suggestion }) };
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
