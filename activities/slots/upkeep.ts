/** Upkeep of slots: whoever holds one and does not know is told, whose slots are gone goes on, and what is free is offered. */

import { activeCatalogue, loadPolicy } from '../../db/queries/rules';
import { hasSlotWork, unheardGrants } from '../../db/queries/slot-state';
import { releaseUnserved } from '../../db/queries/slots';
import { forgetStatedValues } from '../../db/queries/stated-values';
import { servedModels } from '../../routing/slots/accounts';
import type { Deps } from '../deps';
import { offerSlots } from './offer';

/** Tasks of one kind in one round. */
const BATCH = 500;

/** @returns tasks that got a slot, or were let go, in this round */
export async function keepUpSlots(deps: Deps): Promise<{ readonly granted: number; readonly released: number }> {
  const { db, rules } = deps;
  await forgetStatedValues(db);
  if (!(await hasSlotWork(db))) return { granted: 0, released: 0 };
  for (const taskId of await unheardGrants(db, BATCH)) {
    if (!(await deps.reviveDispatch(taskId))) await deps.tellSlotGranted(taskId);
  }
  const [catalogueRow, policyRow] = await Promise.all([activeCatalogue(db), loadPolicy(db)]);
  if (catalogueRow === undefined || policyRow === undefined) return { granted: 0, released: 0 };
  const [{ slots: settings, catalogue }, policy] = await Promise.all([
    rules.catalogue(catalogueRow.version),
    rules.policy(policyRow.version),
  ]);
  const isActing = settings?.mode === 'act';
  const released = await releaseUnserved(db, isActing ? [...servedModels(settings)] : [], BATCH);
  for (const taskId of released) await deps.tellSlotGranted(taskId);
  const granted = isActing ? await offerSlots(deps, { settings, catalogue, premium: policy.premium }) : [];
  return { granted: granted.length, released: released.length };
}
