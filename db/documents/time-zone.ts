/** Names of time zones, as people write them. */

import { z } from 'zod';

export const TIME_ZONE_RULE = 'Not a time zone that we know. Give a name of the IANA list, such as Europe/Berlin or UTC.';

/** The name of a time zone in a configuration file. */
export const timeZoneName = z.string().refine(isTimeZone, { error: TIME_ZONE_RULE });

/** Names only: offsets such as +01:00 mean opposite things to JavaScript and to Postgres. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
