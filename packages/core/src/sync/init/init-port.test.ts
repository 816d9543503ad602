import { expect, test } from "bun:test";
import { ConfigError } from "../../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { readDefaultFile } from "../../map/defaults.ts";
import { parseMapping } from "../../map/parse/parse-mapping.ts";
import type { PortRequest } from "../../sink/port/port-client.ts";
import { failureOf } from "../../testing/failure-of.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { ScriptedPort } from "../../testing/scripted-port.ts";
import { applyInit } from "./apply-init.ts";
import { initPort, type InitPortOptions } from "./init-port.ts";
import type { InitReport } from "./init-report.ts";
import { planInit } from "./plan-init.ts";

const shared = { integrationIdentifier: "mine", version: "1" };

/** A Port in memory: blueprints are replaced part by part, as a change names them. */
class MemoryPort {
  readonly blueprints = new Map<string, JsonObject>();
  integration: JsonObject | undefined = { config: { resources: [] } };
  readonly writes: string[] = [];
  /** Called before an answer; a status refuses. */
  onRequest: (what: string, request: PortRequest) => number | undefined = () => undefined;
  readonly client = new ScriptedPort((what, request) => this.#answer(what, request));

  constructor(blueprints: readonly JsonObject[] = []) {
    for (const blueprint of blueprints) this.blueprints.set(nameOf(blueprint), blueprint);
  }

  #answer(what: string, request: PortRequest): JsonObject | number {
    const refusal = this.onRequest(what, request);
    if (refusal !== undefined) return refusal;
    const { method, body = {} } = request;
    if (method !== "GET") this.writes.push(what);
    if (what === "GET /blueprints") return { blueprints: [...this.blueprints.values()] };
    if (what === "POST /blueprints") {
      if (this.blueprints.has(nameOf(body))) return 409;
      this.blueprints.set(nameOf(body), body);
      return {};
    }
    if (what.startsWith("PATCH /blueprints/")) {
      const identifier = what.slice("PATCH /blueprints/".length);
      this.blueprints.set(identifier, { ...this.blueprints.get(identifier), ...body });
      return {};
    }
    if (what === "POST /integration") this.integration = body;
    if (what === "GET /integration/mine" && this.integration === undefined) return 404;
    return { integration: this.integration ?? {} };
  }
}

function nameOf({ identifier }: JsonObject): string {
  return typeof identifier === "string" ? identifier : "";
}

async function init(
  port: MemoryPort,
  file: "mapping.yaml" | "guide/mapping-analytics.yaml" = "mapping.yaml",
  options: Partial<InitPortOptions> = {},
): Promise<InitReport> {
  const mapping = await parseMapping(readDefaultFile(file));
  const clock = new FakeClock();
  return clock.drive(initPort({ ...shared, port: port.client, clock, mapping, ...options }));
}

function readGuide(): JsonObject[] {
  return JSON.parse(readDefaultFile("guide/blueprints.json")) as JsonObject[];
}

function propertiesOf(port: MemoryPort, blueprint: string): string[] {
  const schema: Json | undefined = port.blueprints.get(blueprint)?.["schema"];
  const properties = isJsonObject(schema) ? schema["properties"] : undefined;
  return isJsonObject(properties) ? Object.keys(properties) : [];
}

test("initPort() relates blueprints when all of them are there, and computes last", async () => {
  const port = new MemoryPort();
  port.integration = undefined;
  const mapping = await parseMapping(
    JSON.stringify({
      resources: [
        {
          kind: "incidents",
          selector: { query: "true" },
          port: {
            entity: {
              mappings: {
                identifier: ".id",
                blueprint: '"pagerdutyIncident"',
                properties: { details: ".title", responder: ".id" },
                relations: { microservice: ".service.id" },
              },
            },
          },
        },
      ],
    }),
  );
  const report = await init(port, "mapping.yaml", { mapping });
  expect(report.done.createdBlueprints.toSorted()).toEqual(["microservice", "pagerdutyIncident"]);
  expect(port.writes).toEqual([
    "POST /blueprints",
    "POST /blueprints",
    "PATCH /blueprints/pagerdutyIncident",
    "PATCH /blueprints/microservice",
    "POST /integration",
    "PATCH /integration/mine",
  ]);
  const bare = port.client.requests.find(({ method }) => method === "POST");
  expect(bare?.body).not.toHaveProperty("relations");
  expect(port.blueprints.get("microservice")).toMatchObject({
    calculationProperties: { service: { type: "string" } },
  });
  expect((await init(port, "mapping.yaml", { mapping })).done).toMatchObject({
    createdBlueprints: [],
    added: [],
  });
});

test("applyInit() takes no plan in whose way something stands", async () => {
  const port = new MemoryPort(
    JSON.parse(readDefaultFile("guide/webhook-blueprints.json")) as JsonObject[],
  );
  const mapping = await parseMapping(readDefaultFile("mapping.yaml"));
  const options = { ...shared, port: port.client, clock: new FakeClock(), mapping };
  const error = await failureOf(applyInit(await planInit(options), options));
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message).toContain("pagerdutyIncident has the relation microservice");
  expect(port.writes).toEqual([]);
});

test("initPort() leaves what was there when a stage fails, and goes on from there", async () => {
  const port = new MemoryPort();
  port.onRequest = (what) => (what.startsWith("PATCH /blueprints") ? 422 : undefined);
  const before = structuredClone(port.integration);
  const error = await failureOf(init(port));
  expect(error).toMatchObject({ status: 422 });
  expect(error.message).toContain(
    "Init stopped at adding properties and relations. What was written before can stay (pagerdutyEscalationPolicy,",
  );
  expect(error.message).toContain("run init again: it goes on from there");
  expect(port.integration).toEqual(before);
  port.onRequest = () => undefined;
  const { done } = await init(port);
  expect(done.createdBlueprints).toEqual([]);
  expect(done.added.map(({ field }) => field)).toEqual(
    Array.from({ length: done.added.length }, () => expect.stringMatching(/^relations\./)),
  );
});

test("initPort() adds again what somebody else took away meanwhile", async () => {
  const port = new MemoryPort(readGuide());
  let changes = 0;
  let stale: JsonObject | undefined;
  port.onRequest = (what) => {
    // The one who read before our change, and writes after it.
    if (what === "GET /blueprints" && changes === 1 && stale !== undefined) {
      port.blueprints.set("pagerdutyIncident", stale);
      stale = undefined;
    }
    if (what.startsWith("PATCH /blueprints")) {
      changes += 1;
      if (changes === 1) stale = structuredClone(port.blueprints.get("pagerdutyIncident"));
    }
    return undefined;
  };
  const { done } = await init(port, "guide/mapping-analytics.yaml");
  expect(changes).toBe(2);
  expect(done.added).toEqual([{ blueprint: "pagerdutyIncident", field: "properties.analytics" }]);
  expect(propertiesOf(port, "pagerdutyIncident")).toContain("analytics");
});

test("initPort() lets the status of our services be deleted, and leaves all that it had", async () => {
  const port = new MemoryPort(JSON.parse(readDefaultFile("blueprints.json")) as JsonObject[]);
  const service = structuredClone(port.blueprints.get("pagerdutyService") ?? {});
  const { properties } = service["schema"] as { properties: { status: JsonObject } };
  const { status } = properties;
  const values = [status["enum"] ?? []].flat();
  const colors = { active: "turquoise", retired: "pink" };
  const before = [...values.filter((value) => value !== "deleted"), "retired"];
  properties.status = { title: "Mine", type: "string", enum: before, enumColors: colors };
  port.blueprints.set("pagerdutyService", structuredClone(service));
  const foreseen = await init(port, "mapping.yaml", { dryRun: true });
  const { done } = await init(port);
  const field = "the value deleted of properties.status";
  expect(done.added).toEqual([{ blueprint: "pagerdutyService", field }]);
  expect(foreseen.done.added).toEqual(done.added);
  const after = port.blueprints.get("pagerdutyService")?.["schema"];
  expect(after).toEqual({
    ...(service["schema"] as JsonObject),
    properties: {
      ...(properties as JsonObject),
      status: {
        title: "Mine",
        type: "string",
        enum: [...before, "deleted"],
        enumColors: { deleted: "darkGray", ...colors },
      },
    },
  });
  expect((await init(port)).done.added).toEqual([]);
});

test("initPort() gives up against somebody who never stops", async () => {
  const port = new MemoryPort(readGuide());
  const incident = structuredClone(port.blueprints.get("pagerdutyIncident") ?? {});
  port.onRequest = (what) => {
    if (what === "GET /blueprints") port.blueprints.set("pagerdutyIncident", incident);
    return undefined;
  };
  const error = await failureOf(init(port, "guide/mapping-analytics.yaml"));
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message).toContain("Run init again when nothing else changes blueprints");
});

test("initPort() ends where a blueprint is deleted, or is made by somebody in another way, meanwhile", async () => {
  const deleted = new MemoryPort(readGuide());
  let readings = 0;
  deleted.onRequest = (what) => {
    if (what === "GET /blueprints") readings += 1;
    if (readings === 2) deleted.blueprints.delete("pagerdutyIncident");
    return undefined;
  };
  const error = await failureOf(init(deleted, "guide/mapping-analytics.yaml"));
  expect(error.message).toContain("Blueprint pagerdutyIncident was deleted while init ran");

  const made = new MemoryPort();
  made.onRequest = (what) => {
    if (what !== "POST /blueprints" || made.blueprints.size > 0) return undefined;
    made.blueprints.set("pagerdutyIncident", {
      identifier: "pagerdutyIncident",
      relations: { pagerdutyService: { target: "theirs", required: false, many: false } },
    });
    return undefined;
  };
  const other = await failureOf(init(made));
  expect(other.message).toContain("Relation pagerdutyService of blueprint pagerdutyIncident was");
  expect(other.message).toContain("leads to theirs");
});

test("initPort() waits for what Port makes itself, but not for ever", async () => {
  const port = new MemoryPort();
  port.integration = undefined;
  let readings = 0;
  port.onRequest = (what) => {
    if (what === "GET /integration/mine") readings += 1;
    if (readings === 6) port.integration = { config: { resources: [] } };
    return undefined;
  };
  const options = { resourcesOrigin: "Port" } as const;
  expect((await init(port, "mapping.yaml", options)).done.integration).toBe("created");
  expect(readings).toBe(6);
  expect(port.writes).toEqual(["POST /integration"]);

  const never = new MemoryPort();
  never.integration = { createPortResourcesOrigin: "Port" };
  const error = await failureOf(init(never));
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message).toContain("Port has made no mapping for the integration mine");
  expect(never.writes).toEqual([]);
});

test("initPort() changes nothing of an integration whose mapping is there", async () => {
  const port = new MemoryPort(JSON.parse(readDefaultFile("blueprints.json")) as JsonObject[]);
  port.integration = { config: { resources: [] }, arePortResourcesInitialized: true };
  expect((await init(port)).done.integration).toBe("unchanged");
  expect(port.writes).toEqual([]);
  // As another process left it, which was faster.
  port.integration = undefined;
  port.onRequest = (what) => (what === "POST /integration" ? 409 : undefined);
  expect((await init(port)).done.integration).toBe("unchanged");
});
