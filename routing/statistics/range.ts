/** Checks of arguments, so that a formula outside its range says so and does not answer NaN. */

/** @throws {RangeError} when the value is not a finite number */
export function requireFinite(name: string, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`${name} is ${value}; it must be a finite number.`);
}

/** @throws {RangeError} when the value is not a finite number above 0 */
export function requirePositive(name: string, value: number): void {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw new RangeError(`${name} is ${value}; it must be a finite number above 0.`);
}

/** @throws {RangeError} when the value is not in (0, 1) */
export function requireOpenUnit(name: string, value: number): void {
  if (!(value > 0 && value < 1)) throw new RangeError(`${name} is ${value}; it must lie strictly between 0 and 1.`);
}

/** @throws {RangeError} when the value is not in [0, 1] */
export function requireUnit(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} is ${value}; it must lie in [0, 1].`);
}

/** @throws {RangeError} when the value is not an integer of at least `atLeast` */
export function requireCount(name: string, value: number, atLeast = 0): void {
  if (!(Number.isSafeInteger(value) && value >= atLeast))
    throw new RangeError(`${name} is ${value}; it must be an integer of at least ${atLeast}.`);
}

/** @throws {RangeError} when `part` of `whole` is not a share of counts: integers with 0 ≤ part ≤ whole, whole ≥ 1 */
export function requireShare(partName: string, part: number, wholeName: string, whole: number): void {
  requireCount(wholeName, whole, 1);
  requireCount(partName, part);
  if (part > whole) throw new RangeError(`${partName} is ${part}, more than ${wholeName}, which is ${whole}.`);
}
