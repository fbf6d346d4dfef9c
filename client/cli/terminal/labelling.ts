/**
 * Labelling in a terminal: two answers side by side, one key for what is said of them. Nobody learns which model wrote which, and what
 * was said is kept before the next pair is shown.
 */

import type { PairVerdict } from '../../../routing/judging/judgement';
import { type Prompt, textOf } from '../../../routing/task/prompt';
import { sideBySide, wrapped } from './columns';
import { withoutEscapes } from './text';

/** A pair on its way through a session. */
export interface SessionPair {
  readonly name: string;
  /** Of this person, from an earlier session; null: none. */
  readonly label: PairVerdict | null;
  /** The baseline's answer stands on the left. */
  readonly isBaselineLeft: boolean;
}

/** What a session needs of the world. */
export interface SessionWorld<Pair extends SessionPair> {
  /** Characters as they are typed; ends when nobody types any more. */
  readonly keys: AsyncIterable<string>;
  readonly show: (text: string) => void;
  readonly columns: () => number;
  readonly rows: () => number;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  /** Undefined: it was erased meanwhile. */
  readonly load: (pair: Pair) => Promise<{ readonly prompt: Prompt; readonly baseline: string; readonly candidate: string } | undefined>;
  readonly keep: (pair: Pair, verdict: PairVerdict) => Promise<void>;
  /** What makes an answer good. */
  readonly rubricOf: (pair: Pair) => string;
  /** Labels that the judge must be compared with. */
  readonly wanted: number;
}

/** What a session came to. */
export interface SessionEnd {
  readonly labelled: number;
  readonly skipped: number;
  /** Pairs that this person has not labelled. */
  readonly left: number;
}

const HELP = [
  '1  the left answer is better',
  '2  the right answer is better',
  '0  neither is better (t does the same)',
  's  skip this pair; it comes again the next time',
  'u  take back: show the pair before, to say something else',
  'r  show what makes an answer good',
  'm  show more of a long task or answer',
  'q  end; what was said is kept, and the next session goes on here',
].join('\n');

const [CTRL_C, CTRL_D] = ['\u0003', '\u0004'];
/** Lines beside task and answers: title, rules, the question. */
const FRAME_LINES = 9;
/** Narrower answers stand below each other. */
const LEAST_COLUMNS = 60;

/** Shows pair after pair until each is labelled or somebody has had enough. Those that have a label are not shown again. */
export async function labelInTerminal<Pair extends SessionPair>(pairs: readonly Pair[], world: SessionWorld<Pair>): Promise<SessionEnd> {
  const open = pairs.filter(({ label }) => label === null);
  const before = pairs.length - open.length;
  const labelled = new Set<Pair>();
  const skipped = new Set<Pair>();
  const keys = world.keys[Symbol.asyncIterator]();
  const end = (): SessionEnd => ({ labelled: labelled.size, skipped: skipped.size, left: open.length - labelled.size });

  for (let at = 0; at < open.length; ) {
    const pair = open[at]!;
    const content = await world.load(pair);
    if (content === undefined) {
      at += 1;
      continue;
    }
    const title = `Pair ${before + at + 1} of ${pairs.length}, ${before + labelled.size} labelled (the judge needs ${world.wanted})  ${pair.name}`;
    let isWhole = false;
    world.show(page(title, content, pair, world, isWhole));
    for (;;) {
      const typed = await keys.next();
      const key = typed.done ? 'q' : typed.value;
      if (key === 'q' || key === CTRL_C || key === CTRL_D) return end();
      const verdict = verdictOf(key, pair.isBaselineLeft);
      if (verdict !== undefined) {
        await world.keep(pair, verdict);
        labelled.add(pair);
        skipped.delete(pair);
        at += 1;
        break;
      }
      if (key === 's') {
        if (!labelled.has(pair)) skipped.add(pair);
        at += 1;
        break;
      }
      if (key === 'u' && at > 0) {
        at -= 1;
        break;
      }
      if (key === 'm') {
        isWhole = true;
        world.show(page(title, content, pair, world, isWhole));
      } else if (key === 'r') world.show(`\nWhat makes an answer good:\n${withoutEscapes(world.rubricOf(pair))}\n`);
      else if (key === 'u') world.show('There is no pair before this one.');
      else world.show(`\n${HELP}\n`);
    }
  }
  return end();
}

function verdictOf(key: string, isBaselineLeft: boolean): PairVerdict | undefined {
  if (key === '0' || key === 't') return 'tie';
  if (key === '1') return isBaselineLeft ? 'baseline' : 'candidate';
  if (key === '2') return isBaselineLeft ? 'candidate' : 'baseline';
  return undefined;
}

function page(
  title: string,
  { prompt, baseline, candidate }: { readonly prompt: Prompt; readonly baseline: string; readonly candidate: string },
  { isBaselineLeft }: SessionPair,
  { columns, rows, bold, dim }: Pick<SessionWorld<never>, 'columns' | 'rows' | 'bold' | 'dim'>,
  isWhole: boolean,
): string {
  const width = Math.max(20, columns());
  const room = isWhole ? Number.POSITIVE_INFINITY : Math.max(8, rows() - FRAME_LINES);
  const task = prompt.messages.map((message) => `${dim(`${message.role}:`)} ${shownText(textOf(message))}`).join('\n');
  const [left, right] = (isBaselineLeft ? [baseline, candidate] : [candidate, baseline]).map(shownText) as [string, string];
  const shownTask = cut(wrapped(task, width), Math.ceil(room / 3), dim);
  const answers =
    width < LEAST_COLUMNS
      ? [[left, '1'] as const, [right, '2'] as const].flatMap(([answer, key]) => [bold(key), ...cut(wrapped(answer, width), room / 3, dim)])
      : cut(sideBySide(`1\n${left}`, `2\n${right}`, width), room - shownTask.length, dim);
  const rule = dim('─'.repeat(width));
  const question = `Which answer is better?  ${bold('1')} left  ${bold('2')} right  ${bold('0')} neither  ${bold('s')} skip  ${bold('u')} back  ${bold('r')} rubric  ${bold('q')} end  ${bold('?')} help`;
  return ['', bold(title), rule, ...shownTask, rule, ...answers, rule, question].join('\n');
}

/** Nobody reads more of an answer, and wrapping it takes time. */
const LONGEST_TEXT = 40_000;

function shownText(text: string): string {
  const shown = withoutEscapes(text.slice(0, LONGEST_TEXT));
  return text.length <= LONGEST_TEXT ? shown : `${shown}\n… and ${text.length - LONGEST_TEXT} more characters`;
}

/** The first lines, and how many follow. */
function cut(lines: readonly string[], most: number, dim: (text: string) => string): readonly string[] {
  if (lines.length <= most) return lines;
  const shown = Math.max(3, Math.floor(most) - 1);
  return [...lines.slice(0, shown), dim(`… ${lines.length - shown} more lines (m)`)];
}
