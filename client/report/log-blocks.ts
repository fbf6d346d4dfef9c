/** What heads the report of a review of logs: what they cannot tell, what a replay would cost, and what they let one estimate. */

import type { LogLimits, ReviewReport } from '../../routing/review/report/report';
import { counted, listed, percent } from '../../routing/review/report/words';
import { type Block, right, type Section, table, text } from './blocks';
import { money } from './figures';

/** Nothing for a review of tasks that were served here. */
export function logSections({ logs }: ReviewReport): readonly Section[] {
  if (logs === undefined) return [];
  const { sources, tasks, outside, notKnown } = logs;
  const others = outside === 0 ? '' : ` ${counted(outside, 'task')} ended outside of the window.`;
  return [
    {
      title: 'What could not be known from logs alone',
      level: 2,
      blocks: [
        text(`Made of ${counted(tasks, 'task')} in ${listed(sources)}, none of which was served here.${others}`),
        { kind: 'list', items: notKnown },
        ...planned(logs),
        ...estimates(logs),
      ],
    },
  ];
}

/** In the place of the commands that give a verdict. */
export function nothingToApprove({ isReplayed }: LogLimits): string {
  return isReplayed
    ? 'Nothing can be approved here, because nothing is served here yet. Put the change into policy.yaml yourself, or move the traffic and let a review roll it out a slice at a time.'
    : 'Nothing was replayed, so nothing is proposed.';
}

function planned({ planned: { passes, replays, costNanoUsd } }: LogLimits): readonly Block[] {
  if (passes === 0) return [];
  const where = counted(passes, 'class', 'classes');
  return [text(`To prove what looks worthwhile in ${where} takes about ${counted(replays, 'replay')}, for about ${money(costNanoUsd)}.`)];
}

function estimates({ estimates: all }: LogLimits): readonly Block[] {
  const rows = all.map(({ taskClass, model, choices, effective, quality, doublyRobust }) => [
    ...[taskClass, model, choices, Math.round(effective)],
    ...[quality === null ? null : percent(quality), doublyRobust === null ? null : percent(doublyRobust)],
  ]);
  const titles = ['class', 'model', right('choices by chance'), right('worth'), right('quality, self-normalised'), right('doubly robust')];
  return table(
    'Estimates from the router’s own chances: they say what to replay, and prove nothing. A dash: too few choices.',
    titles,
    rows,
  );
}
