/** `signalbox approve ID` and `signalbox reject ID`: what a person says of a proposal. */

import type { Database } from '../../db/connect';
import { RoutingError } from '../../routing/errors';
import { loadReview } from '../reviews';
import { type GivenVerdict, giveVerdict, type Verdict } from '../verdicts';
import { type ActingOptions, actorOf } from './acting-as';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { dispatchQueueOf, withStack } from './open-client';
import { onOneLine } from './terminal/text';

interface VerdictOptions extends StackCommandOptions, ActingOptions {
  /** Beginning of the hash of what was read. */
  readonly evidence?: string;
}

export interface ApproveOptions extends VerdictOptions {
  readonly note?: string;
}

export interface RejectOptions extends VerdictOptions {
  readonly reason: string;
}

export function runApprove(id: string, { note = '', ...options }: ApproveOptions, cli: Cli): Promise<ExitCode> {
  return give({ id, verdict: 'approve', note }, options, cli);
}

export function runReject(id: string, { reason, ...options }: RejectOptions, cli: Cli): Promise<ExitCode> {
  if (reason.trim() === '')
    throw new RoutingError('bad_argument', 'A rejection needs its reason. Say with --reason what would have to be different.');
  return give({ id, verdict: 'reject', note: reason }, options, cli);
}

async function give(verdict: Pick<Verdict, 'id' | 'verdict' | 'note'>, options: VerdictOptions, cli: Cli): Promise<ExitCode> {
  const actor = await actorOf(options, cli);
  const given = await withStack(cli, options, async (db, engine) => {
    const shown = options.evidence === undefined ? {} : { shownEvidence: await evidenceOf(db, verdict.id, options.evidence) };
    return giveVerdict(db, engine, dispatchQueueOf(cli), { ...verdict, ...shown, actor });
  });
  if (options.json) cli.output.printJson({ actor, verdict: verdict.verdict, proposals: given });
  else for (const one of given) cli.output.print(onOneLine(describe(one, actor, verdict.verdict)));
  return given.every(({ kind }) => kind === 'refused') ? EXIT.failed : EXIT.ok;
}

/** @throws {RoutingError} `verdict_refused` when no proposal of the review has evidence whose hash begins so */
async function evidenceOf(db: Database, id: string, beginning: string): Promise<string> {
  const { review, proposals } = await loadReview(db, id);
  const found = proposals.find(({ evidenceSha256 }) => evidenceSha256?.startsWith(beginning.toLowerCase()));
  if (found?.evidenceSha256 != null) return found.evidenceSha256;
  throw new RoutingError(
    'verdict_refused',
    `No proposal of review ${review.id} has the evidence ${beginning} any more. Look at "signalbox review show ${review.id}" and decide again.`,
  );
}

function describe({ name, kind, state, refusal }: GivenVerdict, actor: string, verdict: Verdict['verdict']): string {
  switch (kind) {
    case 'counted':
      return `${name} is ${state}: ${actor} said ${verdict}.${verdict === 'approve' ? ' Its rollout begins; "signalbox rollout list" shows it.' : ''}`;
    case 'already':
      return `${name} is ${state}: ${actor} said so before.`;
    case 'kept':
      return `The verdict on ${name} is kept. No worker answered; it is judged as soon as one does.`;
    case 'refused':
      return `The verdict on ${name} does not count: ${refusal ?? ''}. It is ${state}.`;
  }
}
