/** `signalbox review schedule`: when reviews are asked for, and how to change that. */

import { RoutingError } from '../../routing/errors';
import { WHOLE_SCOPE } from '../../workflows/messages';
import { changeReviewSchedule, describeReviewSchedule, type ReviewSchedule } from '../review-schedule';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { dispatchQueueOf, withEngine } from './open-client';
import { formatInstant, onOneLine } from './terminal/text';

export interface ReviewScheduleOptions extends StackCommandOptions {
  readonly class?: string;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly pause?: boolean;
  readonly resume?: boolean;
}

/** Times that people are shown; `--json` has all that Temporal names. */
const SHOWN_TIMES = 5;

export async function runReviewSchedule(options: ReviewScheduleOptions, cli: Cli): Promise<ExitCode> {
  const { cron, timeZone, pause, resume } = options;
  if (pause && resume) throw new RoutingError('bad_argument', '--pause and --resume contradict each other. Give one of them.');
  const scope = options.class ?? WHOLE_SCOPE;
  const change = {
    ...(cron === undefined ? {} : { cron }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(pause || resume ? { paused: pause === true } : {}),
  };
  const isChange = Object.keys(change).length > 0;
  const schedule = await withEngine(cli, options, (engine) =>
    isChange
      ? changeReviewSchedule(engine, dispatchQueueOf(cli), { scope, ...change })
      : describeReviewSchedule(engine, dispatchQueueOf(cli), scope),
  );
  if (options.json) cli.output.printJson(schedule === undefined ? null : shapeOf(schedule));
  else cli.output.print(schedule === undefined ? missing(scope) : describe(schedule));
  return EXIT.ok;
}

function missing(scope: string): string {
  const makes =
    scope === WHOLE_SCOPE
      ? '"signalbox up" or a worker makes it'
      : `give one with "signalbox review schedule --class ${onOneLine(scope)} --cron …"`;
  return `There is no schedule for ${scope === WHOLE_SCOPE ? 'reviews of everything' : `reviews of ${onOneLine(scope)}`}; ${makes}.`;
}

function shapeOf({ scope, cron, timeZone, isPaused, note, nextAt, lastAt }: ReviewSchedule) {
  return { scope, cron, timeZone, isPaused, note, nextAt, lastAt: lastAt ?? null };
}

function describe({ scope, cron, timeZone, isPaused, note, nextAt, lastAt }: ReviewSchedule): string {
  const times = cron === '' ? 'at times that were set with other tools' : `at ${cron}`;
  return [
    onOneLine(`Reviews of ${scope === WHOLE_SCOPE ? 'everything' : scope} are asked for ${times}, ${timeZone}.`),
    ...(isPaused ? [onOneLine(`PAUSED: none is asked for until "signalbox review schedule --resume". ${note}`)] : []),
    ...(lastAt === undefined ? [] : [`Last asked for ${formatInstant(lastAt)}.`]),
    ...nextAt
      .slice(0, SHOWN_TIMES)
      .map((at, index) => `${index === 0 ? 'Next' : 'then'} ${localTime(at, timeZone)}  (${formatInstant(at)})`),
  ].join('\n');
}

/** `Mon 23 Nov 2026, 06:00 CET`. */
function localTime(at: Date, timeZone: string): string {
  const options = {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  } as const;
  return new Intl.DateTimeFormat('en-GB', options).format(at);
}
