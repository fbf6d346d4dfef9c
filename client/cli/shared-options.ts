/** What several commands say of themselves in the same words. */

import { Option } from 'commander';
import { person } from './input/option-values';

/** Which stack a command speaks to, where the environment does not say. */
export function stackOption(usual = '.signalbox'): Option {
  return new Option('--state <folder>', 'state folder of the stack').default(usual);
}

/** In whose name a command acts. */
export function asOption(): Option {
  return new Option('--as <who>', 'who acts; the operator of signalbox.yaml, or the user of this machine, unless given').argParser(person);
}

/** Lines below the help of a command. */
export function examples(...commands: readonly string[]): string {
  return `\nExamples:\n${commands.map((command) => `  signalbox ${command}`).join('\n')}`;
}
