/**
 * The contract of a provider: one way of calling models. Everything that differs between wire protocols ends here.
 *
 * A provider calls once. It does not retry, fall back, log content, or throw for anything a model or network can do: every
 * such end is a value, with what is known of the bill, so that money is accounted for on every path.
 */

import type { Model } from '../../routing/catalogue';
import type { CallFailure } from '../../routing/decision/failure';
import type { Usage } from '../../routing/money/price';
import type { Prompt } from '../../routing/task/prompt';
import type { NanoUsd } from '../../routing/units';
import type { RateLimitsUsed } from './rate-limits-used';

export type { FilePart, Message, Prompt, TextPart, Tool, ToolCallPart, ToolResultPart } from '../../routing/task/prompt';

export interface ModelCall {
  /** Sent as `x-client-request-id`, so that a paid call with a lost answer can be matched. */
  readonly attemptId: string;
  /** The task it belongs to; what `recorded` and `scripted` look their answers up by, with `externalId`. */
  readonly taskId: string;
  /** The submitter's own name for the task, if any (an id in a data set). */
  readonly externalId?: string;
  /** 1 for the first call of the task. */
  readonly attempt: number;
  readonly model: Model;
  readonly prompt: Prompt;
  readonly maxOutputTokens: number;
  readonly timeouts: CallTimeouts;
}

/** Limits of one call, in milliseconds. */
export interface CallTimeouts {
  /** To an open connection. */
  readonly connectMs: number;
  /** From the request to the response's headers. */
  readonly headersMs: number;
  /** Between two pieces of the body. */
  readonly idleMs: number;
  /** Of the whole call. */
  readonly totalMs: number;
}

export interface ToolCall {
  readonly toolCallId: string;
  readonly toolName: string;
  /** JSON value. */
  readonly input: unknown;
}

export interface Answer {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: 'stop' | 'length' | 'tool-calls';
  /** Absent when the provider did not say. */
  readonly usage?: Usage;
  /** What the call cost, where the provider itself says so (command-line agents, recorded data); wins over usage × price. */
  readonly reportedCostNanoUsd?: NanoUsd;
  /** Wall time of the call; a recorded answer carries the recorded time. Absent: as measured by the caller. */
  readonly latencyMs?: number;
  readonly firstTokenMs?: number;
  /** The provider's own id of the request, for its support. */
  readonly providerRequestId?: string;
  /** The model that answered, where the provider names it more exactly than we asked. */
  readonly servedModel?: string;
  /** How much of the account's rate limits is used up, where the provider says it. */
  readonly rateLimitsUsed?: RateLimitsUsed;
  /** Quality of the answer in [0, 1] where a recorded data set knows it; graders and people otherwise. */
  readonly recordedQuality?: number;
}

/** What is known of the bill of a call that did not answer. */
export type FailedBill =
  /** The provider was not reached, or says by its status that it did nothing. */
  | { readonly kind: 'none' }
  /** It reported what it used. */
  | { readonly kind: 'usage'; readonly usage: Usage }
  /** It may have worked for us: the reservation is charged in full. */
  | { readonly kind: 'unknown' };

export type CallResult =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly failure: CallFailure; readonly bill: FailedBill };

/** A piece of an answer while it is being made. */
export type Delta = { readonly type: 'text'; readonly text: string } | { readonly type: 'tool-call'; readonly toolCall: ToolCall };

export interface Provider {
  /** Kind of wire protocol, as the catalogue's `kind` names it. */
  readonly kind: string;
  /**
   * Calls the model once and waits for the whole answer. Resolves on every path; an aborted signal gives failure class
   * `cancelled`. Rejects only for a mistake in this program.
   */
  complete(call: ModelCall, signal: AbortSignal): Promise<CallResult>;
  /** As `complete`, handing out pieces on the way. Absent: the provider cannot stream. */
  stream?(call: ModelCall, signal: AbortSignal, onDelta: (delta: Delta) => void): Promise<CallResult>;
}

/** How a provider entry of the catalogue is called. Secrets are named here and read from the environment by the worker. */
export interface ProviderConfig {
  /** Name of the entry (`anthropic`, `my-azure`). */
  readonly name: string;
  readonly kind: ProviderKind;
  readonly baseUrl?: string;
  /** Environment variable that holds the key. */
  readonly apiKeyEnv?: string;
  /** AWS or cloud region, Azure resource and API version, and the like, by the kind's own names. */
  readonly options: Readonly<Record<string, string>>;
  /** Private and plain-http addresses are allowed (local models). */
  readonly allowPrivateNetwork: boolean;
  readonly command?: CommandConfig;
}

export interface CommandConfig {
  /** Name or absolute path of the program. */
  readonly program: string;
  readonly args: readonly string[];
  /** Where the prompt goes. With `argument`, `{prompt}` in `args` is replaced; `{model}` is replaced in either. */
  readonly promptBy: 'stdin' | 'argument';
  /** Names of environment variables that the program may see, beside PATH, HOME and the locale. */
  readonly env: readonly string[];
  /** Adds the program's own flag for acting without asking. */
  readonly autoApprove: boolean;
  /** What it prints: plain text, or the JSON its own flag gives (with usage and cost). */
  readonly output: 'text' | 'claude-json' | 'codex-jsonl' | 'gemini-json';
  /** Longest output in bytes. */
  readonly maxOutputBytes: number;
}

export const PROVIDER_KINDS = [
  'anthropic',
  'openai',
  'google',
  'azure',
  'bedrock',
  'openai-compatible',
  'command',
  'scripted',
  'recorded',
] as const;
export type ProviderKind = (typeof PROVIDER_KINDS)[number];
