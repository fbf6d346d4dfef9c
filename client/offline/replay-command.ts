/**
 * A command of the user's own that replays tasks: it reads which task to put to which model, one JSON object a line, and writes how
 * each went. Whatever it writes beside that, leaves out, or writes twice is counted and told; what it did not answer is answered by nothing.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { RoutingError } from '../../routing/errors';
import type { PairedAnswer } from '../../routing/review/prove/evidence';
import { usdToNano } from '../../routing/units';

/** One task to put to one model. */
export interface ReplayRequest {
  readonly taskId: string;
  /** Catalogue id. */
  readonly model: string;
  readonly pass: 1 | 2;
  /** Consecutive part of the pass, from 0: replays of one block belong to one time. */
  readonly block: number;
}

/** What a command wrote. */
export interface ReplayAnswers {
  /** By `answerKey`. */
  readonly answers: ReadonlyMap<string, PairedAnswer>;
  /** What the providers said that they served, by catalogue id. */
  readonly served: ReadonlyMap<string, ReadonlySet<string>>;
  /** Lines that are no answer, that nobody asked for, and that answer a second time. */
  readonly noise: number;
  readonly notAsked: number;
  readonly repeated: number;
  /** What was wrong with the first of them, by line; never what they say. */
  readonly problems: readonly string[];
  /** How it ended, if not well. */
  readonly failure?: string;
}

export interface ReplayCommandOptions {
  /** A command line for the shell. */
  readonly command: string;
  /** Longest silence, in milliseconds, before it is ended. */
  readonly silenceMs: number;
  readonly stderr: NodeJS.WritableStream;
  readonly signal: AbortSignal;
  readonly onAnswer?: () => void;
}

const answerLine = z
  .object({
    task_id: z.string().min(1),
    model: z.string().min(1),
    outcome: z.enum(['completed', 'failed', 'excluded']).optional(),
    score: z.number().min(0).max(1).optional(),
    cost_usd: z.number().min(0).optional(),
    latency_ms: z.number().min(0).optional(),
    why: z.string().max(100).optional(),
    fingerprint: z.string().max(200).optional(),
  })
  .refine(({ outcome, score }) => outcome === 'failed' || outcome === 'excluded' || score !== undefined, { path: ['score'] })
  .refine(({ outcome, cost_usd: cost }) => outcome === 'excluded' || cost !== undefined, { path: ['cost_usd'] });

/** More problems are counted and not told. */
const MOST_PROBLEMS = 10;
/** After this, what was asked to end is killed. */
const GRACE_MS = 5_000;

/** Names an answer. */
export function answerKey({ taskId, model }: Pick<ReplayRequest, 'taskId' | 'model'>): string {
  return `${model}\n${taskId}`;
}

/**
 * Runs the command once for all of these requests. It is ended when it is silent for too long.
 *
 * @throws {RoutingError} `bad_argument` when it cannot be started; what `signal` was aborted with
 */
export async function replayByCommand(requests: readonly ReplayRequest[], options: ReplayCommandOptions): Promise<ReplayAnswers> {
  options.signal.throwIfAborted();
  // A group of its own, so that what a shell started ends with it.
  const child = spawn(options.command, { shell: true, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  child.stderr.pipe(options.stderr, { end: false });
  child.stdin.on('error', () => {}); // it need not read all of it: what it did not answer is missing
  const ended = endOf(child);
  let failure: string | undefined;
  const end = (why: string) => {
    failure ??= why;
    endGroup(child);
  };
  const onAbort = () => end('It was interrupted.');
  options.signal.addEventListener('abort', onAbort, { once: true });
  let silence = setTimeout(() => {}, 0);
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => end(`It was silent for ${Math.round(options.silenceMs / 1000)} s and was ended.`), options.silenceMs);
  };
  heard();
  child.stdin.end(requests.map((request) => `${JSON.stringify(lineOf(request))}\n`).join(''));
  try {
    const read = readAnswers(child.stdout, requests, () => {
      heard();
      options.onAnswer?.();
    });
    const [answers, exit] = await Promise.all([read, ended]);
    options.signal.throwIfAborted();
    failure ??= exit;
    return { ...answers, ...(failure === undefined ? {} : { failure }) };
  } finally {
    clearTimeout(silence);
    options.signal.removeEventListener('abort', onAbort);
    child.stderr.unpipe(options.stderr);
  }
}

function lineOf({ taskId, model, pass, block }: ReplayRequest) {
  return { task_id: taskId, model, pass, block };
}

/** In words, how a process ended; undefined: well. */
function endOf(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new RoutingError('bad_argument', `The replay command could not be started (${cause.code ?? 'unknown'}). Check --replay.`, {
          cause,
        }),
      ),
    );
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : signal === null ? `It ended with code ${code}.` : `It was ended by ${signal}.`),
    );
  });
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  const send = (signal: NodeJS.Signals) => {
    try {
      process.kill(-pid, signal);
    } catch {
      // it has ended
    }
  };
  send('SIGTERM');
  setTimeout(() => send('SIGKILL'), GRACE_MS).unref();
}

async function readAnswers(
  stdout: Readable,
  requests: readonly ReplayRequest[],
  onAnswer: () => void,
): Promise<Omit<ReplayAnswers, 'failure'>> {
  const asked = new Set(requests.map(answerKey));
  const answers = new Map<string, PairedAnswer>();
  const served = new Map<string, Set<string>>();
  const problems: string[] = [];
  const counts = { noise: 0, notAsked: 0, repeated: 0 };
  let at = 0;
  const problem = (kind: keyof typeof counts, what: string) => {
    counts[kind] += 1;
    if (problems.length < MOST_PROBLEMS) problems.push(`line ${at}: ${what}`);
  };
  for await (const line of createInterface({ input: stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
    at += 1;
    if (line.trim() === '') continue;
    const read = answerLine.safeParse(jsonOf(line));
    if (!read.success) {
      problem('noise', whatIsWrong(read.error));
      continue;
    }
    const { task_id: taskId, model, fingerprint } = read.data;
    const key = answerKey({ taskId, model });
    if (!asked.has(key)) problem('notAsked', 'answers what was not asked');
    else if (answers.has(key)) problem('repeated', 'answers a second time; the first counts');
    else {
      answers.set(key, answerOf(read.data));
      if (fingerprint !== undefined) served.set(model, (served.get(model) ?? new Set()).add(fingerprint));
      onAnswer();
    }
  }
  return { answers, served, problems, ...counts };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function whatIsWrong({ issues: [issue] }: z.ZodError): string {
  return issue === undefined || issue.path.length === 0 ? 'is not a JSON object' : `its "${issue.path.join('.')}" is missing or wrong`;
}

function answerOf({ outcome, score, cost_usd: cost = 0, latency_ms: latencyMs, why }: z.infer<typeof answerLine>): PairedAnswer {
  const costNanoUsd = usdToNano(cost);
  const further = { costNanoUsd, ...(latencyMs === undefined ? {} : { latencyMs }) };
  if (outcome === 'failed' || outcome === 'excluded') return { end: outcome, why: why ?? outcome, ...further };
  return { end: 'scored', ...(score === undefined ? {} : { score }), ...further };
}
