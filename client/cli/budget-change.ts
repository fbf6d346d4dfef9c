/** What `budget set-*` and `budget remove` share: the way of one limit into the file of a folder, and into force. */

import type { Database } from '../../db/connect';
import { environmentOverrides } from '../config/variables';
import type { CatalogueFile } from '../models/catalogue-file';
import { type BudgetLimit, requireBudgetsInForce, requireSetByFile, saveBudgets } from '../money/change-budget';
import type { ActingOptions } from './acting-as';
import type { Cli, StackCommandOptions } from './cli';
import { readFileToEdit } from './input/rules-files';
import { FILE_ALONE, withDatabase } from './open-client';

export interface BudgetChangeOptions extends StackCommandOptions, ActingOptions {
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly fileOnly?: boolean;
  /** Put all budgets of the file in force, whatever else they change. */
  readonly yes?: boolean;
}

/** What was done. */
export interface BudgetChanged<Status> {
  readonly file: CatalogueFile;
  readonly isChanged: boolean;
  readonly isWritten: boolean;
  readonly isApplied: boolean;
  /** What was looked up in the stack afterwards; absent where none was asked. */
  readonly status?: Status;
}

/**
 * @param edit   makes the change, in the text
 * @param lookUp what is told of the stack afterwards
 * @throws {RoutingError} `set_by_environment`, `conflict`; of the file and the database
 */
export async function changeLimit<Status>(
  limit: BudgetLimit,
  options: BudgetChangeOptions,
  cli: Cli,
  { edit, lookUp }: { edit(file: CatalogueFile): CatalogueFile; lookUp(db: Database): Promise<Status> },
): Promise<BudgetChanged<Status>> {
  const before = await readFileToEdit(options.config, environmentOverrides(cli.env));
  if (!options.fileOnly) requireSetByFile(before, limit);
  const after = edit(before);
  const done = { file: after, isChanged: after.text !== before.text, isWritten: false, isApplied: false };
  if (options.dryRun || (!done.isChanged && options.fileOnly)) return done;
  const actor = options.as ?? after.config.operator ?? cli.user;
  if (options.fileOnly) {
    await saveBudgets(undefined, after, actor);
    return { ...done, isWritten: true };
  }
  const putInForce = async (db: Database) => {
    if (!options.yes) await requireBudgetsInForce(db, before);
    const isApplied = await saveBudgets(db, after, actor);
    return { ...done, isWritten: done.isChanged, isApplied, status: await lookUp(db) };
  };
  return withDatabase(cli, options, putInForce, FILE_ALONE);
}
