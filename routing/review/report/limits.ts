/** What a review's numbers do not say. A report without this would be believed too far. */

import type { Comparison } from '../prove/evidence';
import { DAY_MS, HOUR_MS } from '../settings';
import type { ReportedClass, ReportIdentity, ReportLimits } from './report';
import { duration, percent } from './words';

/** Coverage below which the report warns that what could not be replayed may differ. */
const LOW_COVERAGE = 0.8;

/** @param classes with their proposals; only what was replayed is spoken of by name */
export function reportLimits({ settings, windowTo }: ReportIdentity, classes: readonly ReportedClass[]): ReportLimits {
  const replayed = classes.filter(({ proposal }) => (proposal?.comparisons.length ?? 0) > 0);
  return {
    notTested: [
      'Live traffic: a replay is made on past tasks, one at a time, away from the load of the day. The canary is what tests it.',
      'What the graders do not judge: tone, style, and whatever else no score was given for.',
      'Streaming, the time to the first token, and the provider’s rate limits at full volume.',
      'Fallbacks of the new routes: only the first model was replayed.',
      ...replayed.flatMap(untested),
    ],
    assumptions: [
      `The coming tasks are like those of the window, and as many. The window ended ${new Date(windowTo).toISOString().slice(0, 10)}.`,
      'Prices stay those of the catalogue version named in this report.',
      'The graders are right. A grader that errs at random makes models look more alike than they are.',
      ...replayed.flatMap(judged),
      ...compressed(settings),
      ...(settings.verdict.singleOperator
        ? ['One person both asks for reviews and approves them (single_operator is set): nobody else looks at this report.']
        : []),
    ],
  };
}

function untested({ name, proposal }: ReportedClass): string[] {
  const comparison = proposal?.comparisons.at(-1);
  const sample = proposal?.samples.at(-1);
  if (comparison === undefined || sample === undefined) return [];
  const { plan, replayedInMs } = sample;
  return [
    ...(plan.coverage < LOW_COVERAGE
      ? [`"${name}": ${percent(1 - plan.coverage)} of its tasks could not be replayed, and need not be like the others.`]
      : []),
    ...(replayedInMs !== null && replayedInMs < DAY_MS
      ? [`"${name}": all replays ran within ${duration(replayedInMs)}. How the providers differ from day to day is not in the interval.`]
      : []),
    ...(excluded(comparison) > 0 ? [`"${name}": ${excluded(comparison)} pairs were left out because a provider or a grader failed.`] : []),
  ];
}

/** What is believed of a judge beyond what its labels show. */
function judged({ name, proposal }: ReportedClass): string[] {
  const judge = proposal?.comparisons.at(-1)?.judge;
  if (judge === undefined) return [];
  return [
    `"${name}": ${judge.model} errs on these answers as it did on the labelled ones. It said which answer is better, not whether either is good.`,
  ];
}

function excluded(comparison: Comparison): number {
  return Object.values(comparison.excluded).reduce((sum, count) => sum + count, 0);
}

/** A rollout in minutes tests the machinery; it does not see a week. */
function compressed({ canary }: ReportIdentity['settings']): string[] {
  const quick = canary.soakMs < DAY_MS || canary.dwellMs.some((ms) => ms < HOUR_MS);
  const steps = canary.dwellMs.map(duration).join(', ');
  return quick
    ? [
        `Time is compressed: the steps of the rollout last at least ${steps}, and the soak ${duration(canary.soakMs)}. No daily or weekly rhythm is seen.`,
      ]
    : [];
}
