/**
 * What a submitter may say, as it arrives from a command line, a file or a program: unknown keys are refused, so that a
 * misspelt `residency` is an error and not a leak.
 */

import { z } from 'zod';
import type { Prompt } from '../../routing/task/prompt';
import { CAPABILITIES, COMPLEXITIES, PRIVACY_TIERS, TASK_TYPES, type TaskFacts } from '../../routing/task/task';
import { usdToNano } from '../../routing/units';
import { graderDocument } from './grader';
import { readStored } from './read-stored';

/** Postgres cannot store NUL, and half a surrogate pair is not text: both would change on the way. */
const text = (max: number) =>
  z
    .string()
    .max(max, `is longer than ${max} characters`)
    .refine((value) => !value.includes('\u0000'), 'contains a NUL character (\\u0000), which cannot be stored; remove it')
    .refine((value) => value.isWellFormed(), 'contains half of a surrogate pair, which is not valid Unicode; remove it');

const name = text(200).min(1, 'is empty');
const jsonObject = z.record(z.string(), z.unknown());

const textPart = z.strictObject({ type: z.literal('text'), text: text(Number.MAX_SAFE_INTEGER) });
const filePart = z.strictObject({ type: z.literal('file'), mediaType: name, data: text(Number.MAX_SAFE_INTEGER) });
const toolCallPart = z.strictObject({ type: z.literal('tool-call'), toolCallId: name, toolName: name, input: z.unknown() });
const toolResultPart = z.strictObject({ type: z.literal('tool-result'), toolCallId: name, toolName: name, output: z.unknown() });
const content = text(Number.MAX_SAFE_INTEGER);

const messageDocument = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content }),
  z.strictObject({ role: z.literal('user'), content: z.union([content, z.array(z.union([textPart, filePart]))]) }),
  z.strictObject({ role: z.literal('assistant'), content: z.union([content, z.array(z.union([textPart, toolCallPart]))]) }),
  z.strictObject({ role: z.literal('tool'), content: z.array(toolResultPart).min(1) }),
]);

const promptShape = {
  messages: z.array(messageDocument).min(1, 'is empty'),
  tools: z
    .array(z.strictObject({ name, description: text(10_000).optional(), inputSchema: jsonObject }))
    .max(128)
    .optional(),
  toolChoice: z.union([z.enum(['auto', 'required', 'none']), z.strictObject({ tool: name })]).optional(),
  responseFormat: z.strictObject({ type: z.literal('json'), schema: jsonObject.optional(), name: name.optional() }).optional(),
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  stopSequences: z.array(text(200)).max(16).optional(),
  seed: z.number().int().optional(),
  reasoningEffort: z.enum(['low', 'medium', 'high']).optional(),
};

/** The content of a task as stored. */
export const promptDocument = z.strictObject(promptShape) as unknown as z.ZodType<Prompt>;

const usd = z.number().min(0).max(9_000_000);
const positiveInteger = z.number().int().min(1);

const constraintsShape = z.strictObject({
  provider: name.optional(),
  model: name.optional(),
  excludeModels: z.array(name).max(100).optional(),
  maxCostUsd: usd.optional(),
  minQuality: z.number().min(0).max(1).optional(),
  maxLatencyMs: positiveInteger.optional(),
});

const requiresShape = z.strictObject({
  capabilities: z.array(z.enum(CAPABILITIES)).optional(),
  contextWindowTokens: positiveInteger.optional(),
  tier: z.enum(COMPLEXITIES).optional(),
});

const scopeShape = z.strictObject({
  team: name.exactOptional(),
  project: name.exactOptional(),
  tag: name.exactOptional(),
  key: name.exactOptional(),
});

/** One task as submitted. `prompt` stands for one user message. */
export const submissionDocument = z
  .strictObject({
    prompt: text(Number.MAX_SAFE_INTEGER).optional(),
    ...promptShape,
    messages: promptShape.messages.optional(),
    /** The submitter's own name for the task, unique or not. */
    externalId: name.optional(),
    idempotencyKey: name.optional(),
    type: z.enum(TASK_TYPES).optional(),
    taskClass: name.optional(),
    priority: z.number().int().min(0).max(100).default(50),
    privacyTier: z.enum(PRIVACY_TIERS).default('internal'),
    residency: name.optional(),
    requires: requiresShape.default({}),
    constraints: constraintsShape.default({}),
    scope: scopeShape.default({}),
    expectedValue: z.number().min(0).finite().optional(),
    affinityKey: name.optional(),
    maxOutputTokens: positiveInteger.max(10_000_000).optional(),
    layer: name.optional(),
    grader: graderDocument.optional(),
    dryRun: z.boolean().default(false),
  })
  .refine((task) => (task.prompt === undefined) !== (task.messages === undefined), {
    message: 'Give either "prompt" or "messages".',
    path: ['prompt'],
  });

/** A submission as callers write it. */
export type Submission = z.input<typeof submissionDocument>;
/** A submission with its defaults. */
export type ParsedSubmission = z.output<typeof submissionDocument>;

/** What routing knows of a task, as its row keeps it; the tier and the residency in force have columns of their own. */
const factsDocument = z.looseObject({
  type: z.enum(TASK_TYPES).exactOptional(),
  taskClass: z.string().exactOptional(),
  priority: z.number(),
  requires: z.looseObject({}),
  constraints: z.looseObject({}),
  scope: scopeShape,
});

/**
 * The facts of a stored task.
 *
 * @throws {RoutingError} `bad_config` when the row holds something else
 */
export function taskFactsOf(
  id: string,
  row: { readonly facts: unknown; readonly privacyTier: string; readonly residency: string | null },
): TaskFacts {
  const facts = readStored(factsDocument, row.facts, 'task');
  return { ...facts, id, privacyTier: row.privacyTier, ...(row.residency === null ? {} : { residency: row.residency }) } as TaskFacts;
}

const optional = <Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } =>
  (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };

/** The part of a submission that routing decides on; carries no content. */
export function factsOf(task: ParsedSubmission): Omit<TaskFacts, 'id'> {
  const { maxCostUsd, ...constraints } = task.constraints;
  return JSON.parse(
    JSON.stringify({
      ...optional('type', task.type),
      ...optional('taskClass', task.taskClass),
      priority: task.priority,
      privacyTier: task.privacyTier,
      ...optional('residency', task.residency),
      requires: task.requires,
      constraints: { ...constraints, ...optional('maxCostNanoUsd', maxCostUsd === undefined ? undefined : usdToNano(maxCostUsd)) },
      scope: task.scope,
      ...optional('expectedValue', task.expectedValue),
      ...optional('affinityKey', task.affinityKey),
      ...optional('maxOutputTokens', task.maxOutputTokens),
      ...optional('layer', task.layer),
    }),
  ) as Omit<TaskFacts, 'id'>;
}

/** The content of a submission. */
export function promptOf(task: ParsedSubmission): Prompt {
  const { tools, toolChoice, responseFormat, temperature, topP, stopSequences, seed, reasoningEffort } = task;
  const prompt = { tools, toolChoice, responseFormat, temperature, topP, stopSequences, seed, reasoningEffort };
  const given = Object.fromEntries(Object.entries(prompt).filter(([, value]) => value !== undefined));
  return { messages: task.messages ?? [{ role: 'user', content: task.prompt ?? '' }], ...given } as Prompt;
}
