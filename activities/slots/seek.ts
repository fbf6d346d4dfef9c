/**
 * A decided task that needs a slot: it is valued, put into the queue, and what is free is offered at once.
 */

import { loadHeldSlot, loadObservedAccounts, loadSlotState } from '../../db/queries/slot-state';
import { enqueueForSlot, recordObserved, type TaskForSlot } from '../../db/queries/slots';
import type { Decision } from '../../routing/decision/decision';
import { servedModels, slotsOf } from '../../routing/slots/accounts';
import { assignSlot } from '../../routing/slots/assign-slot';
import { type Fit, fitOf } from '../../routing/slots/fit';
import { percentilesOf, standingOf } from '../../routing/slots/queue-order';
import { effectivePriority } from '../../routing/slots/slot';
import { slotTaskOf } from '../../routing/slots/slot-task';
import type { TaskFacts } from '../../routing/task/task';
import type { Deps } from '../deps';
import { offerSlots, type SlotRules } from './offer';

export interface Seeker {
  readonly taskId: string;
  readonly decisionId: string;
  readonly decision: Decision;
  readonly facts: TaskFacts;
  /** The one model that is to be called, when another one has failed; absent: any that the decision leaves open. */
  readonly only?: string;
}

export type SlotSearch = { readonly kind: 'not-needed' } | { readonly kind: 'held'; readonly model: string } | { readonly kind: 'waiting' };

/** Gets the task a slot, or lets it wait for one. Safe to repeat: a task that has one or waits keeps it, and its place. */
export async function seekSlot(deps: Deps, seeker: Seeker, rules: SlotRules): Promise<SlotSearch> {
  const fit = fitFor(seeker, rules);
  if (fit === undefined) return { kind: 'not-needed' };
  const { valued } = await valuedTask(deps, seeker, rules, fit);
  const isQueued = await enqueueForSlot(deps.db, valued);
  if (!isQueued) return { kind: 'not-needed' }; // it has ended: the next step finds that
  await offerSlots(deps, rules, seeker.taskId);
  const held = await loadHeldSlot(deps.db, seeker.taskId);
  return held.kind === 'held' ? held : { kind: 'waiting' };
}

/** Records which slot the task would have got: in mode observe, where it goes on without, and for a dry run. */
export async function observeSlot(deps: Deps, seeker: Seeker, rules: SlotRules): Promise<void> {
  const fit = fitFor(seeker, rules);
  if (fit === undefined) return;
  const { valued, task, valuePercentiles } = await valuedTask(deps, seeker, rules, fit);
  const accounts = rules.settings.mode === 'act' ? (await loadSlotState(deps.db, 0)).accounts : await loadObservedAccounts(deps.db);
  const { free, busySlots } = slotsOf(accounts, rules.catalogue);
  const context = { premium: rules.premium, busySlots, ...(valuePercentiles && { valuePercentiles }) };
  const { slot, reason, alternatives } = assignSlot(
    task,
    free.map((each) => each.slot),
    context,
  );
  await recordObserved(deps.db, { ...valued, account: slot?.account, model: slot?.model, reason, alternatives });
}

function fitFor({ decision, facts, only }: Seeker, { settings, catalogue }: SlotRules): Fit | undefined {
  const served = servedModels(settings);
  if (only === undefined) return fitOf(decision, facts, catalogue, served);
  if (!served.has(only)) return undefined;
  const others = [...served].filter((model) => model !== only);
  return { fits: [only], lacks: Object.fromEntries(others.map((model) => [model, `the task falls back to ${only}`])) };
}

async function valuedTask(deps: Deps, seeker: Seeker, { settings, premium }: SlotRules, fit: Fit) {
  const { taskId, decisionId, decision, facts } = seeker;
  const now = deps.now();
  const { taskClass, tier, descriptor } = decision;
  const { values } = deps.rules;
  const [recent, learned] = await Promise.all([values.recent(now), values.learned(settings, now)]);
  const { value, source, basis, remark } = values.of(taskId, { facts, descriptor, taskClass, tier }, settings.formula, now, learned);
  const valuePercentiles = percentilesOf(recent, premium);
  const task = slotTaskOf({ id: taskId, ...fit }, facts, value, settings);
  const valued: TaskForSlot = {
    taskId,
    decisionId,
    models: fit.fits,
    lacks: fit.lacks,
    expectedValue: value,
    valueSource: source,
    valueBasis: basis,
    valueRemark: remark,
    percentiles: valuePercentiles,
    priority: facts.priority,
    groupName: task.group?.name,
    groupPriority: task.group?.priority,
    // Replays of a review come after all live work that is not a patience younger.
    standing: decision.chosenBy === 'replay' ? 0 : standingOf(value, effectivePriority(task), recent),
    patienceMs: settings.patienceMs,
  };
  return { valued, task, valuePercentiles };
}
