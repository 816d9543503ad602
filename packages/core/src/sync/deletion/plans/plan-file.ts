import { createHash } from "node:crypto";
import { z } from "zod";
import { ConfigError } from "../../../errors.ts";
import type { Mapping } from "../../../map/mapping.ts";
import type { HeldGroup } from "../../../store/plans/held-group.ts";
import { describeReader } from "../brakes/describe-reader.ts";
import type { ApprovedPlan } from "./read-decisions.ts";

/** Where a plan was made: it is valid nowhere else. */
export interface PlanOrigin {
  /** Host of the PagerDuty account, `acme.pagerduty.com`; empty where no object tells it. */
  readonly account: string;
  /** Id of the organisation in Port; empty where Port does not tell it. */
  readonly organization: string;
  readonly integration: string;
}

/** Milliseconds for which a file may be approved: what was so a day ago is looked at again. */
const fileSpan = 24 * 3_600_000;

const entitySchema = z.strictObject({
  blueprint: z.string().min(1),
  identifier: z.string().min(1),
  title: z.string().optional(),
  why: z.string(),
  isDependent: z.boolean(),
});

const contentSchema = z.strictObject({
  madeAt: z.iso.datetime(),
  account: z.string(),
  organization: z.string(),
  integration: z.string(),
  plans: z.array(
    z.strictObject({
      blueprint: z.string().min(1),
      brake: z.string().min(1),
      reader: z.string().min(1),
      /** Identifiers that a changed mapping writes in their place. */
      writes: z.array(z.string()).optional(),
      entities: z.array(entitySchema),
    }),
  ),
});

const fileSchema = contentSchema.extend({ pagerportPlan: z.literal(1), digest: z.string() });

/** What a run withheld, as a pipeline keeps it between two jobs. */
export type PlanFile = z.output<typeof contentSchema>;

/**
 * Writes what a run withheld as the text of a file, for a person to read and another run to approve.
 *
 * @param options.now milliseconds since 1970
 */
export function writePlanFile(
  origin: PlanOrigin,
  held: readonly HeldGroup[],
  { now }: { readonly now: number },
): string {
  const content = contentSchema.parse({
    madeAt: new Date(now).toISOString(),
    account: origin.account,
    organization: origin.organization,
    integration: origin.integration,
    plans: held.map(({ blueprint, brake, reader, writes, entities }) => ({
      blueprint,
      brake,
      reader,
      ...(writes === undefined ? {} : { writes: [...writes] }),
      entities: entities.map(({ title, why, isDependent = false, ...ref }) => ({
        blueprint: ref.blueprint,
        identifier: ref.identifier,
        ...(title === undefined ? {} : { title }),
        why,
        isDependent,
      })),
    })),
  });
  return `${JSON.stringify({ pagerportPlan: 1, ...content, digest: digestOf(content) }, null, 2)}\n`;
}

/**
 * Reads a file that {@link writePlanFile} wrote.
 *
 * @param name the file, as the user named it
 * @throws {ConfigError} where it is none, or was changed since
 */
export function parsePlanFile(text: string, name: string): PlanFile {
  const fail = (problem: string): never => {
    throw new ConfigError(`${name}: ${problem}`, { setting: "--approve" });
  };
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return fail("not JSON. It must be a file that pagerport sync --plan-out wrote");
  }
  const parsed = fileSchema.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.map(String).join(".") ?? "";
    return fail(
      `no plan of pagerport${place === "" ? "" : ` (${place}: ${issue?.message})`}. It must be a file that pagerport sync --plan-out wrote`,
    );
  }
  const { pagerportPlan: _, digest, ...content } = parsed.data;
  if (digestOf(content) !== digest) {
    return fail(
      "it was changed after pagerport wrote it. To approve a part of it: pagerport sync --approve FILE --only ID…",
    );
  }
  return content;
}

/**
 * What of a file is approved, for a run.
 *
 * @param name the file, as the user named it
 * @throws {ConfigError} where it was made for another account, organisation, integration or mapping, or a day
 * ago, or lacks what is to be approved alone
 */
export function approvePlanFile(
  file: PlanFile,
  {
    name,
    origin,
    mapping,
    only,
    now,
  }: {
    /** Milliseconds since 1970. */
    readonly now: number;
    readonly name: string;
    readonly origin: PlanOrigin;
    readonly mapping: Pick<Mapping, "resources">;
    /** Identifiers. @default all */
    readonly only?: readonly string[] | undefined;
  },
): ApprovedPlan[] {
  const fail = (problem: string): never => {
    throw new ConfigError(`${name}: ${problem}. Nothing was approved`, { setting: "--approve" });
  };
  if (now - Date.parse(file.madeAt) > fileSpan) {
    fail(`made more than a day ago, ${file.madeAt}: have it made again, and look at it again`);
  }
  if (file.account === "") {
    fail("made where PagerDuty did not tell whose account it is, so that it could be anybody's");
  }
  const names = {
    account: "PagerDuty account",
    organization: "Port organisation",
    integration: "integration",
  } as const;
  for (const key of Object.keys(names) as (keyof typeof names)[]) {
    if (file[key] === origin[key]) continue;
    fail(`made for ${names[key]} '${file[key]}', and this is '${origin[key]}'`);
  }
  for (const { blueprint, reader } of file.plans) {
    if (describeReader(mapping, blueprint) === reader) continue;
    fail(`the mapping reads or names ${blueprint} otherwise than when it was made`);
  }
  const known = new Set(
    file.plans.flatMap(({ entities }) => entities.map(({ identifier }) => identifier)),
  );
  const stray = only?.find((identifier) => !known.has(identifier));
  if (stray !== undefined) fail(`'${stray}' is not in it`);
  const isOfMapping = (plan: PlanFile["plans"][number]): boolean => plan.writes !== undefined;
  const hasDependents = file.plans.some(({ entities }) =>
    entities.some(({ isDependent }) => isDependent),
  );
  if (only !== undefined && hasDependents) {
    fail(
      "it is approved whole, as entities of others go along with what is in it: leave out --only",
    );
  }
  if (only !== undefined && file.plans.some(isOfMapping)) {
    fail("it has the plan of a changed mapping, which is approved whole: leave out --only");
  }
  return file.plans.map((plan) => ({
    blueprint: plan.blueprint,
    reader: plan.reader,
    isOfMapping: isOfMapping(plan),
    entities: plan.entities
      .filter(({ identifier, isDependent }) => isDependent || only?.includes(identifier) !== false)
      .map(({ blueprint, identifier, isDependent }) => ({ blueprint, identifier, isDependent })),
    brake: plan.brake,
    others: plan.entities.filter(
      ({ identifier, isDependent }) => !isDependent && only?.includes(identifier) === false,
    ),
  }));
}

function digestOf(content: PlanFile): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("base64url");
}
