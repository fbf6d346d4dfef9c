/** `signalbox config check`: every mistake of the configuration files, at its line, and what the providers still need. */

import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseCatalogueFile, type SignalboxConfig } from '../../db/documents/catalogue-file';
import { parsePolicyFile } from '../../db/documents/policy-file';
import { loadPriceLibrary } from '../../db/documents/price-library';
import { formatProblems, type Problem } from '../../db/documents/problem';
import { loadStartingCatalogue } from '../../db/documents/starting-files';
import { RoutingError } from '../../routing/errors';
import type { Cli, CommonOptions } from './cli';
import { EXIT, type ExitCode } from './exit-code';
import { findRulesFiles, readConfigurationText } from './input/rules-files';
import { missingOf } from './provider-needs';
import { withoutEscapes } from './terminal/text';

interface CheckedFile {
  readonly file: string;
  readonly kind: 'catalogue' | 'policy';
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** What is known of the catalogue that policies are held against; `broken` when it has problems of its own. */
type Catalogue = SignalboxConfig | 'broken';

export async function runConfigCheck(named: readonly string[], options: CommonOptions, cli: Cli): Promise<ExitCode> {
  const files = named.length > 0 ? named : Object.values(findRulesFiles(undefined));
  if (files.length === 0) {
    throw new RoutingError('config_not_found', 'There is no signalbox.yaml and no policy.yaml here. Name a file, or run "signalbox init".');
  }
  const [policyFiles, catalogueFiles] = [files.filter(isPolicy), files.filter((file) => !isPolicy(file))];
  const catalogues = new Map<string, Catalogue>();
  const checked: CheckedFile[] = [];
  const configs: SignalboxConfig[] = [];
  for (const file of catalogueFiles) {
    const { config, ...result } = await checkCatalogue(file);
    catalogues.set(dirname(file), config ?? 'broken');
    if (config !== undefined) configs.push(config);
    checked.push(result);
  }
  for (const file of policyFiles) checked.push(await checkPolicy(file, await catalogueFor(file, catalogues), cli));
  return report(checked, configs, options, cli);
}

/** A file with `policy` in its name is a policy. */
function isPolicy(file: string): boolean {
  return basename(file).toLowerCase().includes('policy');
}

async function checkCatalogue(file: string): Promise<CheckedFile & { readonly config?: SignalboxConfig }> {
  const parsed = parseCatalogueFile(await readConfigurationText(file), file, loadPriceLibrary());
  if ('problems' in parsed) return { file, kind: 'catalogue', problems: parsed.problems, warnings: [] };
  return { file, kind: 'catalogue', problems: [], warnings: parsed.ok.warnings, config: parsed.ok };
}

/** The catalogue beside a policy: as it was just checked, as it is on disk, or the starting catalogue. */
async function catalogueFor(policyFile: string, checked: ReadonlyMap<string, Catalogue>): Promise<Catalogue> {
  const folder = dirname(policyFile);
  const beside = join(folder, 'signalbox.yaml');
  return checked.get(folder) ?? (existsSync(beside) ? ((await checkCatalogue(beside)).config ?? 'broken') : loadStartingCatalogue());
}

async function checkPolicy(file: string, catalogue: Catalogue, { output }: Cli): Promise<CheckedFile> {
  const kind = 'policy';
  if (catalogue === 'broken') {
    output.note(
      `${file} is not checked: the signalbox.yaml beside it has problems, and a policy names its models. Correct that file first.`,
    );
    return { file, kind, problems: [], warnings: [] };
  }
  const parsed = parsePolicyFile(await readConfigurationText(file), file, catalogue.catalogue, catalogue.ewma);
  return { file, kind, problems: 'problems' in parsed ? parsed.problems : [], warnings: [] };
}

function report(
  checked: readonly CheckedFile[],
  configs: readonly SignalboxConfig[],
  { json }: CommonOptions,
  { output, env }: Cli,
): ExitCode {
  const problems = checked.flatMap((file) => file.problems);
  const needs = configs
    .flatMap(({ providers }) => providers)
    .flatMap((provider) => {
      const missing = missingOf(provider, env);
      return missing === undefined ? [] : [{ provider: provider.name, missing }];
    });
  if (json) {
    output.printJson({ ok: problems.length === 0, files: checked, needs });
    return problems.length === 0 ? EXIT.ok : EXIT.badInput;
  }
  for (const { warnings } of checked) if (warnings.length > 0) output.note(withoutEscapes(`${formatProblems(warnings)}\n`));
  if (problems.length > 0) {
    output.note(withoutEscapes(formatProblems(problems)));
    output.note(`\n${problems.length === 1 ? '1 problem' : `${problems.length} problems`}.`);
    return EXIT.badInput;
  }
  for (const { provider, missing } of needs) output.note(`Provider "${provider}" ${missing}; until then no task goes to it.`);
  output.print(`${checked.map(({ file }) => file).join(' and ')}: no problems.`);
  return EXIT.ok;
}
