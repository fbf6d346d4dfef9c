/** Which versions of the Temporal server may be used. */

/** What Signalbox is tested with; older servers lack fixes that it relies on. */
export const LEAST_SERVER_VERSION = '1.31.2';

/** True when `version` is `least` or newer. Both are `major.minor.patch`; what follows is ignored. */
export function isAtLeast(version: string, least: string): boolean {
  const [a, b] = [numbers(version), numbers(least)];
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** True for servers in which one namespace can reach into another (CVE-2026-5199): 1.29.0–1.29.4 and 1.30.0–1.30.2. */
export function isVulnerable(version: string): boolean {
  const [major, minor, patch] = numbers(version);
  return major === 1 && ((minor === 29 && (patch ?? 0) <= 4) || (minor === 30 && (patch ?? 0) <= 2));
}

function numbers(version: string): number[] {
  return version.split(/[.+-]/, 3).map((part) => Number.parseInt(part, 10) || 0);
}
