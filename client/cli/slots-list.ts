/** `signalbox slots list`: accounts, their slots and their quotas. */

import { type AccountFigures, listAccounts, type WindowFigures } from '../../db/queries/slot-figures';
import { formatUsd, nanoToUsd } from '../../routing/units';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { formatInstant } from './terminal/text';

export async function runSlotsList(options: StackCommandOptions, cli: Cli): Promise<ExitCode> {
  const accounts = await withDatabase(cli, options, listAccounts);
  if (options.json) cli.output.printJson(accounts.map(shapeOf));
  else if (accounts.length === 0) cli.output.note('No slots are configured. They stand under "slots" in signalbox.yaml.');
  else cli.output.print(describe(accounts, cli.output));
  return EXIT.ok;
}

function shapeOf({ windows, ...account }: AccountFigures) {
  return {
    ...account,
    windows: windows.map(({ spentNano, spendLimitNano, endsAt, ...window }) => ({
      ...window,
      spentUsd: nanoToUsd(spentNano),
      spendLimitUsd: spendLimitNano === null ? null : nanoToUsd(spendLimitNano),
      endsAt: endsAt === null ? null : new Date(endsAt).toISOString(),
    })),
  };
}

function describe(accounts: readonly AccountFigures[], { table }: Output): string {
  const columns = [
    { title: 'account' },
    { title: 'models' },
    ...(['slots', 'taken', 'waiting', 'used'] as const).map((title) => ({ title, align: 'right' as const })),
    { title: 'quotas' },
  ];
  const rows = accounts.map(({ account, models, concurrency, taken, waiting, usedRate, windows }) => [
    account,
    models.join(', '),
    concurrency,
    taken,
    waiting,
    percent(usedRate),
    windows.map(windowWords).join('; ') || null,
  ]);
  return table(columns, rows);
}

function windowWords({ per, usedRate, endsAt, ...figures }: WindowFigures): string {
  const limits = [
    ...(figures.requestLimit === null ? [] : [`${figures.requests} of ${figures.requestLimit} requests`]),
    ...(figures.tokenLimit === null ? [] : [`${figures.tokens} of ${figures.tokenLimit} tokens`]),
    ...(figures.spendLimitNano === null ? [] : [`${formatUsd(figures.spentNano)} of ${formatUsd(figures.spendLimitNano)}`]),
  ];
  const until = endsAt === null ? '' : `, until ${formatInstant(new Date(endsAt))}`;
  return `${per.replace('_', ' ')}: ${[percent(usedRate), ...limits].join(', ')}${until}`;
}

function percent(rate: number): string {
  return `${Math.round(rate * 100)} %`;
}
