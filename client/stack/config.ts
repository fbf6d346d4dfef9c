/** Settings of the stack that come from the environment: which parts are the user's own, and where. */

import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { RoutingError } from '../../routing/errors';
import type { TemporalAddress } from './temporal-connection';

const text = z
  .string()
  .optional()
  .transform((value) => value || undefined); // an empty variable is an unset one

const stackConfig = z.object({
  /** Postgres of your own, `postgres://user:password@host:port/database`. Replaces the embedded one. */
  DATABASE_URL: text.refine((value) => value === undefined || isPostgresUrl(value), 'must be postgres://user:password@host:port/database'),
  /** Temporal of your own, `host:port`. Replaces the embedded one; the other TEMPORAL_ settings then apply to it. */
  TEMPORAL_ADDRESS: text.refine((value) => value === undefined || /^[^\s/]+:\d{1,5}$/.test(value), 'must be host:port'),
  /** Namespace in it; must exist. Default: `default`. */
  TEMPORAL_NAMESPACE: text,
  /** Key for Temporal Cloud or a server that wants one; implies TLS. */
  TEMPORAL_API_KEY: text,
  // TEMPORAL_TLS and TEMPORAL_TLS_* have the meaning they have for Temporal's own tools, and are read by Temporal's own reader.
});

export interface StackConfig {
  /** Absent: embedded. */
  readonly databaseUrl?: string;
  /** Absent: embedded. */
  readonly temporal?: TemporalAddress;
}

/**
 * Reads the settings.
 *
 * @throws {RoutingError} `bad_config` naming every bad setting at once, never its value
 */
export function readStackConfig(env: Readonly<Record<string, string | undefined>>): StackConfig {
  const parsed = stackConfig.safeParse(env);
  if (!parsed.success) throw badEnvironment(parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`));
  const { DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: address, TEMPORAL_API_KEY: apiKey } = parsed.data;
  if (address === undefined && apiKey !== undefined) {
    throw badEnvironment(['TEMPORAL_API_KEY is set and TEMPORAL_ADDRESS is not: name the server that the key is for']);
  }
  // Temporal's reader would leave out half a pair in silence.
  if (isSet(env, 'TEMPORAL_TLS_CLIENT_CERT') !== isSet(env, 'TEMPORAL_TLS_CLIENT_KEY')) {
    throw badEnvironment(['TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH belong together: set both or neither']);
  }
  return {
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(address === undefined ? {} : { temporal: temporalAddress(address, env) }),
  };
}

function temporalAddress(address: string, env: Readonly<Record<string, string | undefined>>): TemporalAddress {
  const given = Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]));
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({ disableFile: true, overrideEnvVars: Object.fromEntries(given) });
    const { tls, apiKey } = connectionOptions;
    return {
      address,
      namespace: namespace ?? 'default',
      ...(tls ? { tls } : {}),
      ...(typeof apiKey === 'string' ? { apiKey } : {}),
    };
  } catch (cause) {
    const { code, path, message } = cause as NodeJS.ErrnoException;
    const problem =
      path === undefined
        ? `the TEMPORAL_ settings contradict each other (${message})`
        : `the file ${path}, named in a TEMPORAL_TLS_ setting, cannot be read (${code})`;
    throw badEnvironment([problem], cause);
  }
}

function isSet(env: Readonly<Record<string, string | undefined>>, pem: string): boolean {
  return Boolean(env[`${pem}_PATH`] || env[`${pem}_DATA`]);
}

function badEnvironment(problems: readonly string[], cause?: unknown): RoutingError {
  return new RoutingError('bad_config', `Correct the environment: ${problems.join('; ')}.`, { cause });
}

function isPostgresUrl(value: string): boolean {
  return /^postgres(ql)?:$/.test(URL.parse(value)?.protocol ?? '');
}
