/**
 * What decides whether the answer of a cascade's step is good enough.
 *
 * Every check keeps one contract: it looks at an answer and its task and says passed, failed, or crashed, which is no word on the
 * answer. How each one looks is in activities/cascade/checks, one file for each.
 */

/** Passes when the task's own grader gives at least this score. Graders that compare with the right answer cannot be used. */
export interface GraderCheck {
  readonly kind: 'grader';
  /** In (0, 1]. */
  readonly minScore: number;
}

/** Passes when the answer is JSON that conforms to the schema. */
export interface SchemaCheck {
  readonly kind: 'json-schema';
  readonly schema: boolean | Readonly<Record<string, unknown>>;
}

/** Passes when the pattern, in RE2's syntax, is found in the answer. */
export interface PatternCheck {
  readonly kind: 'regex';
  readonly pattern: string;
  readonly ignoreCase: boolean;
}

/** Passes when every text occurs in the answer. */
export interface ContainsCheck {
  readonly kind: 'contains';
  readonly texts: readonly string[];
  readonly ignoreCase: boolean;
}

/** Passes when the last number of the answer lies within the bounds; without bounds, when there is one. */
export interface NumberCheck {
  readonly kind: 'number';
  readonly min?: number;
  readonly max?: number;
}

/** Passes when a program that reads the answer gives at least this score; it is run as the command grader is. */
export interface CommandCheck {
  readonly kind: 'command';
  readonly program: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
  /** In (0, 1]. */
  readonly minScore: number;
}

/** Passes when a model that reads task and answer says yes to the rubric. */
export interface JudgeCheck {
  readonly kind: 'judge';
  /** Catalogue id; never the model that it judges. */
  readonly model: string;
  /** What a good answer is, in words. */
  readonly rubric: string;
  /** Of its verdict, its thinking included. */
  readonly maxOutputTokens: number;
}

/** Passes when a second answer to the same task says the same. */
export interface AgreementCheck {
  readonly kind: 'agreement';
  /** Catalogue id of who gives the second answer; absent: the step's own model, asked again. */
  readonly model?: string;
  /** `auto`: as JSON, numbers or words, whatever both are. `last-number`: by the number that each ends with. */
  readonly compare: 'auto' | 'last-number';
  /** How far two numbers may be apart, as a share of the larger, in [0, 1). */
  readonly tolerance: number;
}

/** Passes when the confidence that the model states, corrected by how right it was before, is at least this. */
export interface ConfidenceCheck {
  readonly kind: 'confidence';
  /** In (0, 1]. */
  readonly threshold: number;
  /** Graded answers of the model on the class from which what it states counts at all. */
  readonly minGraded: number;
}

export type Check =
  | GraderCheck
  | SchemaCheck
  | PatternCheck
  | ContainsCheck
  | NumberCheck
  | CommandCheck
  | JudgeCheck
  | AgreementCheck
  | ConfidenceCheck;

export type CheckKind = Check['kind'];

/** `crashed`: the check itself did not come to an end, which says nothing of the answer. */
export type CheckResult = 'passed' | 'failed' | 'crashed';

/** What a check says of an answer. */
export interface Checked {
  readonly result: CheckResult;
  /** For people, in words of our own: nothing of the answer. */
  readonly why: string;
  /** Confidence check only: what the model stated, and what that was worth before; fractions in [0, 1]. */
  readonly stated?: number;
  readonly calibrated?: number;
  /** Check by the task's grader only: what it gave, a fraction in [0, 1]. */
  readonly score?: number;
}

/** Catalogue id of the model that a check asks; undefined: it asks none. */
export function modelOfCheck(check: Check | undefined, answeredBy: string): string | undefined {
  if (check?.kind === 'judge') return check.model;
  return check?.kind === 'agreement' ? (check.model ?? answeredBy) : undefined;
}

/**
 * Kinds of graders that say something of an answer without knowing the right one. `exact` and `numeric` hold the right answer: as a
 * check they would measure nothing that could be had when it matters.
 */
const WITHOUT_REFERENCE: ReadonlySet<string> = new Set(['json-schema', 'regex', 'contains', 'command']);

/**
 * Why a task's grader cannot be the check of its cascade, for people; undefined when it can.
 *
 * @param grader kind of the task's grader; undefined: it has none
 */
export function obstacleToGraderCheck(grader: string | undefined): string | undefined {
  if (grader === undefined) return 'the task has no grader';
  return WITHOUT_REFERENCE.has(grader) ? undefined : `a grader of kind ${grader} compares with the right answer`;
}
