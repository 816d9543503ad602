import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import {
  createMapper,
  defaultFileNames,
  type JsonObject,
  type Mapping,
  parseMapping,
  parseWebhookConfig,
  readDefaultFile,
} from "@pagerport/core";
import { generateFiles } from "../../scripts/generate-files.ts";
import { createNative } from "../../packages/core/src/map/native/native.ts";
import { bySize } from "../support/size.ts";
import { createJqOracle } from "../support/jq-oracle.ts";
import { judgeNatively, textOf } from "../support/native-verdict.ts";
import { createRandom, createSamples, type SampleKind } from "../support/sample-objects.ts";

/** Real objects lie beside a checkout where they may be used; they are no part of it. */
const realObjects = `${import.meta.dir}/../../../shared/data/pagerduty-objects`;

const count = bySize({ short: 40, long: 400 });
const jq = await createJqOracle();

/** What Ocean's newest default mapping says and ours does not, kind by kind. */
const oceanExpressions: Readonly<Record<SampleKind, readonly string[]>> = {
  services: [],
  incidents: [
    ".id | tostring",
    ".self",
    ".assignments | map(.assignee.email)",
    "if .priority != null then .priority.summary else null end",
  ],
  schedules: ['[.users[] | select(has("__email")) | .__email]'],
  oncalls: ['.user.id + "-" + .schedule.id + "-" + .start', ".user.name"],
  escalation_policies: [".summary", ".escalation_rules"],
  users: [],
};

const mappings = await Promise.all(
  defaultFileNames
    .filter((name) => name.endsWith("mapping.yaml") || name.endsWith("analytics.yaml"))
    .map((name) => parseMapping(readDefaultFile(name), { file: name })),
);

test.each(Object.keys(oceanExpressions) as SampleKind[])(
  "every expression of the known mappings gives natively what jq gives, for %s",
  async (kind) => {
    const objects = [
      ...createSamples(kind, count, createRandom(7)),
      ...(await readRealObjects(kind)),
      // And for what such an object should never be.
      {},
      { id: null, users: null, assignments: {}, __oncall_user: 5, schedule: "x", teams: [null] },
    ];
    for (const source of new Set(knownExpressions(kind))) {
      const native = createNative(source);
      if (native === undefined) continue;
      const verdicts = jq.judge(source, objects);
      for (const [at, object] of objects.entries()) {
        const verdict = verdicts[at];
        if (verdict === undefined) throw new Error(`Too few rows for ${source}`);
        expect(textOf(judgeNatively(native, object)), source).toBe(textOf(verdict));
      }
    }
  },
);

test("the known mappings take the native path", () => {
  const all = (Object.keys(oceanExpressions) as SampleKind[]).flatMap(knownExpressions);
  const native = all.filter((source) => createNative(source) !== undefined);
  process.stderr.write(`${native.length} of ${all.length} expressions take the native path\n`);
  expect(native).toEqual(all);
});

test.each([
  "services",
  "incidents",
  "schedules",
  "oncalls",
  "escalation_policies",
  "users",
] as const)(
  "mapping.yaml maps %s without a problem, each to an entity of its own",
  async (kind) => {
    const mapping = mappingNamed("mapping.yaml");
    const mapper = createMapper(mapping);
    const objects = [
      ...createSamples(kind, count, createRandom(3)),
      ...(await readRealObjects(kind)),
    ];
    for (const resource of mapping.resources.filter((one) => one.kind === kind)) {
      const mapped = await mapper.apply(resource, objects);
      expect(mapped.flatMap((one) => one.problems)).toEqual([]);
      expect(mapped.every((one) => one.entities.length === 1)).toBe(true);
    }
  },
);

test("mapping.yaml tells apart on-calls that Ocean's identifier confuses", async () => {
  const mapping = mappingNamed("mapping.yaml");
  const oncall = (policy: string, level: number, schedule: string | null): JsonObject => ({
    escalation_policy: { id: policy },
    escalation_level: level,
    user: { id: "PU", summary: "Ana" },
    schedule: schedule === null ? null : { id: schedule },
    start: schedule === null ? null : "2025-10-17T15:57:50Z",
    end: null,
  });
  const objects = [
    oncall("PA", 1, "PS"),
    oncall("PB", 1, "PS"),
    oncall("PA", 2, "PS"),
    oncall("PA", 1, null),
  ];
  const resource = mapping.resources.find((one) => one.kind === "oncalls");
  if (resource === undefined) throw new Error("There are no on-calls in it");
  const mapped = await createMapper(mapping).apply(resource, objects);
  expect(mapped.flatMap((one) => one.entities.map((entity) => entity.identifier))).toEqual([
    "PA-1-PU-PS-2025-10-17T15:57:50Z",
    "PB-1-PU-PS-2025-10-17T15:57:50Z",
    "PA-2-PU-PS-2025-10-17T15:57:50Z",
    "PA-1-PU-direct-always",
  ]);
});

test("mapping.yaml reads open incidents of any age, and deletes little", () => {
  const mapping = mappingNamed("mapping.yaml");
  expect(mapping.entityDeletionThreshold).toBe(0.2);
  const queries = mapping.resources
    .filter((one) => one.kind === "incidents")
    .map((one) =>
      "apiQueryParams" in one.selection.selector
        ? one.selection.selector.apiQueryParams
        : undefined,
    );
  expect(queries).toEqual([
    { date_range: "all", include: ["assignees"], statuses: ["triggered", "acknowledged"] },
    { include: ["assignees"], statuses: ["resolved"] },
  ]);
});

test.each([
  ["mapping.yaml", ["blueprints.json"]],
  ["guide/mapping.yaml", ["guide/blueprints.json"]],
  ["guide/mapping-analytics.yaml", ["guide/blueprint-incident-analytics.json"]],
] as const)("%s maps nothing that its blueprints lack", (name, files) => {
  const blueprints = files
    .flatMap((file): unknown => JSON.parse(readDefaultFile(file)))
    .flat() as readonly Blueprint[];
  for (const resource of mappingNamed(name).resources) {
    for (const entity of resource.entities) {
      const identifier = entity.blueprint.native?.literal?.value;
      const blueprint = blueprints.find((one) => one.identifier === identifier);
      expect(blueprint, JSON.stringify(identifier)).toBeDefined();
      const known = Object.keys(blueprint?.schema.properties ?? {});
      expect(known).toEqual(expect.arrayContaining(entity.properties.map(([key]) => key)));
      expect(Object.keys(blueprint?.relations ?? {})).toEqual(
        expect.arrayContaining(entity.relations.map(([key]) => key)),
      );
    }
  }
});

test.each(["guide/webhook-mapper.json", "guide/webhook-history-mapper.json"] as const)(
  "%s is a configuration that Port takes",
  async (name) => {
    const config = await parseWebhookConfig(readDefaultFile(name), { file: name });
    const { identifier, title } = JSON.parse(readDefaultFile(name)) as Record<string, string>;
    expect(config.mappings.map((one) => one.blueprint)).toEqual([
      "microservice",
      "pagerdutyIncident",
    ]);
    // Port's limit for both.
    expect(Math.max(identifier?.length ?? 99, title?.length ?? 99)).toBeLessThanOrEqual(30);
  },
);

test.each(defaultFileNames.filter((name) => name.endsWith(".yaml")))(
  "%s tells editors its schema",
  (name) => {
    const [first] = readDefaultFile(name).split("\n");
    const up = "../".repeat(name.split("/").length + 2);
    expect(first).toBe(`# yaml-language-server: $schema=${up}schema/mapping.schema.json`);
  },
);

test("generated files are up to date; run: bun run generate", async () => {
  for (const [path, text] of await generateFiles()) {
    expect(await Bun.file(`${import.meta.dir}/../../${path}`).text(), path).toBe(text);
  }
});

interface Blueprint {
  readonly identifier: string;
  readonly schema: { readonly properties: object };
  readonly relations: object;
}

function mappingNamed(name: string): Mapping {
  const found = mappings.find((mapping) => mapping.file === name);
  if (found === undefined) throw new Error(`There is no ${name}`);
  return found;
}

function knownExpressions(kind: SampleKind): string[] {
  const fields = mappings.flatMap((mapping) => createMapper(mapping).explain());
  const ours = fields.filter((field) => field.kind === kind).map((field) => field.expression);
  return [...ours, ...oceanExpressions[kind]];
}

async function readRealObjects(kind: SampleKind): Promise<JsonObject[]> {
  const folder = `${realObjects}/${kind}`;
  if (!existsSync(folder)) return [];
  const names = await readdir(folder);
  return Promise.all(
    names.map(async (name): Promise<JsonObject> =>
      JSON.parse(await Bun.file(`${folder}/${name}`).text()),
    ),
  );
}
