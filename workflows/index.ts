/** Entry of the workflow bundle: workflow functions, nothing else. */

export { dispatchTask } from './dispatch';
export { replayShard } from './replay-shard';
export { routingReview } from './review';
export { reviewTrigger } from './review-trigger';
export { rollout } from './rollout';
export { upkeep } from './upkeep';
export { watch } from './watch';
