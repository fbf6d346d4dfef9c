/**
 * What is new in a catalogue that a review of the routing should know: models that appeared, prices that changed, models that
 * are on their way out.
 */

import { canonicalJson } from '../../db/documents/canonical-json';
import type { Catalogue, Model } from '../../routing/catalogue';
import type { PicoUsdPerToken } from '../../routing/units';

/** Reasons for a review, by the names of the triggers. */
export type NewsKind = 'model-shipped' | 'price-change' | 'deprecation';

export interface CatalogueNews {
  readonly kind: NewsKind;
  /** Of what, in the order of the catalogue; never empty. */
  readonly models: readonly string[];
  /** For people. */
  readonly detail: string;
}

const PICO_PER_TOKEN_PER_USD_PER_MILLION = 1_000_000;

/**
 * One item for each kind of news. A first catalogue is no news: there was no routing that it could change.
 *
 * @param before the catalogue that was in force; absent: none was
 */
export function catalogueNews(before: Pick<Catalogue, 'models'> | undefined, after: Pick<Catalogue, 'models'>): readonly CatalogueNews[] {
  if (before === undefined) return [];
  const shipped: [string, string][] = [];
  const repriced: [string, string][] = [];
  const leaving: [string, string][] = [];
  for (const model of after.models.values()) {
    const old = before.models.get(model.id);
    const wasCalled = old !== undefined && old.status.kind !== 'retired';
    if (model.status.kind !== 'retired' && !wasCalled) shipped.push([model.id, `${model.id} is new`]);
    if (wasCalled && isLeaving(old, model)) leaving.push([model.id, leavingDetail(model)]);
    if (wasCalled && model.status.kind !== 'retired' && canonicalJson(pricesOf(old)) !== canonicalJson(pricesOf(model))) {
      repriced.push([model.id, `${model.id} ${priceDetail(old)} → ${priceDetail(model)}`]);
    }
  }
  for (const old of before.models.values()) {
    if (old.status.kind !== 'retired' && !after.models.has(old.id)) leaving.push([old.id, `${old.id} is no longer in the catalogue`]);
  }
  const kinds = [
    ['model-shipped', shipped],
    ['price-change', repriced],
    ['deprecation', leaving],
  ] as const;
  return kinds
    .filter(([, news]) => news.length > 0)
    .map(([kind, news]) => ({ kind, models: news.map(([model]) => model), detail: detailOf(news.map(([, detail]) => detail)) }));
}

/** More than these are counted: a price list may change as a whole. */
const MOST_NAMED = 10;

function detailOf(details: readonly string[]): string {
  const more = details.length - MOST_NAMED;
  return [...details.slice(0, MOST_NAMED), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

/** Nearer to its end than it was. */
function isLeaving(old: Model, model: Model): boolean {
  if (model.status.kind === 'active') return false;
  if (model.status.kind !== old.status.kind) return true;
  const [ends, ended] = [endOf(model), endOf(old)];
  return ends !== undefined && ends !== ended;
}

function endOf({ status }: Model): number | undefined {
  return status.kind === 'deprecated' ? status.retiresAt : undefined;
}

function leavingDetail({ id, status }: Model): string {
  if (status.kind === 'retired') return `${id} is retired`;
  const end = status.kind === 'deprecated' ? status.retiresAt : undefined;
  return end === undefined ? `${id} is deprecated` : `${id} is deprecated and ends on ${new Date(end).toISOString().slice(0, 10)}`;
}

/** A price that is not known is another thing than none. */
function pricesOf({ prices }: Model): Model['prices'] | null {
  return prices ?? null;
}

/** `2/10 USD` per million tokens in and out, for short requests. */
function priceDetail({ prices }: Model): string {
  const [step] = prices?.steps ?? [];
  return step === undefined ? 'without a price' : `${perMillion(step.input)}/${perMillion(step.output)} USD per million tokens`;
}

function perMillion(price: PicoUsdPerToken): number {
  return price / PICO_PER_TOKEN_PER_USD_PER_MILLION;
}
