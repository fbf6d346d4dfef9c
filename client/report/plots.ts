/** The pictures of a class: each says at a glance what a table beside it says in figures. */

import type { ReportedClass } from '../../routing/review/report/report';
import type { PlotName } from './blocks';
import type { Plot } from './plot';
import { frontierPlot } from './plot-frontier';
import { rolloutPlot } from './plot-rollout';
import { spreadPlot } from './plot-spread';
import { strataPlot } from './plot-strata';

const PLOTS: Readonly<Record<PlotName, (of: ReportedClass) => Plot | undefined>> = {
  frontier: frontierPlot,
  strata: strataPlot,
  spread: spreadPlot,
  rollout: rolloutPlot,
};

/** Undefined where there is nothing to draw. */
export function drawPlot(name: PlotName, of: ReportedClass): Plot | undefined {
  return PLOTS[name](of);
}
