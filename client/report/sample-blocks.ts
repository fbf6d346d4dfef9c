/** Which tasks were replayed, and which could not be. */

import type { ReportedProposal, ReportedSample } from '../../routing/review/report/report';
import { duration, percent } from '../../routing/review/report/words';
import { type Block, type Cell, right, table } from './blocks';
import { money, shortHash } from './figures';

export function sampleBlocks({ samples }: ReportedProposal): readonly Block[] {
  return samples.flatMap((sample) => [
    ...table(`Pass ${sample.plan.pass}.`, ['', ''], passRows(sample)),
    ...table(
      `Strata of pass ${sample.plan.pass}.`,
      ['stratum', right('in the frame'), right('drawn'), right('share of the frame')],
      sample.plan.strata.map(({ name, size, drawn }) => [
        name,
        size,
        drawn,
        sample.plan.frame === 0 ? null : percent(size / sample.plan.frame),
      ]),
    ),
  ]);
}

function passRows({ plan, tasks, sentinels, blocks, clusters, replayedInMs, manifestSha256 }: ReportedSample): readonly Cell[][] {
  const excluded = Object.entries(plan.excluded).map(([why, count]) => `${count} ${why}`);
  return [
    ['frame (tasks that could be replayed, without duplicates)', plan.frame],
    ['share of the class that it covers', percent(plan.coverage)],
    ['duplicates left out', plan.duplicates],
    ['tasks that cannot be replayed', excluded.length === 0 ? 'none' : excluded.join(', ')],
    ['drawn, sentinels among them', `${tasks}, ${sentinels}`],
    ['pairs planned, wanted for the power, needed to decide at all', `${plan.pairs}, ${plan.pairsWanted}, ${plan.pairsNeeded}`],
    ['blocks, clusters', `${blocks}, ${clusters}`],
    ['replayed within', replayedInMs === null ? null : duration(replayedInMs)],
    ['expected cost', money(plan.expectedCostNanoUsd)],
    ['seed', plan.seed],
    ['manifest', shortHash(manifestSha256)],
  ];
}
