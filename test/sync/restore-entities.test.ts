import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import {
  ConfigError,
  createEntityWriter,
  createJournalFile,
  deleteJournalled,
  journalEntities,
  type PortClient,
  type PortEntity,
  restoreEntities,
} from "@pagerport/core";
import { failureOf } from "../../packages/core/src/testing/failure-of.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { connectSandboxPort } from "../support/connect-sandbox.ts";
import { bySize } from "../support/size.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const hour = 3_600_000;

const blueprints = [
  {
    identifier: "team",
    title: "Team",
    schema: { properties: { size: { type: "number" } } },
    relations: { parent: { target: "team", required: false, many: false } },
  },
  {
    identifier: "service",
    title: "Service",
    schema: {
      properties: { tier: { type: "string" }, tags: { type: "array" }, raw: { type: "object" } },
    },
    calculationProperties: { link: { type: "string", calculation: "'x/' + .identifier" } },
    mirrorProperties: { teamSize: { path: "owner.size" } },
    relations: {
      owner: { target: "team", required: false, many: false },
      related: { target: "service", required: false, many: true },
    },
  },
  {
    identifier: "incident",
    title: "Incident",
    schema: { properties: { note: { type: "string" } }, required: ["note"] },
    relations: { service: { target: "service", required: true, many: false } },
  },
];

interface Setup extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly port: PortClient;
  readonly folder: TemporaryFolder;
}

async function start(options: SandboxOptions = {}): Promise<Setup> {
  const folder = new TemporaryFolder();
  const sandbox = await startSandbox({
    services: 1,
    incidents: 0,
    now: Date.UTC(2026, 5, 1),
    ...options,
  });
  for (const blueprint of blueprints) sandbox.port.putBlueprint(blueprint);
  return {
    sandbox,
    port: connectSandboxPort(sandbox),
    folder,
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
      await sandbox.close();
    },
  };
}

async function put(port: PortClient, entities: readonly PortEntity[]): Promise<void> {
  const writer = createEntityWriter({ port, merge: true, createMissingRelatedEntities: true });
  await writer.write(entities);
}

function entityOf(
  blueprint: string,
  identifier: string,
  given: Partial<PortEntity> = {},
): PortEntity {
  return { blueprint, identifier, properties: {}, relations: {}, ...given };
}

/** Deletes everything of some blueprints as a run does, and gives the journal's path. */
async function deleteAll(
  { sandbox, port, folder }: Setup,
  names: readonly string[],
): Promise<string> {
  sandbox.clock.advance(hour);
  const journal = createJournalFile({ folder: folder.path, run: 1 });
  const removals = names.map((blueprint) => ({
    blueprint,
    identifiers: sandbox.port.entities(blueprint).map(({ identifier }) => identifier),
  }));
  for (const removal of await journalEntities({ port, removals, journal })) {
    await deleteJournalled(port, removal);
  }
  await journal[Symbol.asyncDispose]();
  sandbox.clock.advance(hour);
  return journal.path ?? "";
}

/** What is to be the same again: all but when it was written. */
function snapshot(sandbox: Sandbox): unknown[] {
  return sandbox.port
    .entities()
    .map(({ createdAt: _created, updatedAt: _updated, ...entity }) => entity)
    .toSorted((one, other) =>
      `${one.blueprint} ${one.identifier}` < `${other.blueprint} ${other.identifier}` ? -1 : 1,
    );
}

function fill(count: number): PortEntity[] {
  const services = Array.from({ length: count }, (_, place) =>
    entityOf("service", `S${place}`, {
      title: `Service "${place}" ü`,
      icon: "Service",
      team: ["platform"],
      properties: { tier: place % 2 === 0 ? "one" : null, tags: ["b", "a"], raw: { deep: [1] } },
      relations: { owner: `T${place % 5}`, related: [`S${(place + 1) % count}`] },
    }),
  );
  const teams = Array.from({ length: 5 }, (_, place) =>
    entityOf("team", `T${place}`, {
      properties: { size: place },
      relations: { parent: place === 0 ? null : `T${place - 1}` },
    }),
  );
  const incidents = Array.from({ length: count }, (_, place) =>
    entityOf("incident", `I${place}`, {
      properties: { note: `Note ${place}` },
      relations: { service: `S${place}` },
    }),
  );
  return [...teams, ...services, ...incidents];
}

test("restoreEntities() brings back what a run deleted: targets first, cycles, computed fields left out", async () => {
  await using setup = await start();
  const { sandbox, port } = setup;
  const count = bySize({ short: 130, long: 5000 });
  await put(port, fill(count));
  const before = snapshot(sandbox);
  const path = await deleteAll(setup, ["incident", "service", "team"]);
  expect(sandbox.port.entityCount).toBe(0);

  const written: number[] = [];
  const report = await restoreEntities({
    port,
    path,
    onEvent: (event) => void (event.type === "written" && written.push(event.objects)),
  });
  expect(report).toEqual({
    entities: count * 2 + 5,
    restored: count * 2 + 5,
    alreadyThere: [],
    isHeld: false,
    refused: [],
    missingBlueprints: [],
    relations: 0,
    unrelated: [],
    cutOff: undefined,
  });
  expect(snapshot(sandbox)).toEqual(before);
  expect(written).toHaveLength(count * 2 + 5);
  // Nothing was refused on the way: the order was right.
  expect(sandbox.requests.port.byStatus["207"]).toBeUndefined();

  const again = await restoreEntities({ port, path });
  expect(again).toMatchObject({ restored: 0, refused: [] });
  expect(again.alreadyThere).toHaveLength(count * 2 + 5);
});

test("restoreEntities() leaves alone what is there again and newer, unless it is to overwrite", async () => {
  await using setup = await start();
  const { sandbox, port } = setup;
  const properties = { tier: "one", tags: ["old"] };
  await put(port, [entityOf("service", "S1", { properties }), entityOf("service", "S2")]);
  const path = await deleteAll(setup, ["service"]);
  await put(port, [entityOf("service", "S1", { properties: { tier: "new", raw: {} } })]);

  const report = await restoreEntities({ port, path });
  expect(report).toMatchObject({
    restored: 1,
    alreadyThere: [{ blueprint: "service", identifier: "S1", line: 1 }],
  });
  expect(sandbox.port.entity("service", "S1")?.properties).toMatchObject({ tier: "new" });

  const forced = await restoreEntities({ port, path, overwrite: true });
  expect(forced).toMatchObject({ restored: 2, alreadyThere: [] });
  const stored = sandbox.port.entity("service", "S1")?.properties;
  expect(stored).toMatchObject({ tier: "one", tags: ["old"], raw: null });
});

test("restoreEntities() tells every line that is wrong, and writes nothing then", async () => {
  await using setup = await start();
  const { sandbox, port, folder } = setup;
  const path = folder.file("deleted-1.ndjson");
  const good = JSON.stringify(entityOf("service", "S1"));
  const lines = [
    good,
    "{not json",
    "[]",
    JSON.stringify({ identifier: "S2" }),
    JSON.stringify({ blueprint: "service", identifier: "a b" }),
    JSON.stringify({ ...entityOf("service", "S3"), relations: { owner: 7 } }),
    JSON.stringify({ ...entityOf("service", "S4"), team: [1] }),
    JSON.stringify({ ...entityOf("service", "S5"), properties: [] }),
    "",
    JSON.stringify({ ...entityOf("service", "S6"), title: 5 }),
    JSON.stringify({ action: "delete", blueprint: "service", identifier: "S7" }),
  ];
  writeFileSync(path, `${lines.join("\n")}\n`);
  const failure = await failureOf(restoreEntities({ port, path }));
  expect(failure).toBeInstanceOf(ConfigError);
  expect(failure.message.split("\n")).toEqual([
    `${path}:2: is not JSON: {not json`,
    `${path}:3: must be an object: it is []`,
    `${path}:4: blueprint must be a name: it is missing`,
    `${path}:5: identifier must be one that Port takes: it is "a b"`,
    `${path}:6: relations.owner must be identifiers: it is 7`,
    `${path}:7: team must be names: it is [1]`,
    `${path}:8: properties must be an object: it is []`,
    `${path}:10: title must be text: it is 5`,
    `${path}:11: is what a dry run prints, and no entity: {"action":"delete","blueprint":"service","identifier":"S7"}. Give the file that a run wrote before it deleted: deleted-<run>.ndjson`,
  ]);
  expect(sandbox.requests.port.total).toBe(0);
  const missing = await failureOf(restoreEntities({ port, path: folder.file("none") }));
  expect(missing).toBeInstanceOf(ConfigError);
});

test("restoreEntities() tells of a last line that a crash cut off, and restores the rest", async () => {
  await using setup = await start();
  const { sandbox, port } = setup;
  await put(port, fill(3));
  const path = await deleteAll(setup, ["incident"]);
  writeFileSync(path, readFileSync(path, "utf8").slice(0, -20));
  const report = await restoreEntities({ port, path });
  expect(report).toMatchObject({ entities: 2, restored: 2, cutOff: 3 });
  expect(sandbox.port.entities("incident")).toHaveLength(2);

  // An editor that took the last line's end away took no entity.
  writeFileSync(path, readFileSync(path, "utf8").split("\n").slice(0, 2).join("\n"));
  expect(await restoreEntities({ port, path })).toMatchObject({ entities: 2, cutOff: undefined });
});

test("restoreEntities() tells once of each blueprint that is missing, and restores the others", async () => {
  await using setup = await start();
  const { port, folder } = setup;
  const path = folder.file("deleted-1.ndjson");
  const entities = [entityOf("gone", "A"), entityOf("gone", "B"), entityOf("team", "T1")];
  writeFileSync(path, `${entities.map((entity) => JSON.stringify(entity)).join("\n")}\n`);
  const report = await restoreEntities({ port, path });
  expect(report).toMatchObject({ entities: 3, restored: 1, refused: [] });
  expect(report.missingBlueprints).toEqual([
    {
      blueprint: "gone",
      entities: 2,
      message:
        "Cannot restore 2 entities of 'gone' as Port has no blueprint of that name. Make it again, then restore once more",
    },
  ]);
});

test("restoreEntities() names what Port refuses with its reason, and restores the others", async () => {
  await using setup = await start();
  const { sandbox, port } = setup;
  await put(port, fill(30));
  const path = await deleteAll(setup, ["incident"]);
  // Its service went in the meantime, which it cannot be without.
  sandbox.port.deleteEntity("service", "S7");
  const report = await restoreEntities({ port, path });
  expect(report).toMatchObject({ entities: 30, restored: 29 });
  // Bulks are written beside each other, so the order in the journal is Port's.
  const line =
    1 +
    readFileSync(path, "utf8")
      .split("\n")
      .findIndex((text) => text.includes('"I7"'));
  expect(line).toBeGreaterThan(0);
  expect(report.refused).toMatchObject([
    { blueprint: "incident", identifier: "I7", line, status: 404 },
  ]);
  expect(report.refused[0]?.reason).toContain("S7");
});

test("restoreEntities() comes to the same end through faults", async () => {
  await using setup = await start();
  const { sandbox, port } = setup;
  await put(port, fill(60));
  const before = snapshot(sandbox);
  const path = await deleteAll(setup, ["incident", "service", "team"]);
  const kinds = ["500", "502-html", "reset", "reset-after"] as const;
  sandbox.configure({ portApi: { faults: { rate: 0.05, kinds } } });
  const report = await restoreEntities({ port, path });
  expect(report.refused).toEqual([]);
  expect(snapshot(sandbox)).toEqual(before);
});
