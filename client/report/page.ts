/** The page of a report, from the sentence to decide by down to the settings, as blocks. */

import type { ReviewReport } from '../../routing/review/report/report';
import type { Page } from './blocks';
import { decisionSections, detailSections } from './class-page';
import { identitySections, limitSections } from './identity';
import { logSections } from './log-blocks';
import { opening, summarySections } from './summary';

/** First what a person decides from, then what it was made of. */
export function reportPage(report: ReviewReport): Page {
  return {
    headline: report.headline,
    blocks: opening(report),
    sections: [
      ...logSections(report),
      ...summarySections(report),
      ...report.classes.flatMap(decisionSections),
      ...limitSections(report),
      ...report.classes.flatMap(detailSections),
      ...identitySections(report),
    ],
  };
}
