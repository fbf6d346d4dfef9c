/**
 * What cascades save on recorded tasks, beside one other model for all and a random mix: chosen on one half, measured on the other.
 *
 * The recordings hold qualities and costs, not answers. So checks are simulated: they are right on a given share of answers, good and
 * bad alike, and what follows is taken as its expectation. Agreement of two cheap models is partly recorded: two right answers agree, a
 * right and a wrong one do not, and of two wrong ones nobody knows; both cases are shown.
 */

import { join } from 'node:path';
import { packageRoot } from '../../db/documents/package-root';
import { type RecordedTask, readRecording } from '../../db/documents/recording';
import { seededFraction } from '../../routing/decision/seeded-fraction';
import { quantileType7 } from '../../routing/statistics/quantiles';
import { seededRandom } from '../../routing/statistics/random';
import { agreement, cascade, mix, type Reached, single, type Way } from './cascade-ways';

const SEED = 'cascades';

/** Quality that may be lost, as a share of 1. */
const MARGIN = 0.01;

const ACCURACIES = [0.8, 0.9, 0.95, 1];

const RESAMPLES = 1_000;

/** Shares of the dearer model that a mix is looked for in. */
const MIX_SHARES = Array.from({ length: 21 }, (_, index) => index / 20);

const RECORDINGS = ['llmrouter', 'routellm-gsm8k', 'routellm-mmlu'] as const;

/** Those whose classes are large enough for a choice of their own. */
const BY_CLASS: ReadonlySet<string> = new Set(['llmrouter']);

export interface Measured {
  /** What was chosen on the first half. */
  readonly chosen: string;
  /** Share of the strong model's cost that is saved on the held-out half, and quality against it; with 95 % intervals. */
  readonly saved: Estimated;
  readonly qualityChange: Estimated;
  /** The loss on the held-out half is at most a point, as it was on the first. */
  readonly isKept: boolean;
}

interface Estimated {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface CascadesReport {
  readonly recordings: readonly {
    readonly name: string;
    readonly tasks: number;
    readonly heldOut: number;
    /** The best model of the first half, which all is compared with. */
    readonly strong: string;
    readonly ways: Readonly<Record<string, Measured | null>>;
  }[];
}

export async function cascadesReport(): Promise<CascadesReport> {
  const folder = join(packageRoot(), 'data', 'recorded');
  const recordings = [];
  for (const name of RECORDINGS) {
    const tasks = await readRecording(join(folder, `${name}.dev.jsonl.gz`));
    recordings.push(measure(name, tasks, chooseForAll));
    if (BY_CLASS.has(name)) recordings.push(measure(`${name}, a route for each class`, tasks, chooseByClass));
  }
  return { recordings };
}

/** What is chosen among ways, on tasks that the strong model answered too; undefined: none saves anything. */
type Choice = (among: readonly Way[], strong: Way, first: readonly RecordedTask[]) => Way | undefined;

function measure(name: string, tasks: readonly RecordedTask[], choose: Choice): CascadesReport['recordings'][number] {
  const first = tasks.filter((task) => !isHeldOut(task));
  const held = tasks.filter(isHeldOut);
  const models = Object.keys(tasks[0]?.models ?? {});
  const singles = models.map(single);
  const strong = singles.reduce((best, way) => (meanOf(first, way).quality > meanOf(first, best).quality ? way : best));
  const pairs = singles.flatMap((cheap) => (meanOf(first, cheap).costUsd < meanOf(first, strong).costUsd ? [cheap.name] : []));
  const families: Record<string, readonly Way[]> = {
    'one other model': singles,
    'random mix': pairs.flatMap((cheap) => singles.flatMap((other) => MIX_SHARES.map((share) => mix(cheap, other.name, share)))),
    ...Object.fromEntries(
      ACCURACIES.map((accuracy) => [
        `cascade, check right ${Math.round(accuracy * 100)} in 100 (simulated)`,
        pairs.flatMap((cheap) => models.filter((model) => model !== cheap).map((last) => cascade(cheap, last, accuracy))),
      ]),
    ),
  };
  if (pairs.length > 1) {
    for (const alike of [false, true]) {
      const kind = alike ? 'always' : 'never';
      families[`cascade, two cheap models agree (wrong answers ${kind} alike)`] = pairs.flatMap((cheap) =>
        pairs.flatMap((second) =>
          second === cheap
            ? []
            : models.filter((model) => model !== cheap && model !== second).map((last) => agreement(cheap, second, last, alike)),
        ),
      );
    }
  }
  const ways = Object.fromEntries(
    Object.entries(families).map(([family, among]) => {
      const chosen = choose(among, strong, first);
      return [family, chosen === undefined ? null : measureOn(held, chosen, strong)];
    }),
  );
  return { name, tasks: tasks.length, heldOut: held.length, strong: strong.name, ways };
}

/** The way that saves most at no more than a point of quality lost. */
function chooseForAll(among: readonly Way[], strong: Way, first: readonly RecordedTask[]): Way | undefined {
  const baseline = meanOf(first, strong);
  const open = among.map((way) => ({ way, mean: meanOf(first, way) })).filter(({ mean }) => mean.quality >= baseline.quality - MARGIN);
  const best = open.reduce<(typeof open)[number] | undefined>(
    (a, b) => (a === undefined || b.mean.costUsd < a.mean.costUsd ? b : a),
    undefined,
  );
  return best === undefined || best.mean.costUsd >= baseline.costUsd ? undefined : best.way;
}

/** The same for each class by itself; a class where nothing saves stays with the strong model. */
function chooseByClass(among: readonly Way[], strong: Way, first: readonly RecordedTask[]): Way | undefined {
  const chosen = new Map<string, Way>();
  for (const [taskClass, tasks] of Map.groupBy(first, (task) => task.task_class)) {
    const way = chooseForAll(among, strong, tasks);
    if (way !== undefined) chosen.set(taskClass, way);
  }
  if (chosen.size === 0) return undefined;
  return { name: `${chosen.size} classes changed`, of: (task) => (chosen.get(task.task_class) ?? strong).of(task) };
}

function measureOn(held: readonly RecordedTask[], way: Way, strong: Way): Measured {
  const { saved, qualityChange } = resampled(way, strong, held);
  return { chosen: way.name, saved, qualityChange, isKept: qualityChange.value >= -MARGIN };
}

/** Point and 95 % percentile interval over tasks, resampled whole: copies of one text go together. */
function resampled(way: Way, strong: Way, tasks: readonly RecordedTask[]): Pick<Measured, 'saved' | 'qualityChange'> {
  const clusters = [...Map.groupBy(tasks, clusterOf).values()].map((copies) =>
    copies
      .map((task) => ({ count: 1, way: way.of(task), strong: strong.of(task) }))
      .reduce((sum, task) => ({
        count: sum.count + task.count,
        way: add(sum.way, task.way),
        strong: add(sum.strong, task.strong),
      })),
  );
  const figures = (drawn: typeof clusters) => {
    let count = 0;
    let costs = 0;
    let strongCosts = 0;
    let gained = 0;
    for (const cluster of drawn) {
      count += cluster.count;
      costs += cluster.way.costUsd;
      strongCosts += cluster.strong.costUsd;
      gained += cluster.way.quality - cluster.strong.quality;
    }
    return { saved: 1 - costs / strongCosts, change: gained / count };
  };
  const point = figures(clusters);
  const random = seededRandom(SEED);
  const draws = Array.from({ length: RESAMPLES }, () =>
    figures(Array.from({ length: clusters.length }, () => clusters[Math.floor(random() * clusters.length)]!)),
  );
  const interval = (value: number, values: readonly number[]): Estimated => {
    const sorted = [...values].sort((a, b) => a - b);
    return { value, low: quantileType7(sorted, 0.025) ?? value, high: quantileType7(sorted, 0.975) ?? value };
  };
  return {
    saved: interval(
      point.saved,
      draws.map(({ saved }) => saved),
    ),
    qualityChange: interval(
      point.change,
      draws.map(({ change }) => change),
    ),
  };
}

function add(a: Reached, b: Reached): Reached {
  return { costUsd: a.costUsd + b.costUsd, quality: a.quality + b.quality };
}

function meanOf(tasks: readonly RecordedTask[], way: Way): Reached {
  const sum = tasks.map(way.of).reduce(add);
  return { costUsd: sum.costUsd / tasks.length, quality: sum.quality / tasks.length };
}

function clusterOf({ id }: RecordedTask): string {
  return id.replace(/~\d+$/, '');
}

/** Half of the texts, by a hash: copies of one text are on the same side. */
function isHeldOut(task: RecordedTask): boolean {
  return seededFraction(`${SEED}\n${clusterOf(task)}`, 0) < 0.5;
}

export function renderCascadesReport({ recordings }: CascadesReport): string {
  const sections = recordings.map(({ name, tasks, heldOut, strong, ways }) => {
    const lines = Object.entries(ways).map(
      ([family, measured]) => `  ${family.padEnd(62)} ${measured === null ? 'nothing saves' : rendered(measured)}`,
    );
    return [`${name}: ${tasks} tasks, ${heldOut} held out, against ${strong}`, ...lines].join('\n');
  });
  const legend = [
    'Chosen on one half: what saves most at no more than 1 point of quality lost there. Measured on the other half; 95 % intervals over',
    'resampled tasks. Simulated checks are right that often on good and bad answers alike, and cost as much as the cheap answer.',
  ];
  return [...sections, legend.join('\n')].join('\n\n');
}

function rendered({ chosen, saved, qualityChange, isKept }: Measured): string {
  const percent = ({ value, low, high }: Estimated) =>
    [value, low, high].map((share) => (share * 100).toFixed(1)) as [string, string, string];
  const [save, saveLow, saveHigh] = percent(saved);
  const [change, changeLow, changeHigh] = percent(qualityChange);
  return `saves ${save} % (${saveLow} to ${saveHigh}), quality ${change} points (${changeLow} to ${changeHigh})${isKept ? '' : ', more than 1 lost'}: ${chosen}`;
}
