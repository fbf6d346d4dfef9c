/** The report of a review as its JSON column holds it: what every reader relies on, and its format. */

import { z } from 'zod';
import { REPORT_FORMAT, type ReviewReport } from '../../routing/review/report/report';

const amount = z.number();

/** Its parts are as the pure modules of a review made them; a report of another format is refused here. */
export const reviewReport = z.looseObject({
  format: z.literal(REPORT_FORMAT),
  headline: z.string(),
  result: z.enum(['awaiting', 'needs-owner', 'held', 'no-change']),
  identity: z.looseObject({ reviewId: z.string(), reportedAt: amount, expiresAt: amount.nullable() }),
  savingPerMonthNanoUsd: amount.nullable(),
  replayCost: z.looseObject({ spentNanoUsd: amount, capNanoUsd: amount }),
  classes: z.array(
    z.looseObject({
      name: z.string(),
      status: z.enum(['proposed', 'needs-owner', 'held', 'unchanged']),
      sentence: z.string(),
      finding: z.looseObject({}),
      frontier: z.array(z.looseObject({})),
      proposal: z.looseObject({ proposalId: z.string(), state: z.string() }).optional(),
    }),
  ),
  limits: z.looseObject({ notTested: z.array(z.string()), assumptions: z.array(z.string()) }),
}) as unknown as z.ZodType<ReviewReport>;
