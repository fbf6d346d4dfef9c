/** What cannot hold together of a judge, the classes that it is to judge and the catalogue. */

import type { Catalogue } from '../../routing/catalogue';
import { modelsOfRoute, type Policy } from '../../routing/decision/policy';
import { familiesOf, kinOf } from '../../routing/judging/family';
import { EVERY_CLASS, type JudgeSettings } from '../../routing/judging/settings';
import { CLASS_NAME, CLASS_NAME_RULE } from './class-name';
import { didYouMean } from './nearest-word';
import type { ReviewContradiction } from './review-contradictions';

/**
 * A judge that is not there or is never called, that would have to judge a model of its own family on a class it has a rubric for, or
 * whose limits no judge could meet. Paths are below `review`.
 */
export function findJudgeContradictions({ classes, review }: Policy, catalogue: Catalogue): readonly ReviewContradiction[] {
  const { judge, groups } = review;
  if (judge === undefined) return [];
  const at = (path: readonly (string | number)[], message: string, place: 'key' | 'value' = 'value'): ReviewContradiction => ({
    path: ['judge', ...path],
    message,
    place,
  });
  return [...ofModel(), ...ofRubrics(), ...ofLimits(judge)];

  function ofModel(): ReviewContradiction[] {
    const model = catalogue.models.get(judge!.model);
    if (model === undefined) {
      const nearest = didYouMean(judge!.model, catalogue.models.keys());
      return [at(['model'], `"${judge!.model}" is not in the catalogue.${nearest || ' Add it to signalbox.yaml, or name another.'}`)];
    }
    return model.status.kind === 'retired' ? [at(['model'], `"${model.id}" is retired and is never called. Name another model.`)] : [];
  }

  function ofRubrics(): ReviewContradiction[] {
    const model = catalogue.models.get(judge!.model);
    return Object.keys(judge!.rubrics).flatMap((name) => {
      if (name === EVERY_CLASS) return [];
      if (!CLASS_NAME.test(name)) return [at(['rubrics', name], CLASS_NAME_RULE, 'key')];
      const served = (Object.hasOwn(groups, name) ? groups[name]! : [name]).flatMap((member) => {
        const route = Object.hasOwn(classes, member) ? classes[member]!.route : undefined;
        const models = route === undefined ? [] : route.kind === 'model' ? [route.model] : modelsOfRoute(route);
        return models.flatMap((id) => catalogue.models.get(id) ?? []);
      });
      const kin = model && kinOf(model, served);
      if (kin === undefined) return [];
      const why = kin.id === model!.id ? 'is the judge itself' : `is of the judge's family (${familiesOf(kin).join(', ')})`;
      const help =
        'A judge prefers its own kind: name a judge of another maker, or give "family" in signalbox.yaml where the maker is wrong.';
      return [at(['rubrics', name], `"${kin.id}", which serves "${name}", ${why}. ${help}`, 'key')];
    });
  }

  function ofLimits({ minKappa, minKappaLow }: JudgeSettings): ReviewContradiction[] {
    return minKappaLow > minKappa
      ? [at(['min_kappa_low'], `The interval of kappa is to stay above ${minKappaLow}, and kappa itself only above ${minKappa}. Lower it.`)]
      : [];
  }
}
