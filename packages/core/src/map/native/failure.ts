import type { Json } from "../../json.ts";
import { describeValue, typeName } from "./values.ts";

/**
 * A jq error raised by the native path, with jq's own message. Thrown, but not an `Error`: it is an
 * ordinary result of mapping data, made by the hundred thousand, and a stack trace would cost more than
 * the evaluation.
 */
export class NativeFailure {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** `Cannot index number with string ("a")` */
export function cannotIndex(target: Json, key: string | number): NativeFailure {
  return new NativeFailure(`Cannot index ${typeName(target)} with ${describeValue(key)}`);
}

/** `Cannot iterate over null (null)` */
export function cannotIterate(target: Json): NativeFailure {
  return new NativeFailure(`Cannot iterate over ${describeValue(target)}`);
}

/** `string ("a") and number (1) cannot be added` */
export function cannotAdd(left: Json, right: Json): NativeFailure {
  return new NativeFailure(`${describeValue(left)} and ${describeValue(right)} cannot be added`);
}

/** `null (null) cannot be sorted, as it is not an array` */
export function cannotSort(target: Json): NativeFailure {
  return new NativeFailure(`${describeValue(target)} cannot be sorted, as it is not an array`);
}
