/** What could not be known from logs alone, in sentences, and what their propensities let one estimate. */

import type { LogLimits } from '../../routing/review/report/report';
import { counted, percent } from '../../routing/review/report/words';
import type { ReviewedLogs, UnknownModel } from './review-logs';

/** Names that are told one by one. */
const MOST_NAMES = 10;

/** @param isReplayed whether anything was replayed */
export function logLimits(
  { logs, classes, runs, unknownModels }: ReviewedLogs,
  sources: readonly string[],
  isReplayed: boolean,
): LogLimits {
  const { gaps, propensities } = logs;
  const share = (count: number) => percent(count / gaps.tasks);
  const some = (count: number, words: (share: string) => string) => (count === 0 ? [] : [words(share(count))]);
  const planned = classes.flatMap(({ comparisons, samples }) => (comparisons.length === 0 ? samples.slice(0, 1) : []));
  return {
    sources,
    isReplayed,
    tasks: gaps.tasks,
    outside: gaps.outside,
    planned: {
      passes: planned.length,
      replays: 2 * planned.reduce((sum, { pairs }) => sum + pairs, 0),
      costNanoUsd: planned.reduce((sum, { expectedCostNanoUsd }) => sum + expectedCostNanoUsd, 0),
    },
    notKnown: [
      'How these tasks would have gone on a model that did not serve them: logs show one answer to each.',
      'Whether a score in the logs means what a replay’s score means, unless the same grader gave both.',
      ...some(gaps.withoutTier, (part) => `The privacy tier of ${part} of the tasks; they were taken for what --privacy-tier says.`),
      ...some(gaps.withoutScore, (part) => `How well ${part} of the tasks were answered: no score.`),
      ...some(gaps.withoutCost, (part) => `What ${part} of the tasks cost: neither a cost, nor tokens of a model with a price.`),
      ...some(gaps.pricedHere, (part) => `What ${part} of the tasks were billed: their cost is their tokens at the catalogue’s prices.`),
      ...some(gaps.withoutLatency, (part) => `How long ${part} of the tasks took.`),
      ...some(
        gaps.withoutTenant,
        (part) => `Whose ${part} of the tasks were: tasks of one customer may be more alike than they look here.`,
      ),
      ...some(gaps.unclassified, (part) => `Of which class ${part} of the tasks are: neither a class, a type, nor a prompt.`),
      ...some(
        gaps.withoutPropensity,
        (part) => `With which probability ${part} of the tasks got their model, so that nothing is estimated from them.`,
      ),
      ...(unknownModels.length === 0 ? [] : [unknownNames(unknownModels)]),
      ...(isReplayed
        ? [
            'What the replay command does: its answers, scores and costs were taken as it gave them, and no known-bad answers were mixed in.',
          ]
        : ['Everything that a replay would show. Without one nothing is proved, and nothing is proposed.']),
      ...runs.flatMap(({ name, pass, known }) =>
        Object.entries(known).map(
          ([source, pairs]) =>
            `Whether ${counted(pairs, 'pair')} of "${name}", pass ${pass}, would come out the same today: they are those of ${source}, and were not replayed.`,
        ),
      ),
      ...runs.flatMap(({ name, pass, asked, answered, failure }) =>
        failure === undefined && answered === asked
          ? []
          : [`${asked - answered} of ${counted(asked, 'replay')} of "${name}", pass ${pass}.${failure === undefined ? '' : ` ${failure}`}`],
      ),
    ],
    estimates: propensities.values().map(({ taskClass, model, choices, snips, dr, ess, isTooFew }) => ({
      ...{ taskClass, model, choices, effective: ess },
      quality: isTooFew ? null : snips,
      doublyRobust: isTooFew ? null : dr,
    })),
  };
}

function unknownNames(names: readonly UnknownModel[]): string {
  const shown = names
    .slice(0, MOST_NAMES)
    .map(
      ({ name, tasks, suggestion }) => `${name} (${counted(tasks, 'task')}${suggestion === undefined ? '' : `, perhaps ${suggestion}`})`,
    );
  const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : '';
  return `Which models of the catalogue these names are: ${shown.join(', ')}${more}. --map says so.`;
}
