import { z } from "zod";

/** Seconds that a pause may be asked for: 30 days. What is to last longer lasts until it is ended. */
const longestPause = 30 * 24 * 3600;
/** Characters of an identifier, as many as no one of Port's has. */
const longestIdentifier = 1000;
/** Identifiers of one decision. */
const mostIdentifiers = 100_000;

const moment = z.iso.datetime().describe("ISO 8601, UTC");

/** What is printed by others' terminals and logs must not steer them. */
const plainText = (longest: number): z.ZodString =>
  z
    .string()
    .min(1)
    .max(longest)
    .regex(/^\P{Cc}*$/u, "must hold no control characters");

export const decisionBody = z.strictObject({
  only: z
    .array(plainText(longestIdentifier))
    .min(1)
    .max(mostIdentifiers)
    .optional()
    .describe("Identifiers of entities on the plan; all of it where not given"),
});

export const pauseBody = z.strictObject({
  scope: z
    .enum(["all", "deletions"])
    .describe("`all`: nothing is written; `deletions`: nothing deleted"),
  forSeconds: z
    .int()
    .min(1)
    .max(longestPause)
    .optional()
    .describe("Until somebody resumes where not given"),
  reason: plainText(500).optional(),
});

export const resyncBody = z.strictObject({
  type: z
    .enum(["full", "delta"])
    .describe("`full` reads everything and may delete; `delta` reads what may have changed"),
});

export const emptyBody = z.strictObject({});

export const statusAnswer = z
  .looseObject({
    from: z.enum(["server", "store", "port"]),
    at: moment,
    integration: z.string(),
    plans: z.array(z.looseObject({})),
  })
  .describe("How the synchronisation is; what `pagerport status --json` prints");

const planSummary = z.object({
  id: z.int(),
  blueprint: z.string(),
  brake: z.string().describe("What withheld it"),
  reason: z.string().describe("For a person"),
  entities: z.int().describe("Open ones"),
  approved: z.int(),
  rejected: z.int(),
  openedAt: moment,
  since: moment.describe(
    "Since when the oldest of those that wait has been withheld; where none waits, `openedAt`",
  ),
  run: z.int().optional().describe("Absent for live events"),
  sort: z.enum(["deletions", "mapping"]),
});

const planEntity = z.object({
  blueprint: z.string(),
  identifier: z.string(),
  title: z.string().optional(),
  since: moment,
  state: z.enum(["open", "approved", "rejected"]),
  isDependent: z.boolean().describe("It would go only because it cannot be without another"),
  why: z.string(),
  by: z.string().optional(),
  related: z
    .int()
    .optional()
    .describe("Entities in Port that relate to it; absent where they were not counted"),
});

export const plansAnswer = z.object({ plans: z.array(planSummary) });

export const planAnswer = z.object({
  plan: planSummary,
  entities: z.array(planEntity),
  writes: z.array(z.string()).describe("Identifiers that a changed mapping writes in their place"),
  reader: z.string().describe("Hash of the parts of the mapping that it hangs on"),
  replacedBy: z.int().optional().describe("The plan that has all of it and more"),
});

const decision = z.object({
  id: z.int(),
  changed: z.int().describe("Entities that this decided on"),
  already: z.int().describe("Entities that had been decided on so before"),
  by: z.string().optional().describe("Who decided before, where somebody had"),
});

export const approvalAnswer = decision.extend({
  isRunAsked: z
    .boolean()
    .describe("Whether a full run was asked for; else the next one that is due carries it out"),
});

export const rejectionAnswer = decision;

const pauseState = z.object({
  scope: z.enum(["all", "deletions"]),
  since: moment,
  until: moment.optional(),
  by: z.string(),
  reason: z.string().optional(),
});

const pendingWriter = z.object({
  owner: z.string().describe("Host and process"),
  work: z.enum(["run", "command", "objects"]),
  count: z.int().describe("Of `objects`, how many it works on"),
});

export const pauseAnswer = z.object({
  pause: pauseState.nullable().describe("null where nothing is paused"),
  pending: z
    .array(pendingWriter)
    .describe("Who may still write, or delete, since they had begun; empty: nobody does any more"),
});

export const resumeAnswer = z.object({
  ended: pauseState.nullable().describe("null where nothing was paused"),
});

export const resyncAnswer = z.object({ requested: z.enum(["full", "delta"]) });

export const problemAnswer = z
  .object({
    type: z.string().describe("urn:pagerport:problem:…"),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe("For a person: what is wrong, and what to do"),
    instance: z.string().describe("The path that was asked for"),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .describe("RFC 9457");

export type PlanSummaryJson = z.infer<typeof planSummary>;
export type PlanEntityJson = z.infer<typeof planEntity>;
export type PauseJson = z.infer<typeof pauseState>;
export type PauseAnswerJson = z.infer<typeof pauseAnswer>;
