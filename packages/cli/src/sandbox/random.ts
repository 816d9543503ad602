/**
 * Randomness that is a function of what it is about: every field of every object is computed from the
 * account's key, the object's index and the field's number, so nothing has to be stored.
 */

/** 32 well-mixed bits of three integers (the finaliser of MurmurHash3, once per integer). */
export function hash(key: number, index: number, field = 0): number {
  return mix(mix(key ^ Math.imul(index, 0x9e3779b1)) ^ Math.imul(field, 0x85ebca6b));
}

/** A number in [0, 1) of three integers. */
export function unit(key: number, index: number, field = 0): number {
  return hash(key, index, field) / 0x1_0000_0000;
}

/** One element of a list that is not empty. */
export function pick<T>(list: readonly T[], hashed: number): T {
  const picked = list[hashed % list.length];
  if (picked === undefined) throw new RangeError("Cannot pick from an empty list");
  return picked;
}

/** 32 bits of a text (FNV-1a), for seeds. */
export function hashText(text: string): number {
  let hashed = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hashed = Math.imul(hashed ^ text.charCodeAt(at), 0x01000193);
  }
  return mix(hashed);
}

function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
