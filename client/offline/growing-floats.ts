/** Numbers of which nobody knows how many will come, in four bytes each. */

export interface GrowingFloats {
  readonly push: (value: number) => void;
  /** Those so far: a view that the next one may leave behind. */
  readonly values: () => Float32Array;
}

const FIRST_ROOM = 64;

export function growingFloats(): GrowingFloats {
  let room = new Float32Array(FIRST_ROOM);
  let length = 0;
  return {
    push(value) {
      if (length === room.length) {
        const larger = new Float32Array(2 * room.length);
        larger.set(room);
        room = larger;
      }
      room[length] = value;
      length += 1;
    },
    values: () => room.subarray(0, length),
  };
}
