/**
 * What examples are tried on: a stack with the rules of a folder, with tasks, ratings, budgets and accounts; and one with reviews that
 * wait for a person. Both are real but for the models, which are scripted and bear the names that the examples use.
 */

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pauseRollout } from '../../client/rollouts';
import { giveVerdict } from '../../client/verdicts';
import { DEFAULT_POLICY } from '../../routing/decision/policy';
import { buildReport } from '../../routing/review/report/build';
import { APPROVER, awaitingReview, reviewedPolicy, startAwaiting } from './awaiting-review';
import { testModel } from './catalogue';
import { type Installation, install, PATIENCE_MS } from './installation';
import { until } from './processes';
import { reviewFacts } from './review-data';
import { MODELS, routeOver, workPolicy } from './scenario';

/** A line of telemetry. One is of the month that an example names, the other of now. */
function loggedAt(endedAt: string): string {
  const task = { type: 'debugging', model: 'anthropic/claude-opus-5-5', outcome: 'completed', cost_usd: 0.02 };
  return JSON.stringify({ id: endedAt, ended_at: endedAt, ...task });
}

/** The files that examples read, as a user would have them. */
const FILES = {
  'task.txt': 'Fix authentication bug in login endpoint',
  'contract.txt': 'Summarise what this contract says about liability.',
  'review.md': 'Review this change: it retries every request without a limit.',
  'tasks.jsonl': '{"prompt": "Write a test for the parser"}\n{"prompt": "Explain what a signal box is", "externalId": "explain"}\n',
  'logs.jsonl': [loggedAt('2026-10-20T09:30:00Z'), loggedAt(new Date(Date.now() - 60_000).toISOString())].join('\n'),
  // The command of a user who has replays made: none is due of two tasks.
  'replay.py': '',
  'ratings.jsonl':
    '{"timestamp": "2026-11-20T09:30:00Z", "provider": "anthropic", "model": "claude-sonnet-5-5", "score": 4, "tier": "STANDARD", "task_hash": "a1b2c3"}\n',
  'model_prices_and_context_window.json': JSON.stringify({
    'gpt-6-sol': {
      ...{ litellm_provider: 'openai', mode: 'chat', max_input_tokens: 400_000, max_output_tokens: 64_000 },
      ...{ input_cost_per_token: 0.000_002, output_cost_per_token: 0.000_01 },
    },
  }),
};

/** Files of other systems, by the names that examples have for them. One file of a Langfuse run holds what three may. */
const FOREIGN_FILES = {
  'spend-logs.json': 'litellm-spend-logs.json',
  'traces.jsonl': 'otel-current.jsonl',
  'results.json': 'promptfoo.json',
  'run-items.json': 'langfuse-run.json',
  'scores.json': 'langfuse-run.json',
  'observations.json': 'langfuse-run.json',
};

/** Writes the files that examples read. */
export function writeExampleFiles(folder: string): void {
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, 'logs.jsonl.gz'), gzipSync(FILES['logs.jsonl']));
  for (const [name, shape] of Object.entries(FOREIGN_FILES))
    copyFileSync(join(__dirname, '..', 'data', 'telemetry', shape), join(folder, name));
  writeFileSync(join(folder, 'traces-11.jsonl.gz'), gzipSync(readFileSync(join(folder, 'traces.jsonl'))));
  mkdirSync(join(folder, 'team'));
  writeFileSync(join(folder, 'team', 'signalbox.yaml'), 'providers: { openai: { models: { gpt-6-sol: { default_priority: 75 } } } }\n');
}

/** A signalbox.yaml with the vendors of the examples, every one of them scripted. */
function scriptedYaml(script: string): string {
  const model = (keys: string) => `{ ${keys}, context_window: 200000, max_output: 32000 }`;
  const kind = `kind: scripted\n    options: { script: "${script}" }`;
  return `# Ours.
operator: olga
providers:
  anthropic:
    ${kind}
    default_model: claude-sonnet-5-5
    models:
      claude-haiku-5-5: ${model('capability_tier: SIMPLE, cost_tier: budget, prices: { input: 0.1, output: 0.5 }')}
      claude-sonnet-5-5: ${model('capability_tier: STANDARD, default_priority: 90, prices: { input: 2, output: 10 }')}
  openai:
    ${kind}
    models:
      gpt-6-luna: ${model('capability_tier: SIMPLE, cost_tier: budget, prices: { input: 0.1, output: 0.5 }')}
      gpt-6-sol: ${model('capability_tier: STANDARD, default_priority: 40, prices: { input: 2, output: 10 }')}
  local:
    ${kind}
    models:
      small: ${model('capability_tier: SIMPLE, default_priority: 10, prices: { input: 0, output: 0 }')}
budgets: [{ scope: global, daily_usd: 40 }]
slots:
  accounts:
    - { id: seat-anna, models: [local/small], windows: [{ per: day, requests: 100 }] }
`;
}

/** Runs a command of the command line in the folder; throws unless it ends with 0. */
export type RunInFolder = (...words: readonly string[]) => Promise<void>;

export interface RulesStack {
  readonly box: Installation;
  /** Replaces the files of the folder by the scripted ones, puts them in force, and starts a worker and tasks. */
  begin(folder: string, run: RunInFolder): Promise<void>;
  /** Ids that examples stand for. */
  readonly ids: { task: string; erasable: string; waiting: string };
}

/** A stack whose rules are those of a folder. Two tasks have ended; one holds the only seat, and one waits for it. */
export async function rulesStack(): Promise<RulesStack> {
  const box = await install({ models: [testModel('anthropic/claude-sonnet-5-5')] });
  const ids = { task: '', erasable: '', waiting: '' };
  return {
    box,
    ids,
    async begin(folder, run) {
      writeFileSync(join(folder, 'signalbox.yaml'), scriptedYaml(box.scriptFile));
      box.script({ tasks: { holder: [{ kind: 'answer', latencyMs: 120_000 }] } });
      await run('policy', 'apply', '--yes');
      await run('config', 'set', 'attempts.max_attempts', '7');
      await run('config', 'set', 'attempts.max_attempts', '6');
      await box.work();
      ids.task = (await box.run({ prompt: 'Fix the login bug', layer: 'ui', scope: { team: 'search' } })).taskId;
      ids.erasable = (await box.run({ prompt: 'Forget me' })).taskId;
      const seated = { prompt: 'Hold the seat', constraints: { model: 'local/small' } };
      await box.client.submit({ ...seated, externalId: 'holder' });
      await until(async () => (await box.db.sql`SELECT FROM slot_leases`).length === 1, 'the seat is taken', PATIENCE_MS);
      ids.waiting = (await box.client.submit(seated)).taskId;
      await until(async () => (await box.db.sql`SELECT FROM slot_queue`).length === 1, 'the second task waits', PATIENCE_MS);
    },
  };
}

export interface ReviewsStack {
  readonly box: Installation;
  /** A review that waits for a person and has its page. */
  readonly reported: string;
  /** Another one that waits; each time a new one. */
  newReview(): Promise<string>;
  /** A rollout that an approval has begun; each time a new one. */
  newRollout(): Promise<string>;
  newPausedRollout(): Promise<string>;
}

/** As many classes that a review may propose something for as examples need. */
const SPARE_CLASSES = Array.from({ length: 24 }, (_, number) => `spare-${number}`);

/** A stack with a review that waits for a person, and a policy of several versions. */
export async function reviewsStack(): Promise<ReviewsStack> {
  const routed = [...SPARE_CLASSES, 'debugging/medium'].map((name) => [name, routeOver(MODELS)]);
  const policy = { ...reviewedPolicy(), classes: { ...workPolicy().classes, ...Object.fromEntries(routed) } };
  const box = await install({ models: MODELS, policy });
  for (const maxAttempts of [4, 5, 6, 7]) await box.apply({ policy: { ...policy, attempts: { ...DEFAULT_POLICY.attempts, maxAttempts } } });
  await box.work();
  const ofWork = await awaitingReview(box);
  await startAwaiting(box, ofWork);
  const built = buildReport(reviewFacts());
  const report = { ...built, identity: { ...built.identity, reviewId: ofWork.reviewId } };
  await box.db.sql`UPDATE reviews SET report = ${JSON.stringify(report)}::text::jsonb WHERE id = ${ofWork.reviewId}`;

  let used = 0;
  async function newReview(): Promise<string> {
    const scope = SPARE_CLASSES[used++] ?? '';
    const review = await awaitingReview(box, [scope], { scope });
    await startAwaiting(box, review);
    return review.reviewId;
  }
  async function newRollout(): Promise<string> {
    const id = await newReview();
    const [given] = await giveVerdict(box.db, box.engine, box.queue, { id, verdict: 'approve', actor: APPROVER, note: '' });
    const find = () => box.db.sql<{ id: string }[]>`
      SELECT id FROM rollouts WHERE proposal_id = ${given?.proposalId ?? null} AND state = 'CANARY'`;
    await until(async () => (await find()).length > 0, 'the rollout has begun', PATIENCE_MS);
    return (await find())[0]?.id ?? '';
  }
  async function newPausedRollout(): Promise<string> {
    const id = await newRollout();
    await pauseRollout(box.db, box.engine, { id, actor: APPROVER, note: '' });
    return id;
  }
  return { box, reported: ofWork.reviewId, newReview, newRollout, newPausedRollout };
}
