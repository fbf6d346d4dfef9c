/** What the replays of a proposal add to its report, from their rows. */

import { manifestSha256 } from '../../db/documents/evidence-hash';
import type { ReplayEvidence } from '../../db/queries/reports';
import type { SamplePlan } from '../../routing/review/findings';
import type { ReportedSample, ReportIdentity } from '../../routing/review/report/report';

/** Each pass as it was drawn and replayed. */
export function reportedSamples(plans: readonly SamplePlan[], { drawn, replays }: ReplayEvidence): readonly ReportedSample[] {
  return plans.map((plan) => {
    const tasks = drawn.filter(({ pass }) => pass === plan.pass);
    const calls = replays.filter(({ pass }) => pass === plan.pass);
    return {
      plan,
      tasks: tasks.length,
      sentinels: tasks.filter(({ isSentinel }) => isSentinel).length,
      blocks: new Set(tasks.map(({ block }) => block)).size,
      clusters: new Set(tasks.map(({ cluster }) => cluster)).size,
      replayedInMs:
        calls.length === 0 ? null : Math.max(...calls.map(({ doneAt }) => doneAt)) - Math.min(...calls.map(({ openedAt }) => openedAt)),
      manifestSha256: manifestSha256(tasks),
    };
  });
}

/** What every model was seen to serve, over all proposals. */
export function fingerprintsOf(evidence: readonly ReplayEvidence[]): ReportIdentity['fingerprints'] {
  const seen = new Map<string, Set<string>>();
  for (const [model, names] of evidence.flatMap(({ fingerprints }) => Object.entries(fingerprints))) {
    seen.set(model, new Set([...(seen.get(model) ?? []), ...names]));
  }
  return Object.fromEntries([...seen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([model, names]) => [model, [...names].sort()]));
}
