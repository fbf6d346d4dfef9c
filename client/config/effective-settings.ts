/** Every setting that has a value, and where the value comes from: a flag, the environment, a file, or the default. */

import type { SignalboxConfig } from '../../db/documents/catalogue-file';
import { readYaml } from '../../db/documents/yaml-source';
import type { Policy } from '../../routing/decision/policy';
import type { YamlInput } from '../models/set-in-yaml';
import { type Override, overlaid, type RulesFileName } from './override';
import { policyToYaml, type YamlDocument } from './policy-to-yaml';
import { pathOfKey, valueAt } from './setting-key';

export type Origin = 'flag' | 'environment' | 'file' | 'default';

export interface EffectiveSetting {
  /** Keys from the top, with dots between them. */
  readonly key: string;
  readonly value: YamlInput;
  readonly origin: Origin;
  /** The flag, the variable, or the file; null: the default. */
  readonly source: string | null;
}

/** What the values are read from. */
export interface SettingsSources {
  readonly config: SignalboxConfig;
  readonly policy: Policy;
  /** The text of the catalogue that holds, and whether it is a file of the user's own. */
  readonly catalogue: { readonly text: string; readonly isOwn: boolean };
  /** Absent: there is no file. */
  readonly policyText?: string;
  readonly overrides: readonly Override[];
}

export interface EffectiveSettings {
  /** signalbox.yaml first. What is below `providers`, `pools` and `classes` is left out. */
  list(): readonly EffectiveSetting[];
  /** Undefined: there is no setting of this name that has a value. */
  find(key: string): EffectiveSetting | undefined;
}

/** Keys with so much below them that other commands show it. */
const NOT_LISTED: ReadonlySet<string> = new Set(['providers', 'pools', 'classes', 'slots']);
/** What the file says for a time without an end. */
const FOREVER = 'forever';
const FILES = ['signalbox.yaml', 'policy.yaml'] as const satisfies readonly RulesFileName[];

export function effectiveSettings({ config, policy, catalogue, policyText, overrides }: SettingsSources): EffectiveSettings {
  const written: Readonly<Record<RulesFileName, unknown>> = {
    'signalbox.yaml': catalogue.isOwn ? readYaml(catalogue.text, '').value : {},
    'policy.yaml': policyText === undefined ? {} : readYaml(policyText, '').value,
  };
  const ownOverrides = overrides.filter(({ file }) => file === 'signalbox.yaml');
  const inForce: Readonly<Record<RulesFileName, YamlDocument>> = {
    'signalbox.yaml': withDefaults(readYaml(overlaid(catalogue.text, ownOverrides), '').value as YamlDocument, config),
    'policy.yaml': policyToYaml(policy),
  };

  function settingAt(path: readonly string[], value: YamlInput): EffectiveSetting {
    const key = path.join('.');
    const override = overrides.findLast((one) => one.path.join('.') === key);
    if (override !== undefined) return { key, value, origin: override.origin, source: override.source };
    // Of what both files may say, policy.yaml wins.
    const source = FILES.findLast((file) => valueAt(written[file], path) !== undefined);
    return source === undefined ? { key, value, origin: 'default', source: null } : { key, value, origin: 'file', source };
  }

  return {
    list: () =>
      FILES.flatMap((file) =>
        Object.entries(inForce[file])
          .filter(([key]) => !NOT_LISTED.has(key))
          .flatMap(([key, value]) => leavesOf([key], value))
          .map(([path, value]) => settingAt(path, value)),
      ),
    find(key) {
      const documents = [inForce['policy.yaml'], inForce['signalbox.yaml']];
      const path = pathOfKey(key, documents);
      const value = documents.map((document) => valueAt(document, path) as YamlInput | undefined).find((found) => found !== undefined);
      return value === undefined ? undefined : settingAt(path, value);
    },
  };
}

/** What is said of learning is left out: the policy knows what holds in the end. */
function withDefaults({ ewma: _, ...said }: YamlDocument, { settings, retention }: SignalboxConfig): YamlDocument {
  const { tasksMonths, contentDays, embeddedDays } = retention;
  return {
    ...said,
    retention: { content_days: contentDays ?? FOREVER, tasks_months: tasksMonths ?? FOREVER, embedded_days: embeddedDays ?? FOREVER },
    settings: { max_prompt_bytes: settings.maxPromptBytes, shutdown_grace_seconds: settings.shutdownGraceSeconds },
  };
}

/** Values that are not maps, with their paths; a list is one value, but for that of budgets, whose entries have names. */
function leavesOf(path: readonly string[], value: YamlInput): [readonly string[], YamlInput][] {
  if (path.length === 1 && path[0] === 'budgets' && Array.isArray(value)) {
    return (value as readonly YamlDocument[]).flatMap(({ scope, ...limits }) => leavesOf([...path, String(scope)], limits));
  }
  const isMap = typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 0;
  return isMap ? Object.entries(value).flatMap(([key, inner]) => leavesOf([...path, key], inner)) : [[path, value]];
}
