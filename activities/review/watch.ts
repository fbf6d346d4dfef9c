/** One look at a change that was promoted: does it still do what was approved? */

import type { Look } from '../../workflows/messages';
import type { Deps } from '../deps';

export async function lookAtWatch(_deps: Deps, _input: { readonly rolloutId: string }, _signal: AbortSignal): Promise<Look> {
  throw new Error('not written yet');
}
