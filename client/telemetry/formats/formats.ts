/** All telemetry formats, and which one a value is of. */

import { RoutingError } from '../../../routing/errors';
import type { Row, TelemetryFormat } from './format';
import { jsonl } from './jsonl';
import { langfuse } from './langfuse';
import { litellm } from './litellm';
import { otel } from './otel';

/** Told apart in this order: the more particular first. */
export const TELEMETRY_FORMATS: readonly TelemetryFormat[] = [otel, litellm, langfuse, jsonl];
export const TELEMETRY_FORMAT_NAMES: readonly string[] = TELEMETRY_FORMATS.map(({ name }) => name);

/** @throws {RoutingError} `bad_argument` */
export function formatNamed(name: string): TelemetryFormat {
  const format = TELEMETRY_FORMATS.find((each) => each.name === name);
  if (format !== undefined) return format;
  throw new RoutingError('bad_argument', `There is no telemetry format "${name}". Choose one of ${TELEMETRY_FORMAT_NAMES.join(', ')}.`);
}

/** Undefined: it is of none. */
export function formatOf(value: Row): TelemetryFormat | undefined {
  return TELEMETRY_FORMATS.find((format) => format.isOf(value));
}
