/**
 * What each team, project and key is to be charged, a line for each day and model, with the column names of FOCUS where they fit.
 *
 * @see FinOps Open Cost and Usage Specification 1.2, https://focus.finops.org: names without `x_` mean there what they mean here
 */

import type { ChargedDay } from '../../db/queries/cost-charges';
import { nanoToUsd } from '../../routing/units';

/** One line of a chargeback. Instants are ISO, in UTC; a day begins and ends in the time zone of the export. */
export interface Charge {
  readonly BilledCost: number;
  readonly EffectiveCost: number;
  readonly BillingCurrency: 'USD';
  readonly ChargePeriodStart: string;
  readonly ChargePeriodEnd: string;
  readonly ChargeCategory: 'Usage';
  readonly ChargeDescription: string;
  readonly ConsumedQuantity: number;
  readonly ConsumedUnit: 'Tokens';
  readonly ProviderName: string;
  readonly ServiceCategory: 'AI and Machine Learning';
  readonly ServiceName: string;
  readonly ResourceId: string;
  readonly SubAccountId: string | null;
  /** JSON of a map, as FOCUS has it. */
  readonly Tags: string;
  readonly x_TaskClass: string;
  readonly x_Purpose: string;
  /** The name of the program that routes by itself, of purpose `embedded`. */
  readonly x_System: string | null;
  readonly x_Calls: number;
  readonly x_InputTokens: number;
  readonly x_CacheReadTokens: number;
  readonly x_CacheWriteTokens: number;
  readonly x_OutputTokens: number;
  readonly x_UnpricedCalls: number;
}

export const CHARGE_COLUMNS = [
  'BilledCost',
  'EffectiveCost',
  'BillingCurrency',
  'ChargePeriodStart',
  'ChargePeriodEnd',
  'ChargeCategory',
  'ChargeDescription',
  'ConsumedQuantity',
  'ConsumedUnit',
  'ProviderName',
  'ServiceCategory',
  'ServiceName',
  'ResourceId',
  'SubAccountId',
  'Tags',
  'x_TaskClass',
  'x_Purpose',
  'x_System',
  'x_Calls',
  'x_InputTokens',
  'x_CacheReadTokens',
  'x_CacheWriteTokens',
  'x_OutputTokens',
  'x_UnpricedCalls',
] as const satisfies readonly (keyof Charge)[];

/** Cost is both billed and effective: nothing is paid ahead and nothing is amortised. The sub-account is the team. */
export function chargeOf(day: ChargedDay): Charge {
  const { model, provider, team, project, tag, key, taskClass, purpose, calls, costNano } = day;
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = day;
  const cost = nanoToUsd(costNano);
  const tags = { team, project, tag, key };
  return {
    BilledCost: cost,
    EffectiveCost: cost,
    BillingCurrency: 'USD',
    ChargePeriodStart: new Date(day.from).toISOString(),
    ChargePeriodEnd: new Date(day.to).toISOString(),
    ChargeCategory: 'Usage',
    ChargeDescription: `${calls} calls of ${model} for ${taskClass}`,
    ConsumedQuantity: inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens,
    ConsumedUnit: 'Tokens',
    ProviderName: provider,
    ServiceCategory: 'AI and Machine Learning',
    ServiceName: model.startsWith(`${provider}/`) ? model.slice(provider.length + 1) : model,
    ResourceId: model,
    SubAccountId: team,
    Tags: JSON.stringify(Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== null))),
    x_TaskClass: taskClass,
    x_Purpose: purpose,
    x_System: day.system,
    x_Calls: calls,
    x_InputTokens: inputTokens,
    x_CacheReadTokens: cacheReadTokens,
    x_CacheWriteTokens: cacheWriteTokens,
    x_OutputTokens: outputTokens,
    x_UnpricedCalls: day.unpricedCalls,
  };
}
