/** Entry of the workflow bundle: workflow functions, nothing else. */

export { dispatchTask } from './dispatch';
export { upkeep } from './upkeep';
