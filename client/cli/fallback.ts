/** `signalbox fallback`: which models stand behind which, how often that was needed, and who is left alone just now. */

import type { Database } from '../../db/connect';
import { policyFromJson } from '../../db/documents/policy-document';
import { type ChainUse, type FallbackCount, fallbackFigures, type RateLimitCount } from '../../db/queries/fallbacks';
import { loadPolicy } from '../../db/queries/rules';
import { modelsOfRoute, type Policy } from '../../routing/decision/policy';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { formatInstant, formatMs, indented } from './terminal/text';

export interface FallbackOptions extends StackCommandOptions {
  readonly hours: number;
}

/** A chain with how its models did on its class lately. */
interface Chain extends Omit<ChainUse, 'chain'> {
  /** From the first to the last. */
  readonly models: readonly {
    readonly model: string;
    readonly calls: number;
    readonly answered: number;
    /** Null: it was not called. */
    readonly successRate: number | null;
  }[];
}

/** A model that is left alone, or is being tried again. */
interface Breaker {
  readonly model: string;
  readonly state: 'open' | 'half-open';
  /** When one call may try it, or the one that does is given up. */
  readonly until: Date;
  /** Openings since it last answered. */
  readonly trips: number;
}

interface Fallbacks {
  readonly hours: number;
  readonly chains: readonly Chain[];
  readonly fallbacks: readonly FallbackCount[];
  readonly breakers: readonly Breaker[];
  readonly rateLimits: readonly RateLimitCount[];
}

export async function runFallback({ hours, ...options }: FallbackOptions, cli: Cli): Promise<ExitCode> {
  const found = await withDatabase(cli, options, (db) => read(db, hours));
  if (options.json) cli.output.printJson(found);
  else cli.output.print(describe(found, cli.output));
  return EXIT.ok;
}

async function read(db: Database, hours: number): Promise<Fallbacks> {
  const [{ chains, calls, fallbacks, rateLimits, health }, row] = await Promise.all([fallbackFigures(db, hours), loadPolicy(db)]);
  const used = row === undefined ? chains : [...chains, ...unusedRoutes(policyFromJson(row.body), chains)];
  return {
    hours,
    chains: used.map(({ chain, ...use }) => ({
      ...use,
      models: chain.map((model) => {
        const count = calls.find((one) => one.model === model && one.taskClass === use.taskClass);
        const { calls: made = 0, answered = 0 } = count ?? {};
        return { model, calls: made, answered, successRate: made === 0 ? null : answered / made };
      }),
    })),
    fallbacks,
    breakers: health.flatMap(({ model, health: state }): Breaker[] => {
      if (state.state === 'closed') return [];
      const until = new Date(state.state === 'open' ? state.until : state.probeUntil);
      return [{ model, state: state.state, until, trips: state.trips }];
    }),
    rateLimits,
  };
}

/** Routes of the policy that no task has taken lately: what would be called if one came. */
function unusedRoutes({ classes }: Policy, used: readonly ChainUse[]): ChainUse[] {
  const nothing = { tasks: 0, ended: 0, completed: 0, fellBack: 0 };
  return Object.entries(classes).flatMap(([taskClass, { route }]) => {
    if (route === undefined || used.some((one) => one.taskClass === taskClass)) return [];
    return [{ taskClass, chain: modelsOfRoute(route), ...nothing }];
  });
}

function describe({ hours, chains, fallbacks, breakers, rateLimits }: Fallbacks, output: Output): string {
  const { colors } = output;
  const sections: [string, string][] = [
    [`Chains of the last ${hours === 1 ? 'hour' : `${hours} hours`}`, chains.length === 0 ? 'none' : chainTable(chains, output)],
    ['Fallbacks', fallbacks.length === 0 ? 'none' : fallbackTable(fallbacks, output)],
    ['Models left alone', breakers.length === 0 ? 'none' : breakerTable(breakers, output)],
    ['Rate limits', rateLimits.length === 0 ? 'none' : rateLimitTable(rateLimits, output)],
  ];
  return sections.map(([title, text]) => `${colors.bold(title)}\n${indented(text)}`).join('\n\n');
}

const right = (title: string) => ({ title, align: 'right' as const });

/** A row for each model of a chain; what is of the whole chain stands in its first. */
function chainTable(chains: readonly Chain[], { table }: Output): string {
  return table(
    [{ title: 'class' }, right('tasks'), right('answered'), right('fell back'), { title: 'chain' }, right('calls'), right('success')],
    chains.flatMap(({ taskClass, tasks, ended, completed, fellBack, models }) =>
      models.map(({ model, calls, successRate }, place) => [
        ...(place === 0 ? [taskClass, tasks, share(completed, ended), share(fellBack, ended)] : ['', '', '', '']),
        `${place + 1}. ${model}`,
        calls,
        successRate === null ? null : percent(successRate),
      ]),
    ),
  );
}

function share(part: number, whole: number): string | null {
  return whole === 0 ? null : percent(part / whole);
}

function percent(rate: number): string {
  return `${(rate * 100).toFixed(rate === 0 || rate === 1 ? 0 : 1)} %`;
}

function fallbackTable(fallbacks: readonly FallbackCount[], { table }: Output): string {
  return table(
    [{ title: 'from' }, { title: 'to' }, { title: 'because' }, right('times')],
    fallbacks.map(({ fromModel, toModel, failureClass, times }) => [fromModel, toModel, failureClass, times]),
  );
}

function breakerTable(breakers: readonly Breaker[], { table }: Output): string {
  return table(
    [{ title: 'model' }, { title: 'state' }, { title: 'until' }, right('openings')],
    breakers.map(({ model, state, until, trips }) => [model, state, formatInstant(until), trips]),
  );
}

function rateLimitTable(rateLimits: readonly RateLimitCount[], { table }: Output): string {
  return table(
    [{ title: 'model' }, { title: 'kind' }, right('times'), { title: 'last' }, right('longest wait')],
    rateLimits.map(({ model, kind, times, lastAt, longestRetryAfterMs }) => [
      model,
      kind,
      times,
      formatInstant(lastAt),
      longestRetryAfterMs === null ? null : formatMs(longestRetryAfterMs),
    ]),
  );
}
