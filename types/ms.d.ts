/**
 * Types for the `ms` copy that Temporal's SDK uses.
 *
 * That copy ships no types under nodenext resolution, so `Duration` would silently become `any` and a typo such as
 * `'5 mintues'` would compile. With these it is a type error.
 */
declare module 'ms' {
  type Unit =
    | 'ms'
    | 's'
    | 'm'
    | 'h'
    | 'd'
    | 'w'
    | 'y'
    | `${'milli' | ''}second${'s' | ''}`
    | `minute${'s' | ''}`
    | `hour${'s' | ''}`
    | `day${'s' | ''}`
    | `week${'s' | ''}`;
  export type StringValue = `${number}` | `${number}${Unit}` | `${number} ${Unit}`;
  export default function ms(value: StringValue): number;
}
