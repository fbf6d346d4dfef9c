/** What cannot hold of the checks that a policy offers for cascades of reviews. Paths are below `review`. */

import { modelOfCheck } from '../../routing/cascade/check';
import type { Catalogue } from '../../routing/catalogue';
import { EVERY_CLASS } from '../../routing/judging/settings';
import type { ReviewSettings } from '../../routing/review/settings';
import { problemOfCheck } from './cascade-contradictions';
import { CLASS_NAME, CLASS_NAME_RULE } from './class-name';
import { didYouMean } from './nearest-word';
import type { ReviewContradiction } from './review-contradictions';

/** A name that no class can have, a check that nothing could pass, or one that asks a model which is not there or never called. */
export function findTrialCheckContradictions({ cascades = {} }: ReviewSettings, catalogue: Catalogue): readonly ReviewContradiction[] {
  return Object.entries(cascades).flatMap(([name, { check }]) => {
    const path = ['cascades', name];
    const found: ReviewContradiction[] = [];
    if (name !== EVERY_CLASS && !CLASS_NAME.test(name)) found.push({ path, message: CLASS_NAME_RULE, place: 'key' });
    const problem = problemOfCheck(check);
    if (problem !== undefined) found.push({ path: [...path, 'check'], message: problem, place: 'value' });
    const asked = modelOfCheck(check, '');
    if (asked === undefined || asked === '') return found;
    const model = catalogue.models.get(asked);
    const at = { path: [...path, 'check', 'model'], place: 'value' } as const;
    if (model === undefined) {
      const nearest = didYouMean(asked, catalogue.models.keys());
      found.push({ ...at, message: `"${asked}" is not in the catalogue.${nearest || ' Add it to signalbox.yaml, or name another.'}` });
    } else if (model.status.kind === 'retired') {
      found.push({ ...at, message: `"${asked}" is retired and is never called. Name another model.` });
    }
    return found;
  });
}
