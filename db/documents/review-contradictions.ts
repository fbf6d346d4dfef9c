/**
 * What cannot hold together in the settings of reviews, defaults included: a file that changes one of them must not silently break
 * another.
 */

import { type CanarySettings, DAY_MS, HOUR_MS, MINUTE_MS, type ReviewSettings } from '../../routing/review/settings';
import { CLASS_NAME, CLASS_NAME_RULE } from './class-name';
import type { DocumentPath } from './problem';

/** What is wrong, at a path below `review`. */
export interface ReviewContradiction {
  readonly path: DocumentPath;
  readonly message: string;
  readonly place: 'key' | 'value';
}

/** A name that stands for everything, and so for no class and no group. */
const EVERYTHING = 'all';

/** @param classNames classes that the same file names elsewhere */
export function findReviewContradictions(settings: ReviewSettings, classNames: readonly string[]): readonly ReviewContradiction[] {
  return [...groupProblems(settings, classNames), ...limitProblems(settings), ...stepProblems(settings.canary)];
}

function groupProblems({ groups, proof }: ReviewSettings, classNames: readonly string[]): ReviewContradiction[] {
  const problems: ReviewContradiction[] = [];
  const groupOf = new Map<string, string>();
  const members = new Set([...Object.values(groups).flat(), ...classNames]);
  for (const [group, classes] of Object.entries(groups)) {
    const path = ['groups', group];
    if (!CLASS_NAME.test(group)) {
      problems.push({ path, message: CLASS_NAME_RULE, place: 'key' });
    } else if (group === EVERYTHING) {
      problems.push({ path, message: `"${EVERYTHING}" stands for every class. Give the group another name.`, place: 'key' });
    } else if (members.has(group)) {
      problems.push({ path, message: `"${group}" is also the name of a class. Give the group another name.`, place: 'key' });
    }
    for (const [index, name] of classes.entries()) {
      const other = groupOf.get(name);
      groupOf.set(name, group);
      if (other === undefined) continue;
      const where = other === group ? 'here twice' : `in the group "${other}" too, and would be judged twice`;
      problems.push({ path: [...path, index], message: `"${name}" is ${where}. Keep one.`, place: 'value' });
    }
  }
  for (const [index, name] of proof.highRiskClasses.entries()) {
    if (proof.highRiskClasses.indexOf(name) < index) {
      problems.push({ path: ['high_risk', index], message: `"${name}" is here twice. Keep one.`, place: 'value' });
    }
  }
  return problems;
}

function limitProblems({ replay, canary, stability, watch }: ReviewSettings): ReviewContradiction[] {
  const rolloutMs = canary.dwellMs.reduce((sum, ms) => sum + ms, canary.soakMs);
  const rules: readonly (readonly [broken: boolean, path: DocumentPath, message: string])[] = [
    [
      replay.minPairs > replay.maxPairs,
      ['replay', 'min_pairs'],
      `At least ${replay.minPairs} pairs are asked for, and at most ${replay.maxPairs} allowed. Lower it, or raise "max_pairs".`,
    ],
    [
      replay.blocks > replay.minPairs,
      ['replay', 'blocks'],
      `${replay.minPairs} pairs do not fill ${replay.blocks} blocks. Lower it, or raise "min_pairs".`,
    ],
    [
      canary.leaseMs < 2 * canary.tickMs,
      ['canary', 'lease_minutes'],
      `A weight would end by itself between two looks: it lasts ${lengthOf(canary.leaseMs)}, and a look comes every ${lengthOf(canary.tickMs)}. Give it at least two looks.`,
    ],
    [
      canary.deadlineMs <= rolloutMs,
      ['canary', 'deadline_days'],
      `Steps and soak take ${lengthOf(rolloutMs)} at least, so a rollout would be held after ${lengthOf(canary.deadlineMs)} whatever it shows. Raise it.`,
    ],
    [
      canary.labelWindowMs >= canary.deadlineMs,
      ['canary', 'label_window_hours'],
      `No task would be old enough to be compared: that takes ${lengthOf(canary.labelWindowMs)}, and the rollout is held after ${lengthOf(canary.deadlineMs)}. Lower it.`,
    ],
    [
      stability.cooldownMs > stability.maxCooldownMs,
      ['stability', 'cooldown_days'],
      `The first cool-down of ${lengthOf(stability.cooldownMs)} is longer than the longest of ${lengthOf(stability.maxCooldownMs)}. Lower it, or raise "max_cooldown_days".`,
    ],
    [
      watch.tickMs > watch.durationMs,
      ['watch', 'tick_minutes'],
      `The watch ends after ${lengthOf(watch.durationMs)}, before its first look after ${lengthOf(watch.tickMs)}. Lower it, or raise "duration_days".`,
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, path, message]) => ({ path, message, place: 'value' }));
}

function stepProblems({ steps }: CanarySettings): ReviewContradiction[] {
  return steps.flatMap((share, index) => {
    const before = steps[index - 1];
    if (before === undefined || share > before) return [];
    const message = `Steps go upwards: ${share} must be above ${before}.`;
    return [{ path: ['canary', 'steps', index, 'share'], message, place: 'value' as const }];
  });
}

const UNITS = [
  ['day', DAY_MS],
  ['hour', HOUR_MS],
  ['minute', MINUTE_MS],
  ['second', 1000],
] as const;

/** In the largest unit that it has at least one of: `2 hours`, `1.5 days`, `400 ms`. */
function lengthOf(ms: number): string {
  const unit = UNITS.find(([, unitMs]) => ms >= unitMs);
  if (unit === undefined) return `${ms} ms`;
  const amount = Number((ms / unit[1]).toFixed(2));
  return `${amount} ${unit[0]}${amount === 1 ? '' : 's'}`;
}
