/**
 * Models that say what they are told, for tests and demonstrations: answers, faults, delays, and a ledger of what they bill.
 *
 * What it bills it writes down before it answers, as a real provider does: whoever dies while waiting owes it all the same,
 * and a test can compare our ledger with this one.
 *
 * Options: `script` (a JSON file, read again on every call, so that a test can change it while workers run), `latency_ms`
 * (of every call whose reply says nothing else), `ledger` (a file to which one JSON line is added for each billed call).
 */

import { open, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { comparandsIn } from '../../routing/judging/compare-prompt';
import { costOf } from '../../routing/money/cost';
import type { Usage } from '../../routing/money/price';
import { usageOf } from '../../routing/money/usage';
import { type Prompt, taskTextOf, textOf } from '../../routing/task/prompt';
import { billOf, failed } from './failures';
import { pause } from './pause';
import type { CallResult, FailedBill, ModelCall, Provider, ProviderConfig } from './provider';
import { parseJson } from './wire-json';

const delay = { latencyMs: z.number().min(0).max(3_600_000).optional() };

/** Tokens of a scripted call; those left out are 0. */
const tokens = z.strictObject({
  inputTokens: z.number().int().min(0).default(0),
  cacheReadTokens: z.number().int().min(0).default(0),
  cacheWriteTokens: z.number().int().min(0).default(0),
  cacheWrite1hTokens: z.number().int().min(0).default(0),
  outputTokens: z.number().int().min(0).default(0),
  reasoningTokens: z.number().int().min(0).default(0),
});

const scriptedReply = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('answer'),
    /** Absent: an echo of the task. */
    text: z.string().optional(),
    toolCalls: z.array(z.strictObject({ toolCallId: z.string(), toolName: z.string(), input: z.unknown() })).default([]),
    /** What is billed; absent: counted from the lengths of prompt and answer. */
    usage: tokens.optional(),
    /** What is reported, when that is not the truth: any figures at all, or none. */
    reportedUsage: z.union([z.literal('none'), z.strictObject({ inputTokens: z.number(), outputTokens: z.number() })]).optional(),
    quality: z.number().min(0).max(1).optional(),
    ...delay,
  }),
  z.strictObject({
    kind: z.literal('verdict'),
    /** Of the two answers that it is asked to compare, the one that holds this text is better; with it in both or neither, none is. */
    prefers: z.string().min(1),
    ...delay,
  }),
  z.strictObject({
    kind: z.literal('fault'),
    fault: z.enum([
      'rate-limited',
      'quota-exhausted',
      'overloaded',
      'server-error',
      'connection-refused',
      'connection-cut',
      'timeout',
      'malformed',
      'empty',
      'cut-short',
      'refused',
      'bad-request',
      'context-too-long',
      'authentication',
      'not-found',
    ]),
    retryAfterMs: z.number().int().min(0).optional(),
    ...delay,
  }),
]);

/** What a scripted model does with one call. */
export type ScriptedReply = z.input<typeof scriptedReply>;
type Reply = z.output<typeof scriptedReply>;

/** A list of replies: the first is for a task's first attempt; the last is for all that follow. */
const replies = z.array(scriptedReply).min(1);

/** Replies by task (`externalId`), which win, and by model (`providerModel`); `*` is every other model. */
const scriptDocument = z.strictObject({
  tasks: z.record(z.string(), replies).default({}),
  models: z.record(z.string(), replies).default({}),
});
export type ScriptFile = z.input<typeof scriptDocument>;

/** One line of the ledger: a call that was billed. */
export interface BilledCall {
  readonly attemptId: string;
  readonly taskId: string;
  readonly externalId?: string;
  readonly attempt: number;
  readonly model: string;
  readonly usage: Usage;
  /** Absent: the model has no price. */
  readonly costNanoUsd?: number;
  /** Instant in UTC. */
  readonly at: string;
}

/**
 * @param script what to do with a call, within this process; undefined leaves it to the script file and then to an echo
 */
export function scriptedProvider(
  config: ProviderConfig,
  script: (call: ModelCall) => ScriptedReply | undefined = () => undefined,
): Provider {
  const { script: scriptFile, ledger, latency_ms: latencyMs = '0' } = config.options;
  return {
    kind: 'scripted',
    async complete(call, signal) {
      const told = script(call);
      const found = told ? scriptedReply.parse(told) : await replyFromFile(scriptFile, call);
      if (typeof found === 'string') return failed('not-configured', `${config.name}: ${found}`, { kind: 'none' });
      const reply = found.kind === 'verdict' ? verdictOn(found, call) : found;
      if (signal.aborted) return failed('cancelled', `The call of ${config.name} was cancelled.`, { kind: 'none' });

      const text = (reply.kind === 'answer' ? reply.text : undefined) ?? echo(call);
      const usage = (reply.kind === 'answer' ? reply.usage : undefined) ?? usageByLength(call, text);
      const isBilled = reply.kind === 'answer' || FAULTS[reply.fault].isBilled;
      if (isBilled && ledger !== undefined) await enter(ledger, call, usage);

      const { totalMs } = call.timeouts;
      const waitMs = reply.latencyMs ?? Number(latencyMs);
      const waited = await pause(waitMs, totalMs, signal);
      const bill: FailedBill = isBilled ? { kind: 'unknown' } : { kind: 'none' };
      if (waited === 'cancelled') return failed('cancelled', `The call of ${config.name} was cancelled.`, bill);
      if (waited === 'timeout') return failed('timeout-total', `${config.name} took longer than ${totalMs} ms.`, bill);
      return reply.kind === 'answer' ? answerOf(reply, text, usage) : failureOf(config.name, reply, usage);
    },
  };
}

/** The reply that the script file has for a call, an echo when it has none, or what is wrong with the file. */
async function replyFromFile(file: string | undefined, { externalId, model, attempt }: ModelCall): Promise<Reply | string> {
  const echoReply: Reply = { kind: 'answer', toolCalls: [] };
  if (file === undefined) return echoReply;
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return 'its script file cannot be read.';
  const parsed = scriptDocument.safeParse(parseJson(text));
  if (!parsed.success) return 'its script file is not a script.';
  const { tasks, models } = parsed.data;
  const list = (externalId === undefined ? undefined : own(tasks, externalId)) ?? own(models, model.providerModel) ?? own(models, '*');
  return list?.[Math.min(attempt, list.length) - 1] ?? echoReply;
}

/** A key that a submitter chose finds nothing but what the script says of it. */
function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Characters of the task that an echo repeats. */
const ECHO_CHARACTERS = 200;

/** Says plainly that no model wrote it. */
function echo({ model, prompt }: ModelCall): string {
  return `[scripted answer of ${model.providerModel}] ${taskTextOf(prompt).slice(0, ECHO_CHARACTERS)}`;
}

/** About four characters make a token; the answer is never longer than was allowed. */
function usageByLength({ prompt, maxOutputTokens }: ModelCall, answer: string): Usage {
  return {
    inputTokens: Math.ceil(promptLength(prompt) / 4),
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: Math.min(Math.ceil(answer.length / 4), maxOutputTokens),
    reasoningTokens: 0,
  };
}

function promptLength(prompt: Prompt): number {
  return prompt.messages.reduce((length, message) => length + textOf(message).length, 0);
}

/** Adds a line and waits until it is on the disk: the ledger must survive whatever the test kills next. */
async function enter(file: string, call: ModelCall, usage: Usage): Promise<void> {
  const { prices } = call.model;
  const line: BilledCall = {
    attemptId: call.attemptId,
    taskId: call.taskId,
    ...(call.externalId !== undefined && { externalId: call.externalId }),
    attempt: call.attempt,
    model: call.model.id,
    usage,
    ...(prices && { costNanoUsd: costOf(prices, usage) }),
    at: new Date().toISOString(),
  };
  const handle = await open(file, 'a');
  try {
    await handle.write(`${JSON.stringify(line)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function answerOf(reply: Extract<Reply, { kind: 'answer' }>, text: string, usage: Usage): CallResult {
  const { reportedUsage, toolCalls, quality } = reply;
  const reported = reportedUsage === undefined ? usage : reportedUsage === 'none' ? undefined : usageOf('beside', reportedUsage);
  return {
    kind: 'answered',
    answer: {
      text,
      toolCalls: toolCalls.map(({ toolCallId, toolName, input }) => ({ toolCallId, toolName, input })),
      finishReason: toolCalls.length > 0 ? 'tool-calls' : 'stop',
      servedModel: 'scripted',
      ...(reported && { usage: reported }),
      ...(quality !== undefined && { recordedQuality: quality }),
    },
  };
}

/** Plays a judge: says which of the two answers in its prompt holds the text. */
function verdictOn({ prefers, latencyMs }: Extract<Reply, { kind: 'verdict' }>, { prompt }: ModelCall): Extract<Reply, { kind: 'answer' }> {
  const [first, second] = comparandsIn(taskTextOf(prompt)).map((answer) => answer.includes(prefers));
  const verdict = first === second ? 'tie' : first ? 'A' : 'B';
  return { kind: 'answer', text: JSON.stringify({ verdict }), toolCalls: [], ...(latencyMs === undefined ? {} : { latencyMs }) };
}

type FaultName = Extract<Reply, { kind: 'fault' }>['fault'];

/**
 * What each fault looks like from here, and whether the provider bills it: `isKnown` says whether its bill reaches us.
 */
const FAULTS: Readonly<
  Record<
    FaultName,
    { readonly class: Parameters<typeof failed>[0]; readonly isBilled: boolean; readonly isKnown?: boolean; readonly status?: number }
  >
> = {
  'rate-limited': { class: 'rate-limited', isBilled: false, status: 429 },
  'quota-exhausted': { class: 'quota-exhausted', isBilled: false, status: 429 },
  overloaded: { class: 'overloaded', isBilled: false, status: 529 },
  'server-error': { class: 'server-error', isBilled: false, status: 500 },
  'connection-refused': { class: 'connection-lost', isBilled: false },
  'connection-cut': { class: 'connection-lost', isBilled: true },
  timeout: { class: 'timeout-headers', isBilled: true },
  malformed: { class: 'malformed-answer', isBilled: true },
  empty: { class: 'empty-answer', isBilled: true, isKnown: true },
  'cut-short': { class: 'answer-cut-short', isBilled: true, isKnown: true },
  refused: { class: 'content-refused', isBilled: true, isKnown: true },
  'bad-request': { class: 'bad-request', isBilled: false, status: 400 },
  'context-too-long': { class: 'context-too-long', isBilled: false, status: 400 },
  authentication: { class: 'authentication', isBilled: false, status: 401 },
  'not-found': { class: 'not-found', isBilled: false, status: 404 },
};

function failureOf(name: string, { fault, retryAfterMs }: Extract<Reply, { kind: 'fault' }>, usage: Usage): CallResult {
  const { class: failureClass, isBilled, isKnown, status } = FAULTS[fault];
  const bill: FailedBill = isBilled ? billOf(isKnown ? usage : undefined) : { kind: 'none' };
  return failed(failureClass, `${name} was told to fail: ${fault}.`, bill, {
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(status !== undefined && { status }),
  });
}
