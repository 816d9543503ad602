import { ExactNumber } from "./exact-number.ts";

/**
 * Any JSON value. Strings are well-formed Unicode, numbers finite: what a JSON parser gives. A number that
 * JavaScript would print otherwise than it was written is an {@link ExactNumber}.
 */
export type Json =
  | null
  | boolean
  | number
  | ExactNumber
  | string
  | Json[]
  | { [key: string]: Json };

/** A JSON object. */
export type JsonObject = { [key: string]: Json };

/** Whether a JSON value is an object, and neither an array nor null. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof ExactNumber)
  );
}

/** Whether a JSON value is a number, however it was written. */
export function isJsonNumber(value: Json | undefined): value is number | ExactNumber {
  return typeof value === "number" || value instanceof ExactNumber;
}
