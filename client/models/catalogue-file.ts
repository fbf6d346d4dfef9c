/** A signalbox.yaml as a command that changes it holds it: what it says, and what holds together with the environment. */

import type { SignalboxConfig } from '../../db/documents/catalogue-file';
import { catalogueFrom } from '../config/overridden-rules';
import type { Override } from '../config/override';

/** A signalbox.yaml that has no problem. */
export interface CatalogueFile {
  readonly path: string;
  readonly text: string;
  /** What the text says. */
  readonly config: SignalboxConfig;
  /** What the environment has instead of some of it. */
  readonly overrides: readonly Override[];
  /** What it says together with the overrides: what comes into force with it. */
  readonly effective: SignalboxConfig;
}

/** @throws {RoutingError} `bad_config` for a text with problems, by itself or together with the overrides */
export function catalogueFileOf(path: string, text: string, overrides: readonly Override[]): CatalogueFile {
  const config = catalogueFrom({ text, name: path }, []);
  return { path, text, config, overrides, effective: catalogueFrom({ text, name: path }, overrides) };
}
