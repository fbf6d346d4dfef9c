/** `signalbox review label ID`: what people say of pairs that a judge judged, in the terminal or from a file. */

import { createReadStream } from 'node:fs';
import { z } from 'zod';
import type { Database } from '../../db/connect';
import { proposalsOfTask } from '../../db/queries/judge-labels';
import { seededFraction } from '../../routing/decision/seeded-fraction';
import { RoutingError } from '../../routing/errors';
import { calibrationSoFar, type Labelling, labelPair, openLabelling, showPair, VERDICT_WORDS } from '../labels';
import { readLines } from '../ratings/read-lines';
import { type ActingOptions, actorOf } from './acting-as';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import { describeCalibration } from './terminal/calibration';
import { labelInTerminal } from './terminal/labelling';

export interface ReviewLabelOptions extends StackCommandOptions, ActingOptions {
  readonly from?: string;
}

/** Wrong lines that are named; further ones are counted. */
const MOST_PROBLEMS = 20;

export async function runReviewLabel(id: string, options: ReviewLabelOptions, cli: Cli): Promise<ExitCode> {
  const person = await actorOf(options, cli);
  return withDatabase(cli, options, async (db) => {
    const labelling = await openLabelling(db, id, person);
    if (options.from !== undefined) return importLabels(db, labelling, person, options.from, options, cli);
    if (options.json !== true) await labelHere(db, labelling, person, cli);
    await tellCalibration(db, await openLabelling(db, id, person), options, cli);
    return EXIT.ok;
  });
}

/** @throws {RoutingError} `bad_argument` when nobody sits at a terminal */
async function labelHere(db: Database, { pairs, proposals }: Labelling, person: string, { stdin, output }: Cli): Promise<void> {
  const terminal = stdin as Cli['stdin'] & { setRawMode?: (isRaw: boolean) => void };
  if (stdin.isTTY !== true || terminal.setRawMode === undefined || !output.isWatched) {
    throw new RoutingError('bad_argument', 'Nobody is here to label. Give a file with --from, or --json to see how far it is.');
  }
  const byId = new Map(proposals.map((proposal) => [proposal.proposalId, proposal]));
  const { stderr, colors } = output;
  terminal.setRawMode(true);
  const keys = keysOf(stdin);
  try {
    const shown = pairs.map((pair) => ({ ...pair, isBaselineLeft: seededFraction(`${pair.proposalId}${pair.taskId}${person}`, 0) < 0.5 }));
    const end = await labelInTerminal(shown, {
      keys,
      show: (text) => void stderr.write(`${text}\n`.replaceAll('\n', '\r\n')),
      columns: () => stderr.columns ?? 80,
      rows: () => (stderr as { readonly rows?: number }).rows ?? 24,
      bold: colors.bold,
      dim: colors.dim,
      load: (pair) => showPair(db, pair),
      keep: async ({ proposalId, taskId }, verdict) =>
        void (await labelPair(db, { proposalId, taskId, person, verdict, origin: 'terminal' })),
      rubricOf: ({ proposalId }) => byId.get(proposalId)?.rubric ?? '',
      wanted: Math.max(...proposals.map(({ judge }) => judge.minLabels)),
    });
    output.note(`\nLabelled ${end.labelled}, skipped ${end.skipped}; ${end.left} left. Everything is kept.`);
  } finally {
    terminal.setRawMode(false);
    await keys.return(undefined);
  }
}

/** Every character by itself, however many come together; an escape sequence of a key that means nothing here is one. */
async function* keysOf(stdin: Cli['stdin']): AsyncGenerator<string> {
  for await (const chunk of stdin) {
    const text = String(chunk);
    if (text.startsWith('\u001b')) yield text;
    else yield* text.toLowerCase();
  }
}

async function tellCalibration(db: Database, { reviewId, proposals, pairs }: Labelling, options: ReviewLabelOptions, { output }: Cli) {
  const told = await Promise.all(
    proposals.map(async (proposal) => {
      const own = pairs.filter(({ proposalId }) => proposalId === proposal.proposalId);
      return {
        ...{ proposalId: proposal.proposalId, name: proposal.name, judge: proposal.judge.model, rubricVersion: proposal.rubricVersion },
        pairs: own.length,
        labelledByYou: own.filter(({ label }) => label !== null).length,
        labelsWanted: proposal.judge.minLabels,
        calibration: await calibrationSoFar(db, proposal),
      };
    }),
  );
  if (options.json) output.printJson({ reviewId, proposals: told });
  else for (const proposal of told) output.print(describeCalibration(proposal, output));
}

/** A line of a file of labels. */
const line = z.strictObject({
  taskId: z.string(),
  verdict: z.enum(VERDICT_WORDS as ['baseline', 'candidate', 'tie']),
  proposalId: z.string().optional(),
  person: z.string().min(1).max(100).optional(),
});

async function importLabels(
  db: Database,
  { reviewId, proposals }: Labelling,
  importer: string,
  file: string,
  { json }: ReviewLabelOptions,
  { stdin, output }: Cli,
): Promise<ExitCode> {
  const ids = proposals.map(({ proposalId }) => proposalId);
  const counts = { kept: 0, known: 0, skipped: 0 };
  const problems: { readonly line: number; readonly problem: string }[] = [];
  let number = 0;
  for await (const lines of readLines(
    () => (file === '-' ? stdin : createReadStream(file)),
    file === '-' ? 'Standard input' : `"${file}"`,
  )) {
    for (const text of lines) {
      number += 1;
      if (text.trim() === '') continue;
      const problem = await importLine(text);
      if (problem === undefined) continue;
      counts.skipped += 1;
      if (problems.length < MOST_PROBLEMS) problems.push({ line: number, problem });
    }
  }
  if (json) output.printJson({ reviewId, ...counts, problems });
  else {
    output.print(`Kept ${counts.kept} labels; ${counts.known} were known, ${counts.skipped} skipped.`);
    for (const { line: at, problem } of problems) output.print(`  line ${at}: ${problem}`);
    if (counts.skipped > problems.length) output.print(`  … and ${counts.skipped - problems.length} more`);
  }
  return EXIT.ok;

  /** What is wrong with a line; undefined when its label is kept or known. */
  async function importLine(text: string): Promise<string | undefined> {
    const parsed = line.safeParse(jsonOf(text));
    if (!parsed.success)
      return 'not {"taskId": …, "verdict": "baseline", "candidate" or "tie"}, with "proposalId" and "person" where they are needed';
    const { taskId, verdict, person = importer, proposalId } = parsed.data;
    const found = (await proposalsOfTask(db, ids, taskId)).filter((known) => proposalId === undefined || known === proposalId);
    const [only] = found;
    if (only === undefined) return 'this task was not replayed for what is labelled';
    if (found.length > 1) return 'this task was replayed for several proposals: give "proposalId"';
    const kept = await labelPair(db, { proposalId: only, taskId, person, verdict, origin: 'import' });
    if (kept === 'differs') return 'this person said something else of this pair before, and that stays';
    counts[kept] += 1;
    return undefined;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
