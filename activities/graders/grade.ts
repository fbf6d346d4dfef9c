/** The judgement of a grader. */

/** What a grader says of an answer. */
export interface Grade {
  /** A fraction in [0, 1]; absent when the grader itself failed, which says nothing of the answer. */
  readonly score?: number;
  /** For people; short, and without the answer's words. */
  readonly detail: string;
}
