/** What a report does not say, and what exactly it was made of. */

import type { ReviewReport } from '../../routing/review/report/report';
import { duration, listed, percent } from '../../routing/review/report/words';
import type { ReviewSettings } from '../../routing/review/settings';
import { type Cell, type Section, table } from './blocks';
import { instant, money } from './figures';

export function limitSections({ limits }: ReviewReport): readonly Section[] {
  return [
    { title: 'What was not tested', level: 2, blocks: [{ kind: 'list', items: limits.notTested }] },
    { title: 'What is assumed', level: 2, blocks: [{ kind: 'list', items: limits.assumptions }] },
  ];
}

export function identitySections({ identity, classes }: ReviewReport): readonly Section[] {
  const fingerprints = Object.entries(identity.fingerprints).map(([model, served]) => [
    model,
    served.length === 0 ? null : served.join(', '),
  ]);
  const evidence = classes.flatMap(({ name, proposal }) =>
    proposal?.evidenceSha256 === undefined ? [] : [[name, proposal.evidenceSha256]],
  );
  return [
    {
      title: 'What this report was made of',
      level: 2,
      blocks: [
        ...table('Evidence that an approval is bound to.', ['class', 'SHA-256'], evidence),
        ...table('Versions.', ['', ''], versions(identity)),
        ...table('What the providers said that they served.', ['model', 'served'], fingerprints),
        ...table('Settings of the policy, as they were when the review began.', ['', ''], settingsRows(identity.settings)),
      ],
    },
  ];
}

function versions({ policy, catalogueVersion, codeVersion, seed, startedAt, reportedAt }: ReviewReport['identity']): readonly Cell[][] {
  return [
    ['policy', `version ${policy.version}, ${policy.sha256}`],
    ['catalogue and prices', catalogueVersion],
    ['program', codeVersion],
    ['seed', seed],
    ['begun, reported', `${instant(startedAt)}, ${instant(reportedAt)}`],
  ];
}

function settingsRows({ groups, screen, replay, proof, verdict, canary, stability, judge }: ReviewSettings): readonly Cell[][] {
  const named = Object.entries(groups).map(([name, members]) => `${name}: ${members.join(', ')}`);
  return [
    ['groups', named.length === 0 ? 'none' : named.join('; ')],
    ['window', duration(screen.windowMs)],
    ['least saving', `${percent(screen.minSavingShare)} and ${money(screen.minSavingPerMonthNanoUsd)} a month`],
    [
      'replays',
      `at most ${money(replay.capNanoUsd)}, ${percent(replay.maxShareOfSaving)} of the saving, ${duration(replay.maxMs)}, ${replay.maxPasses} passes`,
    ],
    ['pairs of a pass', `${replay.minPairs} to ${replay.maxPairs}, for a power of ${percent(replay.power)}`],
    ['error of a pass, one-sided', percent(proof.alpha)],
    ['wrong proposals among those shown, expected', percent(proof.falseDiscoveryRate)],
    ['classes of high risk', proof.highRiskClasses.length === 0 ? 'none' : listed(proof.highRiskClasses)],
    ['latency', `p95 at most ${proof.maxLatencyRatio} times the old`],
    ['drops from success to failure', `at most ${percent(proof.catastrophicCap)}`],
    ['approvers', verdict.approvers.length === 0 ? 'everybody but the proposer' : listed(verdict.approvers)],
    ['single operator', verdict.singleOperator ? 'yes' : 'no'],
    ...(judge === undefined
      ? []
      : [['judge', `${judge.model}; kappa ${judge.minKappa} on ${judge.minLabels} labels, flips at most ${percent(judge.maxFlipRate)}`]]),
    ['canary error', percent(canary.alpha)],
    [
      'dwell after a change; cooldown after a setback',
      `${duration(stability.dwellMs)}; ${duration(stability.cooldownMs)} to ${duration(stability.maxCooldownMs)}`,
    ],
  ];
}
