/**
 * Turns a reading into the features that types are judged by: which rule holds and where, and which words of the
 * learned vocabulary occur.
 */

import { CUES } from './cues';
import { SHAPE_RULES } from './shape-rules';
import { WORD_RULES } from './type-rules';
import { hashPair, hashWord } from './word-hash';
import { indexTerms } from './word-index';
import type { Reading } from './words';

/** Where a rule's words were found, from wide to narrow. Each is a feature of its own. */
export const PLACES = ['anywhere', 'opening', 'head'] as const;

/** Rule features are numbered: one per place for each word rule in order, then one per shape rule. */
export const RULE_FEATURE_COUNT = WORD_RULES.length * PLACES.length + SHAPE_RULES.length;
export const FIRST_SHAPE_FEATURE = WORD_RULES.length * PLACES.length;

/** The name of a rule feature, as signals show it. */
export function ruleFeatureName(feature: number): string {
  if (feature >= FIRST_SHAPE_FEATURE) return SHAPE_RULES[feature - FIRST_SHAPE_FEATURE]!.name;
  const place = PLACES[feature % PLACES.length]!;
  const name = WORD_RULES[Math.floor(feature / PLACES.length)]!.name;
  return place === 'anywhere' ? name : `${name}/${place}`;
}

export interface Features {
  /** Numbers of the rule features that hold, each once. */
  readonly rules: readonly number[];
  /** Numbers of the vocabulary's terms that occur, each once. */
  readonly terms: readonly number[];
  /** How often each cue of CUES occurs, in their order; 255 stands for more. */
  readonly cueCounts: Uint8Array;
  /** Place of the last word of each cue, valid where its count is not 0. */
  readonly cuePlaces: Uint16Array;
}

/** Words to look past when the first word that matters is sought: "Please could you help me to fix …". */
const POLITE_WORDS =
  'please can could would will you kindly hey hi hello help me us i we need want to like d the a an let s lets just now task your is';
const MAX_POLITE_WORDS = 8;

/** The opening reaches at least this far, so that a heading or a short first sentence does not hide what follows … */
const MIN_OPENING_WORDS = 12;
/** … and at most this far, where the first sentence runs on. */
const MAX_OPENING_WORDS = 40;

/** The English forms of a regular verb. Some that do not exist are among them; nobody writes those. */
function verbForms(verb: string): string[] {
  const last = verb.at(-1)!;
  const stem = verb.slice(0, -1);
  if (last === 'e') return [verb, `${verb}s`, `${verb}d`, `${stem}ing`];
  if (last === 'y') return [verb, `${verb}s`, `${stem}ies`, `${verb}ed`, `${stem}ied`, `${verb}ing`];
  return [verb, `${verb}s`, `${verb}es`, `${verb}ed`, `${verb}ing`, `${verb}${last}ed`, `${verb}${last}ing`];
}

/** Hash of a term as rules and vocabularies write it: a word, or two joined by "+". */
export function hashTerm(term: string): number {
  const [first, second] = term.split('+');
  return second === undefined ? hashWord(first!) : hashPair(hashWord(first!), hashWord(second));
}

/** The hashes of all that a rule's or cue's list of words stands for. */
function hashesOf(words: string): number[] {
  return words
    .split(' ')
    .flatMap((word) => (word.endsWith('~') ? verbForms(word.slice(0, -1)) : [word]))
    .map(hashTerm);
}

function addTo(index: Map<number, number[]>, hash: number, entry: number): void {
  const entries = index.get(hash);
  if (entries === undefined) index.set(hash, [entry]);
  else if (!entries.includes(entry)) entries.push(entry);
}

/** A function that finds the features of a reading, among them the terms of this vocabulary. */
export function createFeatureReader(vocabulary: readonly string[]): (reading: Reading) => Features {
  const rulesOfHash = new Map<number, number[]>();
  const politeHashes = new Set(POLITE_WORDS.split(' ').map(hashTerm));
  const cuesOfHash = new Map<number, number[]>();
  const vocabularyTermOfHash = new Map<number, number>();
  WORD_RULES.forEach((rule, ruleNumber) => {
    for (const hash of hashesOf(rule.words)) addTo(rulesOfHash, hash, ruleNumber);
  });
  CUES.forEach((cue, cueNumber) => {
    for (const hash of hashesOf(cue.words)) addTo(cuesOfHash, hash, cueNumber);
  });
  vocabulary.forEach((term, number) => {
    vocabularyTermOfHash.set(hashTerm(term), number);
  });

  const hashes = [...new Set([...rulesOfHash.keys(), ...cuesOfHash.keys(), ...vocabularyTermOfHash.keys(), ...politeHashes])];
  const find = indexTerms(hashes);
  const rulesOf = hashes.map((hash) => rulesOfHash.get(hash));
  const cuesOf = hashes.map((hash) => cuesOfHash.get(hash));
  const vocabularyTermOf = Int32Array.from(hashes, (hash) => vocabularyTermOfHash.get(hash) ?? -1);
  const isPolite = Uint8Array.from(hashes, (hash) => (politeHashes.has(hash) ? 1 : 0));

  // When each feature and term was last met, by the number of the reading: cheaper than a fresh array for each text.
  const ruleMetIn = new Float64Array(FIRST_SHAPE_FEATURE);
  const termMetIn = new Float64Array(vocabulary.length);
  let current = 0;

  return (reading) => {
    const { words, keptWords } = reading;
    const rules: number[] = [];
    const terms: number[] = [];
    current++;
    const cueCounts = new Uint8Array(CUES.length);
    const cuePlaces = new Uint16Array(CUES.length);
    const openingEnd = Math.min(Math.max(reading.firstSentenceWords, MIN_OPENING_WORDS), MAX_OPENING_WORDS);
    let head = 0;
    while (head < MAX_POLITE_WORDS && head < keptWords - 1) {
      const found = find(words[head]!);
      if (found === -1 || isPolite[found] === 0) break;
      head++;
    }

    const meet = (found: number, at: number): void => {
      const term = vocabularyTermOf[found]!;
      if (term !== -1 && termMetIn[term] !== current) {
        termMetIn[term] = current;
        terms.push(term);
      }
      const cuesHere = cuesOf[found];
      if (cuesHere !== undefined) {
        for (const cue of cuesHere) {
          if (cueCounts[cue]! < 255) cueCounts[cue]!++;
          cuePlaces[cue] = at;
        }
      }
      const rulesHere = rulesOf[found];
      if (rulesHere === undefined) return;
      const narrowest = at === head ? 2 : at < openingEnd ? 1 : 0;
      for (const rule of rulesHere) {
        for (let place = 0; place <= narrowest; place++) {
          const feature = rule * PLACES.length + place;
          if (ruleMetIn[feature] === current) continue;
          ruleMetIn[feature] = current;
          rules.push(feature);
        }
      }
    };
    for (let at = 0; at < keptWords; at++) {
      const word = words[at]!;
      const found = find(word);
      if (found !== -1) meet(found, at);
      if (at + 1 < keptWords) {
        const pair = find(hashPair(word, words[at + 1]!));
        if (pair !== -1) meet(pair, at);
      }
    }
    for (let shape = 0; shape < SHAPE_RULES.length; shape++) {
      if (SHAPE_RULES[shape]!.holds(reading)) rules.push(FIRST_SHAPE_FEATURE + shape);
    }
    return { rules, terms, cueCounts, cuePlaces };
  };
}
