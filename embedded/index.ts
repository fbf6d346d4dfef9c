/**
 * The public face of `signalbox/embedded`: routing for programs that call models themselves, in their own process, without
 * Temporal, with or without Postgres. What it promises and what it does not is in docs/embedded.md.
 */

export type { DecisionCacheFigures } from '../routing/decision/cache';
export type { FailureClass } from '../routing/decision/failure';
export { RoutingError, type RoutingErrorCode } from '../routing/errors';
export type { TaskDescriptor } from '../routing/task/descriptor';
export type { BudgetStatus, PeriodStatus } from './budget';
export type { CallAnswer, ModelCall, ModelRequest } from './call';
export type { CatalogueSource } from './catalogue';
export type { Clock } from './clock';
export type { BudgetWarning, RoutingConfig } from './config';
export type { RoutingConstraints } from './constraints';
export type { Alternative, RoutedDecision } from './decision';
export type { Downgrade, QualityEvidence } from './downgrades';
export { configFromEnvironment } from './environment';
export type { Executed, ExecutedAttempt } from './execute';
export { CallFailed } from './failure';
export { createRoutingSystem, type ExecuteOptions, type RatedCall, type RoutingSystem, type TrackedUsage } from './system';
export type { CallUsage } from './usage';
