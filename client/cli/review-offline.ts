/**
 * `signalbox review offline`: what a review makes of the logs of any gateway, before any traffic is moved. It needs no stack; replays are
 * made by a command of the user's own, or not at all.
 */

import { createReadStream } from 'node:fs';
import { canonicalJson, sha256Hex } from '../../db/documents/canonical-json';
import { policySha256 } from '../../db/documents/policy-document';
import { RoutingError } from '../../routing/errors';
import type { ReportedClass, ReviewReport } from '../../routing/review/report/report';
import { counted } from '../../routing/review/report/words';
import type { PrivacyTier } from '../../routing/task/task';
import { type EvaluationFormat, readEvaluations } from '../evaluations/read-evaluations';
import { parseHistory } from '../offline/history-file';
import { type FindKnownPair, findKnownPairs } from '../offline/known-pairs';
import { logReport } from '../offline/log-report';
import { replayByCommand } from '../offline/replay-command';
import { type LogReviewRequest, type ReviewedLogs, reviewLogs } from '../offline/review-logs';
import { formatNamed } from '../telemetry/formats/formats';
import { readTelemetry } from '../telemetry/read-telemetry';
import type { TelemetryRecord } from '../telemetry/record';
import { createSeenIds } from '../telemetry/seen-ids';
import { newTally, type TelemetryTally } from '../telemetry/tally';
import type { Cli, CommonOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { type RulesFiles, readCatalogueFile, readConfigurationText, readPolicyFile, readRulesFiles } from './input/rules-files';
import { onInterrupt } from './interrupts';
import { type ReportFormat, reportFormat, reportText, writeReport } from './review-report';
import { readingProgress, startProgress } from './terminal/progress';
import { onOneLine } from './terminal/text';

export interface ReviewOfflineOptions extends CommonOptions {
  readonly telemetry: readonly string[];
  /** Name of a telemetry format; the first rows tell it unless given. */
  readonly from?: string;
  readonly catalogue?: string;
  readonly policy?: string;
  readonly replay?: string;
  /** Milliseconds. */
  readonly replaySilence: number;
  /** Milliseconds since the epoch. */
  readonly asOf?: number;
  readonly history?: string;
  readonly evaluations?: readonly string[];
  readonly evaluationsFrom: EvaluationFormat;
  readonly map?: readonly string[];
  readonly privacyTier: PrivacyTier;
  readonly seed?: string;
  readonly format?: ReportFormat;
  readonly out?: string;
}

/** Read at a time. */
const CHUNK_BYTES = 1024 * 1024;

export async function runReviewOffline(options: ReviewOfflineOptions, cli: Cli): Promise<ExitCode> {
  const { output } = cli;
  const format = reportFormat(options);
  const startedAt = Date.now();
  const asOf = options.asOf ?? startedAt;
  const { config, policy } = await rulesOf(options);
  const { catalogue } = config;
  const policyHash = policySha256(policy);
  const seed = options.seed ?? sha256Hex(canonicalJson([policyHash, catalogue.version, asOf])).slice(0, 16);
  const names = namesOf(options.map ?? [], new Set(catalogue.models.keys()));
  const tally = newTally();
  const stopping = new AbortController();
  const forget = onInterrupt(() => stopping.abort(new RoutingError('timed_out', 'The review was stopped. Nothing was changed.')));
  try {
    const reviewed = await reviewLogs({
      ...{ catalogue, policy, asOf, seed, privacyTier: options.privacyTier },
      records: recordsOf(options, tally, cli, stopping.signal),
      names,
      history:
        options.history === undefined
          ? new Map()
          : parseHistory(await readConfigurationText(options.history), `The file "${options.history}"`),
      ...(options.evaluations === undefined ? {} : { known: await knownPairs(options.evaluations, options, names, asOf, cli) }),
      ...(options.replay === undefined ? {} : { replay: replayer(options.replay, options.replaySilence, cli, stopping.signal) }),
    });
    const report = logReport(reviewed, {
      ...{ catalogue, policy, policySha256: policyHash, seed, startedAt, reportedAt: Date.now() },
      reviewId: `logs-${sha256Hex(canonicalJson([seed, policyHash, catalogue.version, reviewed.analysis])).slice(0, 12)}`,
      requestedBy: cli.user,
      sources: options.telemetry,
    });
    if (options.out !== undefined) await writeReport(options.out, reportText(report, format, output));
    if (options.json) output.printJson(resultOf(report, reviewed, tally));
    else if (options.out !== undefined) output.print(`${report.headline}\nWrote the report to ${options.out}.`);
    else if (format === 'json') output.printJson(report);
    else output.print(reportText(report, format, output).trimEnd());
    noteTally(tally, cli);
    return reviewed.runs.some(({ failure }) => failure !== undefined) ? EXIT.failed : EXIT.ok;
  } finally {
    forget();
  }
}

/** The files that are named; what is not named is that of the current folder. */
async function rulesOf({ catalogue, policy }: ReviewOfflineOptions): Promise<Pick<RulesFiles, 'config' | 'policy'>> {
  const here = catalogue === undefined || policy === undefined ? await readRulesFiles(undefined) : undefined;
  const config = catalogue === undefined ? here!.config : await readCatalogueFile(catalogue);
  if (policy === undefined && catalogue === undefined) return here!;
  return { config, policy: policy === undefined ? here!.policy : await readPolicyFile(policy, config.catalogue, config.ewma) };
}

/** `foreign=catalogue/id`, each. */
function namesOf(pairs: readonly string[], known: ReadonlySet<string>): ReadonlyMap<string, string> {
  return new Map(
    pairs.map((pair) => {
      const at = pair.lastIndexOf('=');
      const [foreign, id] = [pair.slice(0, at), pair.slice(at + 1)];
      if (at > 0 && known.has(id)) return [foreign, id];
      throw new RoutingError(
        'unknown_model',
        `--map ${pair} does not name a model of the catalogue. Give it as NAME-IN-THE-LOGS=provider/model.`,
      );
    }),
  );
}

/** All files, one after the other; of records with the same id the first counts, in whichever file it is. */
async function* recordsOf(
  { telemetry, from, asOf }: ReviewOfflineOptions,
  tally: TelemetryTally,
  { output, stdin }: Cli,
  signal: AbortSignal,
): AsyncGenerator<readonly TelemetryRecord[]> {
  const format = from === undefined ? {} : { format: formatNamed(from) };
  const seen = createSeenIds();
  const progress = await readingProgress(output, telemetry);
  // A past that was made up may end in the future.
  const now = Math.max(Date.now(), asOf ?? 0);
  try {
    for (const path of telemetry) {
      const bytes = path === '-' ? stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
      const what = path === '-' ? 'Standard input' : `The file "${path}"`;
      for await (const records of readTelemetry(progress.watched(bytes), { ...format, what, tally, seen, now, withPrompts: true })) {
        signal.throwIfAborted();
        yield records;
      }
    }
  } finally {
    progress.end();
  }
}

/** Pairs that need not be replayed. What could not be read of the files is told beside the result. */
async function knownPairs(
  files: readonly string[],
  { evaluationsFrom }: ReviewOfflineOptions,
  names: ReadonlyMap<string, string>,
  asOf: number,
  { output }: Cli,
): Promise<FindKnownPair> {
  const sources = files.map((file) => ({ what: `The file "${file}"`, source: createReadStream(file) }));
  const { evaluations, problems } = await readEvaluations(sources, evaluationsFrom, Math.max(Date.now(), asOf));
  if (problems.length > 0)
    output.note(`${counted(problems.length, 'evaluation')} could not be used, the first for "${problems[0]?.skipped}".`);
  return findKnownPairs(evaluations, names, asOf);
}

/** Runs the command for each pass, with a bar of its answers. */
function replayer(command: string, silenceMs: number, { output }: Cli, signal: AbortSignal): NonNullable<LogReviewRequest['replay']> {
  return async (requests, { name, pass }) => {
    const progress = startProgress(output, `replays of ${onOneLine(name)}, pass ${pass}`, requests.length);
    try {
      return await replayByCommand(requests, { command, silenceMs, signal, stderr: output.stderr, onAnswer: progress.advance });
    } finally {
      progress.end();
    }
  };
}

/** What a program needs of the review; the report itself is among it. */
function resultOf(report: ReviewReport, { runs, logs, unknownModels }: ReviewedLogs, tally: TelemetryTally) {
  return {
    result: report.result,
    decisions: report.classes.map(decisionOf),
    telemetry: {
      ...{ read: tally.read, taken: tally.taken, inWindow: logs.gaps.tasks },
      skipped: Object.fromEntries(tally.skipped),
      problems: tally.problems,
      unknownFields: Object.fromEntries(tally.unknownFields),
      unknownModels,
    },
    replays: runs,
    history: report.classes.flatMap((one) => setbacksOf(one, report.identity.windowTo)),
    report,
  };
}

function decisionOf({ name, status, sentence, finding, proposal }: ReportedClass) {
  const last = proposal?.comparisons.at(-1);
  return {
    ...{ class: name, status, why: sentence, served: finding.served },
    from: finding.baseline?.model ?? null,
    to: proposal?.change === undefined ? null : (last?.candidate ?? finding.candidates[0]?.model ?? null),
    heldBy: proposal?.heldBy?.by ?? finding.heldBy?.by ?? null,
    escalation: proposal?.escalation?.rule ?? finding.escalation?.rule ?? null,
    verdict: last?.verdict ?? null,
    ...{ delta: last?.delta ?? null, low: last?.low ?? null, high: last?.high ?? null, pClass: last?.pClass ?? null },
    adjustedP: proposal?.proof?.adjustedP ?? null,
    pairs: last?.pairs ?? 0,
    savingPerMonthNanoUsd: proposal?.proof?.saving.atLeastNanoUsd ?? null,
    plannedReplays: last === undefined ? 2 * (proposal?.samples[0]?.plan.pairs ?? 0) : 0,
    rolloutPlan: proposal?.rollout?.plan ?? null,
    evidenceSha256: proposal?.evidenceSha256 ?? null,
  };
}

/** Lines for the file of --history: a candidate that was replayed and not proved rests for a while. */
function setbacksOf({ name, status, proposal }: ReportedClass, at: number) {
  if (status === 'proposed') return [];
  const unproved = (proposal?.comparisons ?? []).filter(({ verdict }) => verdict === 'FAIL' || verdict === 'INCONCLUSIVE');
  return [...new Set(unproved.map(({ candidate }) => candidate))].map((model) => ({ at, class: name, event: 'setback', model }));
}

/** What was not taken of the files, beside the result. */
function noteTally({ read, taken, skipped, problems }: TelemetryTally, { output }: Cli): void {
  if (taken === read) return;
  const reasons = [...skipped].map(([reason, count]) => `${reason} ${count}`).join(', ');
  output.note(`${read - taken} of ${counted(read, 'record')} were not taken: ${reasons}.`);
  for (const { row, skipped: reason, field } of problems)
    output.note(`  row ${row}: ${reason}${field === undefined ? '' : ` (${onOneLine(field)})`}`);
}
