/** The judgement of a grader. */

/** What a grader says of an answer. */
export interface Grade {
  /** A fraction in [0, 1]; absent when the grader itself failed, which says nothing of the answer. */
  readonly score?: number;
  /** For people; short, and without the answer's words. */
  readonly detail: string;
}

/** The judgement, without its score where that is not a fraction in [0, 1]: such a score is the grader's failure, and no verdict. */
export function soundGrade(grade: Grade): Grade {
  const { score, detail } = grade;
  return score === undefined || (score >= 0 && score <= 1) ? grade : { detail: `${detail} Its score is not a number from 0 to 1.` };
}
