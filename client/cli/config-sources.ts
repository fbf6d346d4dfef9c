/** The settings that hold here: files of a folder, with what flags and environment put in their place. */

import { type EffectiveSettings, effectiveSettings } from '../config/effective-settings';
import type { Override } from '../config/override';
import type { Cli } from './cli';
import { type OverrideOptions, readOverrides } from './input/overrides';
import { type RulesFiles, readRulesFiles, startingCatalogueText } from './input/rules-files';

export interface ReadSettings {
  readonly rules: RulesFiles;
  readonly settings: EffectiveSettings;
}

/** @throws {RoutingError} `bad_config`, `bad_argument`, `config_not_found` */
export async function readSettings(options: OverrideOptions, { env }: Cli): Promise<ReadSettings> {
  const overrides = await readOverrides(options, env);
  const rules = await readRulesFiles(options.config, overrides);
  return { rules, settings: settingsOf(rules, overrides) };
}

/** The settings of rules that were read with these overrides. */
export function settingsOf({ config, policy, texts }: RulesFiles, overrides: readonly Override[]): EffectiveSettings {
  const { 'signalbox.yaml': own, 'policy.yaml': policyText } = texts;
  const catalogue = own === undefined ? { text: startingCatalogueText(), isOwn: false } : { text: own, isOwn: true };
  return effectiveSettings({ config, policy, catalogue, overrides, ...(policyText === undefined ? {} : { policyText }) });
}
