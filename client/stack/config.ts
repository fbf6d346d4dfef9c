/** Settings of the stack that come from the environment: which parts are the user's own, and where. */

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
  /** `true` to speak TLS. Implied by an API key and by any of the TLS files. */
  TEMPORAL_TLS: text.refine((value) => value === undefined || /^(true|false|1|0)$/i.test(value), 'must be true or false'),
  /** PEM file of the client's certificate, for mutual TLS; needs the key as well. */
  TEMPORAL_TLS_CLIENT_CERT_PATH: text,
  /** PEM file of the client's key. */
  TEMPORAL_TLS_CLIENT_KEY_PATH: text,
  /** PEM file of the authority that signed the server's certificate, when the system does not know it. */
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: text,
  /** Name in the server's certificate, when it is not the host of the address. */
  TEMPORAL_TLS_SERVER_NAME: text,
  /** Key for Temporal Cloud or a server that wants one. */
  TEMPORAL_API_KEY: text,
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
  const problems = parsed.success
    ? contradictions(parsed.data)
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  if (!parsed.success || problems.length > 0) throw new RoutingError('bad_config', `Correct the environment: ${problems.join('; ')}.`);
  const { DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: address } = parsed.data;
  return {
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(address === undefined ? {} : { temporal: temporalAddress(address, parsed.data) }),
  };
}

type Settings = z.infer<typeof stackConfig>;

function contradictions(settings: Settings): string[] {
  const problems: string[] = [];
  if ((settings.TEMPORAL_TLS_CLIENT_CERT_PATH === undefined) !== (settings.TEMPORAL_TLS_CLIENT_KEY_PATH === undefined)) {
    problems.push('TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH belong together: set both or neither');
  }
  if (settings.TEMPORAL_ADDRESS === undefined && settings.TEMPORAL_API_KEY !== undefined) {
    problems.push('TEMPORAL_API_KEY is set and TEMPORAL_ADDRESS is not: name the server that the key is for');
  }
  return problems;
}

function temporalAddress(address: string, settings: Settings): TemporalAddress {
  const files = {
    ...(settings.TEMPORAL_TLS_CLIENT_CERT_PATH ? { clientCertificateFile: settings.TEMPORAL_TLS_CLIENT_CERT_PATH } : {}),
    ...(settings.TEMPORAL_TLS_CLIENT_KEY_PATH ? { clientKeyFile: settings.TEMPORAL_TLS_CLIENT_KEY_PATH } : {}),
    ...(settings.TEMPORAL_TLS_SERVER_CA_CERT_PATH ? { serverCaFile: settings.TEMPORAL_TLS_SERVER_CA_CERT_PATH } : {}),
    ...(settings.TEMPORAL_TLS_SERVER_NAME ? { serverName: settings.TEMPORAL_TLS_SERVER_NAME } : {}),
  };
  const wanted = /^(true|1)$/i.test(settings.TEMPORAL_TLS ?? '') || Object.keys(files).length > 0;
  return {
    address,
    namespace: settings.TEMPORAL_NAMESPACE ?? 'default',
    ...(wanted ? { tls: files } : {}),
    ...(settings.TEMPORAL_API_KEY ? { apiKey: settings.TEMPORAL_API_KEY } : {}),
  };
}

function isPostgresUrl(value: string): boolean {
  return /^postgres(ql)?:$/.test(URL.parse(value)?.protocol ?? '');
}
