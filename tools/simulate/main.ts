/**
 * `npm run simulate`: the operating characteristics that docs/statistics.md quotes, by simulation of worlds whose truth is known.
 * Ends with 1 when a figure is not what it must be.
 *
 *     npm run simulate -- [--seed TEXT] [--effort SHARE] [--only PART]… [--json]
 */

import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { seededRandom } from '../../routing/statistics/random';
import { canaryFigures } from './canaries';
import type { Random } from './draw';
import { driftFigures } from './drift';
import type { Figure } from './figure';
import { judgingFigures } from './judging';
import { replayFigures } from './replays';
import { worldFigures } from './worlds/figures';

/** Runs of the cheapest simulations at effort 1; dearer ones take a share of them. */
const RUNS = 50_000;

const PARTS: Readonly<Record<string, (random: Random, runs: number) => Figure[]>> = {
  replays: replayFigures,
  judging: judgingFigures,
  canaries: canaryFigures,
  drift: driftFigures,
  worlds: worldFigures,
};

function main(): number {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: 'signalbox' },
      effort: { type: 'string', default: '1' },
      only: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
    },
  });
  const effort = Number(values.effort);
  const wanted = values.only ?? Object.keys(PARTS);
  const unknown = wanted.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0 || !(effort > 0 && effort <= 100)) {
    console.error(
      `There is no part "${unknown.join('", "')}", or the effort is not above 0 and at most 100. Parts: ${Object.keys(PARTS).join(', ')}.`,
    );
    return 2;
  }
  const startedAt = performance.now();
  const reports = wanted.map((name) => {
    // A seed of its own for each part, so that one part alone gives what it gives among the others.
    const seed = `${values.seed}/${name}`;
    const figures = PARTS[name]!(seededRandom(seed), Math.max(50, Math.round(RUNS * effort)));
    if (!values.json) console.log(`\n── ${name}, seed "${seed}"\n${render(figures)}`);
    return { part: name, seed, figures };
  });
  const all = reports.flatMap(({ figures }) => figures);
  const missed = all.filter(({ isMet }) => !isMet);
  const seconds = (performance.now() - startedAt) / 1000;
  if (values.json) console.log(JSON.stringify({ seed: values.seed, effort, seconds, reports }, null, 2));
  else
    console.log(
      `\n${all.length - missed.length} of ${all.length} figures are what they must be, within three Monte-Carlo errors; ${seconds.toFixed(0)} s.`,
    );
  return missed.length === 0 ? 0 : 1;
}

function render(figures: readonly Figure[]): string {
  const table = new Table({
    head: ['', 'must be', 'is', '±', 'runs', ''],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right', 'left'],
  });
  for (const figure of figures) {
    const { name, bound, aim, measured, error, runs, isMet } = figure;
    const digits = ['share', 'difference', 'rate'].includes(figure.unit) ? 4 : 1;
    const aimed = Number(aim.toFixed(digits));
    table.push([name, `${bound} ${aimed}`, measured.toFixed(digits), error.toFixed(digits), runs, isMet ? '' : 'NOT MET']);
  }
  return table.toString();
}

process.exitCode = main();
