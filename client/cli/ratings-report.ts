/** `signalbox ratings report`: what ratings make of the routing. */

import { storedCatalogueFromJson } from '../../db/documents/catalogue-document';
import { policyFromJson } from '../../db/documents/policy-document';
import { knowledgeOf, loadKnowledge } from '../../db/queries/dispatch';
import { activeCatalogue, loadPolicy } from '../../db/queries/rules';
import type { LearningParameters } from '../../routing/decision/policy';
import { RoutingError } from '../../routing/errors';
import { adaptedRoutes, type RatingsReport } from '../ratings/adapted-routes';
import type { Cli, StackCommandOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { withDatabase } from './open-client';
import type { Output } from './terminal/output';
import { indented, onOneLine } from './terminal/text';

export async function runRatingsReport(options: StackCommandOptions, cli: Cli): Promise<ExitCode> {
  const { learning, ...report } = await withDatabase(cli, options, async (db) => {
    const [stored, row, knowledge] = await Promise.all([activeCatalogue(db), loadPolicy(db), loadKnowledge(db, '', {})]);
    if (stored === undefined || row === undefined) {
      throw new RoutingError('no_active_policy', 'No catalogue and policy are in force. Run "signalbox up" once.');
    }
    const policy = policyFromJson(row.body);
    const { catalogue } = storedCatalogueFromJson(stored.body);
    return { learning: policy.learning, ...adaptedRoutes(catalogue, policy, knowledgeOf(knowledge).ratings) };
  });
  if (options.json) cli.output.printJson({ learning, ...report });
  else cli.output.print(describe(report, learning, cli.output));
  return EXIT.ok;
}

function describe({ routes, poor, swaps }: RatingsReport, learning: LearningParameters, { colors, table }: Output): string {
  const right = (title: string) => ({ title, align: 'right' as const });
  const routeTable = table(
    [{ title: 'tier' }, { title: 'provider' }, { title: 'model' }, right('score'), right('ratings'), { title: 'without ratings' }],
    routes.map(({ tier, provider, model, score, ratings, unadapted }) => [
      tier,
      provider,
      model,
      score.toFixed(2),
      ratings,
      unadapted === model ? 'the same' : unadapted,
    ]),
  );
  const poorTable = table(
    [{ title: 'tier' }, { title: 'model' }, right('rating'), right('ratings')],
    poor.map(({ tier, model, ewma, ratings }) => [tier, model, ewma.toFixed(2), ratings]),
  );
  const sections: [string, string][] = [
    ['Who serves a task that names only its provider', routeTable],
    [`Rated below ${learning.poorThreshold}, and passed over`, poor.length === 0 ? 'nobody' : poorTable],
    ['Suggested swaps', swaps.length === 0 ? 'none' : swaps.map(sentenceOf).join('\n')],
  ];
  return sections.map(([title, text]) => `${colors.bold(title)}\n${indented(text)}`).join('\n\n');
}

function sentenceOf({ tier, from, to, fromEwma, toEwma, toRatings, classes }: RatingsReport['swaps'][number]): string {
  const rated = `${tier}: ${to} (${toEwma.toFixed(2)}, ${toRatings} ratings) instead of ${from} (${fromEwma.toFixed(2)})`;
  const how = classes.length === 0 ? '' : `; ${classes.join(', ')} is routed to it: "signalbox review start --class ${classes[0]}"`;
  return onOneLine(`${rated}${how}`);
}
