/** Instants as telemetry sources write them. */

/** ISO 8601, with a space for the T as databases print it; the zone as Z, +00, +0000 or +00:00, or not at all. A day is its first moment. */
const INSTANT = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?) ?(?:(Z|UTC)|([+-]\d\d):?(\d\d)?)?)?$/iu;

/**
 * Milliseconds since the epoch, with their fraction.
 *
 * @param value a number of them, or a text in ISO 8601, which is in UTC where it names no zone
 * @returns undefined when it is neither
 */
export function instantOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const parts = INSTANT.exec(value);
  if (parts === null) return undefined;
  const [, day, time = '00:00', , hours, minutes = '00'] = parts;
  const zone = hours === undefined ? 'Z' : `${hours}:${minutes}`;
  const instant = Date.parse(`${day}T${time.replace(',', '.')}${zone}`);
  return Number.isNaN(instant) ? undefined : instant;
}
