/** Names a rubric: what people labelled under one says nothing of a judge that goes by another. */

import { COMPARE_PROMPT_VERSION } from '../../routing/judging/compare-prompt';
import { sha256Hex } from './canonical-json';

/** Digits of the hash: enough to tell the rubrics of an installation apart, and short enough to be read out. */
const DIGITS = 12;

/** The beginning of the SHA-256 of the rubric and of the words around it. */
export function rubricVersion(rubric: string): string {
  return sha256Hex(`${COMPARE_PROMPT_VERSION}\n${rubric}`).slice(0, DIGITS);
}
