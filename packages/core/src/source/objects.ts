import { ExactNumber } from "../exact-number.ts";

/** An object of PagerDuty as it came: nothing is known of it but what a reader has checked. */
export type PagerDutyObject = Readonly<Record<string, unknown>>;

/** An object with an id, which all have but on-calls. */
export type IdentifiedObject = PagerDutyObject & { readonly id: string };

/** An incident, with the three fields that order and identify it checked. */
export type Incident = IdentifiedObject & {
  readonly created_at: string;
  readonly incident_number: number;
};

export function isRecord(value: unknown): value is Record<string, unknown> {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject && !(value instanceof ExactNumber);
}

export function isIdentified(value: unknown): value is IdentifiedObject {
  return isRecord(value) && typeof value["id"] === "string";
}

export function isIncident(value: unknown): value is Incident {
  return (
    isIdentified(value) &&
    typeof value["created_at"] === "string" &&
    typeof value["incident_number"] === "number" &&
    !Number.isNaN(Date.parse(value["created_at"]))
  );
}
