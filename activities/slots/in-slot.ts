/** A call in a slot: opened in it, kept while it runs, and offered to the next one when it is over. */

import type { TaskToCall } from '../../db/queries/dispatch';
import type { AttemptToOpen } from '../../db/queries/ledger';
import { type OpenedInSlot, openAttemptInSlot, renewSlot, reportSlot } from '../../db/queries/slots';
import type { Decision } from '../../routing/decision/decision';
import { servedModels } from '../../routing/slots/accounts';
import type { SlotSettings } from '../../routing/slots/settings';
import type { TaskFacts } from '../../routing/task/task';
import type { Deps } from '../deps';
import type { CallResult } from '../providers/provider';
import type { RateLimitsUsed } from '../providers/rate-limits-used';
import { offerSlots, type SlotRules } from './offer';
import { seekSlot } from './seek';

/** Renewals in the time of one lease: one or two that fail do not lose the slot. */
const RENEWALS_PER_LEASE = 3;

/** The rules of slots when a model is served by accounts that have only so many places; undefined: its calls need none. */
export async function slotRulesOf(deps: Deps, model: string, loaded: TaskToCall): Promise<SlotRules | undefined> {
  const { slots: settings, catalogue } = await deps.rules.catalogue(loaded.activeCatalogueVersion);
  if (settings?.mode !== 'act' || !servedModels(settings).has(model)) return undefined;
  return { settings, catalogue, premium: (await deps.rules.policy(loaded.policyVersion)).premium };
}

/**
 * Opens an attempt in the slot that the task has. A task that has none for this model (it fell back to it, tries it again, or was
 * late) asks for one; `slot` says that it has to wait.
 */
export async function openInSlot(
  deps: Deps,
  attempt: AttemptToOpen,
  { decision, facts }: { readonly decision: Decision; readonly facts: TaskFacts },
  rules: SlotRules,
): Promise<OpenedInSlot> {
  const wanted = { ...attempt, leaseMs: rules.settings.leaseMs };
  let opened = await openAttemptInSlot(deps.db, wanted);
  if (opened.kind === 'slot') {
    const { taskId, decisionId, model } = attempt;
    const search = await seekSlot(deps, { taskId, decisionId, decision, facts, only: model }, rules);
    if (search.kind === 'held') opened = await openAttemptInSlot(deps.db, wanted);
  }
  if (opened.kind === 'budget') await offerGivenBack(deps, rules);
  return opened;
}

/** A call that holds a slot. */
export interface CallInSlot {
  readonly taskId: string;
  readonly attemptId: string;
  readonly account: string;
}

/**
 * Makes a call and settles it, and keeps its slot meanwhile. When the lease is lost nevertheless, the call goes on: what it costs is
 * spent, and its answer counts.
 */
export async function callInSlot<T>(
  deps: Deps,
  { taskId, attemptId, account }: CallInSlot,
  rules: SlotRules,
  call: () => Promise<CallResult>,
  settle: (result: CallResult) => Promise<T>,
): Promise<T> {
  const { leaseMs } = rules.settings;
  const renew = () => {
    renewSlot(deps.db, taskId, attemptId, leaseMs).catch(() => {}); // the next renewal tries again
  };
  const renewals = setInterval(renew, leaseMs / RENEWALS_PER_LEASE);
  try {
    const result = await call();
    const settled = await settle(result);
    await reportUse(deps, account, rules.settings, result);
    return settled;
  } finally {
    clearInterval(renewals);
    await offerGivenBack(deps, rules);
  }
}

/** Offers what a call gave back. A failure costs nothing: upkeep offers again. */
export async function offerGivenBack(deps: Deps, rules: SlotRules): Promise<void> {
  await offerSlots(deps, rules).catch(() => {});
}

/** Keeps what the provider says of the account's rate limits, of which the account has a window. */
async function reportUse({ db }: Deps, account: string, { accounts }: SlotSettings, result: CallResult): Promise<void> {
  const windows = accounts.find(({ id }) => id === account)?.windows ?? [];
  const used = usedAfter(result);
  for (const { per } of windows) {
    const usedRate = used[per];
    if (usedRate === undefined) continue;
    await reportSlot(db, { account, per, usedRate, source: 'headers', reportedBy: 'provider' }).catch(() => {}); // the next call says it again
  }
}

function usedAfter(result: CallResult): RateLimitsUsed {
  if (result.kind === 'answered') return result.answer.rateLimitsUsed ?? {};
  return result.failure.class === 'rate-limited' ? { minute: 1 } : {};
}
