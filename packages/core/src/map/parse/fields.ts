import { z } from "zod";
import { ConfigError } from "../../errors.ts";
import { findZone } from "../../zones/find-zone.ts";
import { parseMoment } from "../../zones/parse-moment.ts";

/** A jq expression. */
export const jq = z
  .string({ error: () => "expected a jq expression" })
  .meta({ description: "A jq expression, for example .name or '\"a text\"'" });

/** A jq condition; YAML's unquoted `true` and `false` are the jq expressions of the same name. */
export const jqCondition = z
  .union([z.string(), z.boolean()], { error: () => "expected a jq expression" })
  .transform(String)
  .meta({ description: "A jq condition: true takes the object, false leaves it out" });

/** `true`, `false`, or the same in quotes, as Port's own default mapping writes it. */
export const flag = z
  .union([z.boolean(), z.enum(["true", "false"])], { error: () => "expected true or false" })
  .transform((value) => value === true || value === "true");

/** A PagerDuty id, or several. Unquoted ids of digits only are numbers to YAML. */
export const idList = z.array(
  z
    .union([z.string().min(1), z.int()], { error: () => "expected the id of a PagerDuty object" })
    .transform(String),
);

/** A moment as PagerDuty takes it: ISO 8601, a date alone or with a time. */
export const moment = z
  .string({ error: () => 'expected a date in quotes, like "2025-01-31" or "2025-01-31T00:00:00Z"' })
  .refine(
    (text) =>
      /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/.test(
        text,
      ) && !Number.isNaN(Date.parse(text.replace(" ", "T"))),
    { error: () => 'expected a date like "2025-01-31" or "2025-01-31T00:00:00Z"' },
  );

/** A time zone by its tz database name, in whatever case: PagerDuty is given its own spelling. */
export const timeZone = z
  .string()
  .refine((name) => findZone(name) !== undefined, {
    error: () => "expected the name of a time zone, like Europe/Berlin",
  })
  .transform((name) => findZone(name)?.name ?? name);

/** Refuses a time of day that the clocks of its zone skip. */
export function checkMoments(
  given: Readonly<Partial<Record<"since" | "until" | "time_zone", string | undefined>>>,
  context: z.RefinementCtx,
): void {
  for (const name of ["since", "until"] as const) {
    const text = given[name];
    if (text === undefined) continue;
    try {
      parseMoment(text, given.time_zone ?? "UTC");
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      context.addIssue({ code: "custom", path: [name], message: error.message });
    }
  }
}
