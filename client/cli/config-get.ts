/** `signalbox config get`: one setting, and where its value comes from. */

import { unknownSetting } from '../config/setting-key';
import type { Cli, CommonOptions } from './cli';
import { readSettings } from './config-sources';
import { EXIT, type ExitCode } from './exit-code';
import type { OverrideOptions } from './input/overrides';
import { withoutEscapes } from './terminal/text';

export interface ConfigGetOptions extends CommonOptions, OverrideOptions {}

export async function runConfigGet(key: string, options: ConfigGetOptions, cli: Cli): Promise<ExitCode> {
  const { settings } = await readSettings(options, cli);
  const setting = settings.find(key);
  if (setting === undefined) throw unknownSetting(key);
  if (options.json) cli.output.printJson(setting);
  else cli.output.print(withoutEscapes(typeof setting.value === 'object' ? JSON.stringify(setting.value) : String(setting.value)));
  return EXIT.ok;
}
