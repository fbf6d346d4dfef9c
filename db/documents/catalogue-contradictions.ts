/**
 * What cannot be true together in signalbox.yaml, though each value is fine by itself.
 */

import { listedModel } from './build-model';
import { buildProvider, kindOf, type ProviderEntry } from './build-provider';
import { checkSlots } from './build-slots';
import { didYouMean } from './nearest-word';
import type { PriceLibrary } from './price-library';
import type { DocumentPath } from './problem';
import {
  type BudgetYaml,
  type ModelYaml,
  type PricesYaml,
  type ProviderYaml,
  problemOfPoolName,
  type SignalboxYaml,
  type WarningsYaml,
} from './signalbox-yaml';
import { commandDefaults, KINDS, type Kind, KNOWN_PROGRAMS, PROVIDER_OPTIONS, WELL_KNOWN_PROVIDERS } from './well-known-providers';

/** A finding at a path; the reader of the file knows its line. */
export interface Finding {
  readonly path: DocumentPath;
  readonly message: string;
  /** Whether the key or the value is what to look at. */
  readonly place: 'key' | 'value';
}

type Report = (path: DocumentPath, message: string, place?: 'key' | 'value') => void;

const PROVIDER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,199}$/;

export function findContradictions(document: SignalboxYaml, library: PriceLibrary): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (path, message, place = 'value') => findings.push({ path, message, place });

  for (const name of Object.keys(document.pools ?? {})) {
    const problem = problemOfPoolName(name);
    if (problem !== undefined) report(['pools', name], problem, 'key');
  }
  if (Object.keys(document.providers).length === 0) report(['providers'], 'No provider is here. Add at least one with a model.', 'key');
  for (const [name, provider] of Object.entries(document.providers)) checkProvider(name, provider, library, report);
  checkBudgets(document.budgets ?? [], report);
  checkWebhooks(document.warnings ?? {}, report);
  if (document.slots !== undefined) checkSlots(document.slots, modelIds(document), report);
  return findings;
}

function modelIds({ providers }: SignalboxYaml): string[] {
  return Object.entries(providers).flatMap(([name, { models }]) => Object.keys(models).map((id) => `${name}/${id}`));
}

function checkProvider(name: string, provider: ProviderYaml, library: PriceLibrary, report: Report): void {
  const path: DocumentPath = ['providers', name];
  if (!PROVIDER_NAME.test(name)) {
    report(path, 'A provider is named with letters, digits, ".", "_" and "-"; at most 64 of them.', 'key');
  }
  const kind = kindOf(name, provider);
  if (kind === undefined) {
    const known = [...WELL_KNOWN_PROVIDERS.keys()];
    report(
      path,
      `Nothing is known of a provider of this name.${didYouMean(name, known)} Otherwise give its "kind": ${KINDS.join(', ')}.`,
      'key',
    );
  } else {
    checkKind(kind, name, provider, path, report);
  }

  const models = Object.keys(provider.models);
  if (models.length === 0) report([...path, 'models'], 'No model is here. Add one, or remove the provider.', 'key');
  if (provider.default_model !== undefined && !models.includes(provider.default_model)) {
    report(
      [...path, 'default_model'],
      `"${provider.default_model}" is not among the models of this provider.${didYouMean(provider.default_model, models)}`,
    );
  }
  checkRepeats(provider, ['privacy_tiers', 'regions'], path, report);
  const called = kind === undefined ? undefined : buildProvider(name, kind, provider);
  for (const [id, model] of Object.entries(provider.models)) {
    const modelPath = [...path, 'models', id];
    checkModel(id, model, library, modelPath, report);
    checkWindow(id, model, called, provider, library, modelPath, report);
  }
}

/** What the file says of a model may also contradict what the library knows of it. */
function checkWindow(
  id: string,
  model: ModelYaml,
  provider: ProviderEntry | undefined,
  entry: ProviderYaml,
  library: PriceLibrary,
  path: DocumentPath,
  report: Report,
): void {
  if (model.max_output === undefined) return;
  const listed = provider && listedModel(id, model, provider, entry, library);
  const window = model.context_window ?? listed?.contextWindowTokens;
  if (window !== undefined && model.max_output > window) {
    report([...path, 'max_output'], `${model.max_output} tokens do not fit into the context window of ${window}.`);
  }
}

function checkRepeats<K extends string>(
  entry: { readonly [key in K]?: readonly string[] | undefined },
  keys: readonly K[],
  path: DocumentPath,
  report: Report,
): void {
  for (const key of keys) {
    const values: readonly string[] = entry[key] ?? [];
    for (const [index, value] of values.entries()) {
      if (values.indexOf(value) < index) report([...path, key, index], `"${value}" is here twice. Keep one.`);
    }
  }
}

function checkKind(kind: Kind, name: string, provider: ProviderYaml, path: DocumentPath, report: Report): void {
  const { base_url: baseUrl, command } = provider;
  if (kind === 'command') {
    const program = command?.program ?? (KNOWN_PROGRAMS.has(name) ? name : undefined);
    if (program === undefined) report(path, 'A provider of kind "command" needs "command" with the "program" to run.', 'key');
    if (baseUrl !== undefined) report([...path, 'base_url'], 'A command has no address. Remove it, or choose another "kind".', 'key');
    if (provider.api_key_env !== undefined) {
      report([...path, 'api_key_env'], 'A command reads its own key. List the variable in "command.env" if the program may see it.', 'key');
    }
    if (program !== undefined) checkPromptPlace(program, command ?? {}, [...path, 'command'], report);
  } else if (command !== undefined) {
    report([...path, 'command'], `Only a provider of kind "command" runs a program; this one is of kind "${kind}".`, 'key');
  }

  if (kind === 'openai-compatible' && baseUrl === undefined && WELL_KNOWN_PROVIDERS.get(name)?.baseUrl === undefined) {
    report(path, 'A provider of kind "openai-compatible" needs its "base_url".', 'key');
  }
  if (baseUrl !== undefined) checkBaseUrl(baseUrl, provider.allow_private_network === true, [...path, 'base_url'], report);

  const options = PROVIDER_OPTIONS[kind];
  for (const option of Object.keys(provider.options ?? {})) {
    if (options.includes(option)) continue;
    const known = options.length === 0 ? `Kind "${kind}" has no options.` : `Kind "${kind}" knows: ${options.join(', ')}.`;
    report([...path, 'options', option], `Unknown option.${didYouMean(option, options) || ` ${known}`}`, 'key');
  }
}

function checkPromptPlace(program: string, command: NonNullable<ProviderYaml['command']>, path: DocumentPath, report: Report): void {
  const { args, promptBy } = commandDefaults(program);
  const isArgument = (command.prompt_by ?? promptBy) === 'argument';
  const hasPlace = (command.args ?? args).some((argument) => argument.includes('{prompt}'));
  if (isArgument && !hasPlace) {
    report(path, 'With "prompt_by: argument", one of "args" must hold {prompt}.', 'key');
  } else if (!isArgument && hasPlace) {
    report(
      path,
      'One of "args" holds {prompt}, but the prompt goes to standard input. Set "prompt_by: argument", or remove {prompt}.',
      'key',
    );
  }
}

function checkBaseUrl(text: string, mayBePrivate: boolean, path: DocumentPath, report: Report): void {
  const url = URL.parse(text);
  // The address may hold a secret by mistake, so no message repeats it.
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    report(path, 'Not an address. Give one that begins with https://.');
  } else if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    report(path, 'An address must not carry a user, a password, a query or a fragment. Name the key with "api_key_env".');
  } else if (url.protocol === 'http:' && !mayBePrivate) {
    report(path, 'The address is not encrypted. Use https://, or set "allow_private_network: true" for a model on your own network.');
  }
}

function checkModel(id: string, model: ModelYaml, library: PriceLibrary, path: DocumentPath, report: Report): void {
  if (!MODEL_NAME.test(id)) {
    report(
      path,
      'A model is named with letters, digits and ". _ : @ / + -"; at most 200 of them. Give the provider\'s own name as "provider_model".',
      'key',
    );
  }
  checkRepeats(model, ['strengths', 'capabilities', 'privacy_tiers', 'regions'], path, report);
  if (model.priced_as !== undefined) {
    if (model.prices !== undefined) report([...path, 'priced_as'], 'The model has "prices" of its own. Keep one of the two.', 'key');
    if (library.entry(model.priced_as) === undefined) {
      report([...path, 'priced_as'], `The price library has no "${model.priced_as}".${didYouMean(model.priced_as, library.keys())}`);
    }
  }
  checkStatus(model, path, report);
  if (model.prices !== undefined) {
    checkSteps(model.prices, [...path, 'prices'], report);
    if (model.prices.batch !== undefined) checkSteps(model.prices.batch, [...path, 'prices', 'batch'], report);
  }
}

function checkStatus({ status, deprecated, retires }: ModelYaml, path: DocumentPath, report: Report): void {
  for (const [key, date] of [
    ['deprecated', deprecated],
    ['retires', retires],
  ] as const) {
    if (date === undefined) continue;
    if (!isRealDay(date)) report([...path, key], `${date} is not a day of the calendar.`);
    else if (status === 'active')
      report([...path, key], `The model is "active" and has a date from which it is not. Remove one of the two.`, 'key');
  }
  if (deprecated !== undefined && retires !== undefined && retires < deprecated) {
    report([...path, 'retires'], `The model would retire on ${retires}, before it is deprecated on ${deprecated}. Exchange the dates.`);
  }
}

function isRealDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

function checkSteps(prices: Pick<PricesYaml, 'long_context'>, path: DocumentPath, report: Report): void {
  for (const [index, step] of (prices.long_context ?? []).entries()) {
    const before = prices.long_context?.[index - 1];
    if (before !== undefined && step.above_tokens <= before.above_tokens) {
      report(
        [...path, 'long_context', index, 'above_tokens'],
        `Steps go upwards: ${step.above_tokens} must be above ${before.above_tokens}.`,
      );
    }
  }
}

function checkWebhooks({ webhooks = [] }: WarningsYaml, report: Report): void {
  for (const [index, { url, allow_private_network: mayBePrivate }] of webhooks.entries()) {
    const path: DocumentPath = ['warnings', 'webhooks', index, 'url'];
    checkBaseUrl(url, mayBePrivate === true, path, report);
    if (webhooks.findIndex((webhook) => webhook.url === url) < index) report(path, 'This address is here twice. Keep one.');
  }
}

function checkBudgets(budgets: readonly BudgetYaml[], report: Report): void {
  for (const [index, budget] of budgets.entries()) {
    const path: DocumentPath = ['budgets', index];
    const { daily_usd: daily, monthly_usd: monthly, per_request_usd: perRequest } = budget;
    if (budgets.findIndex(({ scope }) => scope === budget.scope) < index) {
      report([...path, 'scope'], `There is another budget for "${budget.scope}" above. Put all limits of a scope into one entry.`);
    }
    if (daily === undefined && monthly === undefined && perRequest === undefined) {
      report(path, 'This budget limits nothing. Give daily_usd, monthly_usd or per_request_usd.', 'key');
    }
    if (daily !== undefined && monthly !== undefined && daily > monthly) {
      report([...path, 'daily_usd'], `A day may cost ${daily} and the whole month only ${monthly}. Lower the one or raise the other.`);
    }
    const period = Math.min(daily ?? Infinity, monthly ?? Infinity);
    if (perRequest !== undefined && perRequest > period) {
      report(
        [...path, 'per_request_usd'],
        `One request may cost ${perRequest} and the whole period only ${period}. Lower the one or raise the other.`,
      );
    }
    if (budget.warn_at_daily !== undefined && daily === undefined)
      report([...path, 'warn_at_daily'], 'There is no daily_usd to warn of.', 'key');
    if (budget.warn_at_monthly !== undefined && monthly === undefined)
      report([...path, 'warn_at_monthly'], 'There is no monthly_usd to warn of.', 'key');
  }
}
