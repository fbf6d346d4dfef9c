/**
 * The first step of a task: classify it, decide where it goes, and write that down before anything is called.
 */

import type { Database } from '../db/connect';
import { promptDocument, taskFactsOf } from '../db/documents/submission';
import { knowledgeOf, loadKnowledge, loadTaskToDecide, loadTightestBudget, type TaskToDecide } from '../db/queries/dispatch';
import { endTask, recordDecision, type TaskEnd } from '../db/queries/ledger';
import { isOpenStatus } from '../db/schema/tasks';
import { decide } from '../routing/decision/decide';
import type { Decision, Refusal } from '../routing/decision/decision';
import type { Policy } from '../routing/decision/policy';
import { RoutingError } from '../routing/errors';
import { describeBudgetRefusal } from '../routing/money/budget';
import { chainFrom } from '../routing/slots/fit';
import { describePrompt } from '../routing/task/describe-prompt';
import { taskClassOf } from '../routing/task/descriptor';
import type { TaskFacts } from '../routing/task/task';
import type { Plan } from '../workflows/messages';
import { plannedSteps } from './cascade/planned-steps';
import type { Deps } from './deps';
import type { Rulebook } from './rules';
import type { SlotRules } from './slots/offer';
import { observeSlot, type Seeker, seekSlot } from './slots/seek';

/** Decides once: a task that has a decision keeps it, whatever changed since. */
export async function decideTask(deps: Deps, { taskId }: { readonly taskId: string }): Promise<Plan> {
  const { db } = deps;
  const task = await loadTaskToDecide(db, taskId);
  if (task === undefined) throw new RoutingError('unknown_task', `There is no task ${taskId}.`);
  if (!isOpenStatus(task.status)) return { kind: 'ended', outcome: task.status };
  if (task.cancelRequested) {
    const { outcome } = await endTask(db, {
      taskId,
      kind: 'cancelled',
      code: 'cancelled',
      reason: 'Cancelled before anything was called.',
    });
    return { kind: 'ended', outcome: outcome.kind };
  }
  if (task.decision !== null) return planAgain(deps, taskId, task, task.decision);
  return decideNow(deps, taskId, task);
}

async function decideNow(deps: Deps, id: string, row: TaskToDecide): Promise<Plan> {
  const { db, rules } = deps;
  if (row.policyVersion === null || row.catalogueVersion === null) {
    throw new RoutingError(
      'no_active_policy',
      'No catalogue and policy are in force. Run "signalbox up" once, or "signalbox policy apply".',
    );
  }
  rules.follow(row.cacheEpoch);
  const facts = taskFactsOf(id, row);
  const prompt = promptDocument.parse(row.prompt);
  const [policy, rulebook] = await Promise.all([rules.policy(row.policyVersion), rules.catalogue(row.catalogueVersion)]);
  const { catalogue, providers } = rulebook;
  const descriptor = describePrompt(prompt, facts);
  const taskClass = taskClassOf(facts.taskClass, descriptor);
  const instant = deps.now();
  const seed = id;
  const [stored, values] = await Promise.all([loadKnowledge(db, taskClass, facts.scope), rules.valuePercentiles(policy, instant)]);
  const canaries = row.canaries.filter(({ classes }) => classes.includes(taskClass));
  const graderKind = row.grader?.kind;
  const inputs = {
    knowledge: stored,
    valuePercentiles: values,
    configuredProviders: [...providers.configured()],
    now: instant,
    seed,
    ...(canaries.length > 0 ? { canaries } : {}),
    ...(graderKind === undefined ? {} : { graderKind }),
  };
  const decided = decide({
    task: facts,
    descriptor,
    promptBytes: row.promptBytes,
    messageCount: prompt.messages.length,
    catalogue,
    policy,
    knowledge: {
      ...knowledgeOf(stored),
      configuredProviders: providers.configured(),
      ...(values === undefined ? {} : { valuePercentiles: values }),
    },
    now: instant,
    seed,
    canaries,
    ...(graderKind === undefined ? {} : { graderKind }),
  });
  const outcome = outcomeOf(id, decided, row.dryRun, await budgetShortage(db, decided, facts));
  const { id: decisionId, record } = await recordDecision(db, {
    taskId: id,
    id: deps.newId(),
    kind: decided.kind,
    taskClass: decided.taskClass,
    tier: decided.tier,
    ...(decided.kind === 'routed' ? columnsOf(decided) : {}),
    policyVersion: decided.policyVersion,
    catalogueVersion: decided.catalogueVersion,
    record: decided,
    inputs,
    outcome,
  });
  const plan = planOf(deps, decisionId, record as Decision | Refusal, row);
  return inSlot(deps, plan, { taskId: id, decisionId, decision: record as Decision | Refusal, facts }, rulebook, policy);
}

/** Which budget a refusal is about, how much it has left and when it renews; undefined when it is about none. */
async function budgetShortage(db: Database, decided: Decision | Refusal, { scope }: TaskFacts): Promise<string | undefined> {
  if (decided.kind === 'routed' || !decided.filteredOut.some(({ rule }) => rule === 'budget')) return undefined;
  const budget = await loadTightestBudget(db, scope);
  return budget && describeBudgetRefusal(budget.limit, budget.leftNano, budget.renewsAtMs);
}

function columnsOf(decision: Decision) {
  return {
    model: decision.model,
    chosenBy: decision.chosenBy,
    confidence: decision.confidence,
    estimatedCostNano: decision.estimatedCostNanoUsd,
    estimatedLatencyMs: Math.round(decision.estimatedLatencyMs),
    propensity: decision.propensity,
    ...(decision.rollout && { rolloutId: decision.rollout.id, arm: decision.rollout.arm }),
  };
}

/** How a decision ends its task at once: no model is admissible, or nothing was to be called. */
function outcomeOf(taskId: string, decided: Decision | Refusal, dryRun: boolean, shortage: string | undefined): TaskEnd | undefined {
  if (decided.kind === 'refused') {
    const reason = [...(shortage === undefined ? [] : [shortage]), ...decided.reasons].join(' ');
    return { taskId, kind: 'refused', code: 'no_admissible_model', reason };
  }
  if (dryRun)
    return {
      taskId,
      kind: 'completed',
      code: 'dry_run',
      reason: `Decided for ${decided.model}; a dry run calls nothing.`,
      model: decided.model,
    };
  return undefined;
}

function planOf(
  { heartbeatMs }: Deps,
  decisionId: string,
  decided: Decision | Refusal,
  { dryRun, purpose, grader }: Pick<TaskToDecide, 'dryRun' | 'purpose' | 'grader'>,
): Plan {
  if (decided.kind === 'refused') return { kind: 'ended', outcome: 'refused' };
  if (dryRun) return { kind: 'ended', outcome: 'completed' };
  return {
    kind: 'routed',
    decisionId,
    chain: decided.chain,
    limits: decided.limits,
    heartbeatMs,
    ...(purpose !== 'work' && { givesWay: true }),
    ...(decided.cascade && { cascade: plannedSteps(decided.cascade, grader) }),
  };
}

/** The plan of a task that was decided before: whoever lost it asks again, and finds its slot or its place in the queue. */
async function planAgain(deps: Deps, taskId: string, row: TaskToDecide, decided: NonNullable<TaskToDecide['decision']>): Promise<Plan> {
  const decision = decided.record as Decision | Refusal;
  const plan = planOf(deps, decided.id, decision, row);
  if (plan.kind === 'ended' || row.policyVersion === null || row.catalogueVersion === null) return plan;
  const [policy, rulebook] = await Promise.all([deps.rules.policy(row.policyVersion), deps.rules.catalogue(row.catalogueVersion)]);
  const seeker = { taskId, decisionId: decided.id, decision, facts: taskFactsOf(taskId, row) };
  return inSlot(deps, plan, seeker, rulebook, policy);
}

/** A decided task, whatever was decided. */
type Decided = Omit<Seeker, 'decision'> & { readonly decision: Decision | Refusal };

/**
 * The plan with the model of its slot first, where its calls need slots. A dry run, and mode observe, only record which slot it would
 * be. Where no slots are configured this does nothing.
 */
async function inSlot(
  deps: Deps,
  plan: Plan,
  { decision, ...task }: Decided,
  { catalogue, slots: settings }: Rulebook,
  policy: Policy,
): Promise<Plan> {
  if (settings === undefined || settings.mode === 'off' || decision.kind === 'refused') return plan;
  const rules: SlotRules = { settings, catalogue, premium: policy.premium };
  const seeker: Seeker = { ...task, decision };
  if (plan.kind === 'ended' || settings.mode === 'observe') {
    await observeSlot(deps, seeker, rules);
    return plan;
  }
  // Which of its steps are called shows on the way: each call takes its slot when it comes to it.
  if (decision.cascade !== undefined) return plan;
  const search = await seekSlot(deps, seeker, rules);
  if (search.kind === 'waiting') return { ...plan, awaitsSlot: true };
  return search.kind === 'held' ? { ...plan, chain: chainFrom(search.model, decision, catalogue) } : plan;
}
