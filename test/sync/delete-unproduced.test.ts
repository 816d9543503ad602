import { expect, test } from "bun:test";
import { type Sandbox, startSandbox } from "@pagerport/cli/sandbox";
import {
  type BlueprintDeletions,
  connectPort,
  createEntityWriter,
  type DeletionJournal,
  deleteUnproduced,
  FileError,
  type PortClient,
  systemClock,
} from "@pagerport/core";

const hour = 3_600_000;

async function startWithEntities(count: number): Promise<{ sandbox: Sandbox; port: PortClient }> {
  const sandbox = await startSandbox({ services: 1, incidents: 0, now: Date.UTC(2026, 5, 1) });
  sandbox.port.putBlueprint({
    identifier: "service",
    title: "Service",
    schema: { properties: { tier: { type: "string" } }, required: [] },
    relations: {},
  });
  const port = connectPort({
    fetch: globalThis.fetch,
    clock: systemClock,
    random: () => 0.02,
    baseUrl: sandbox.portUrl,
    clientId: sandbox.portClientId,
    clientSecret: sandbox.portClientSecret,
    integrationIdentifier: "mine",
    version: "0.0.0",
  });
  const writer = createEntityWriter({ port, merge: true, createMissingRelatedEntities: false });
  await writer.write(
    Array.from({ length: count }, (_, place) => ({
      identifier: `id-${place}`,
      blueprint: "service",
      title: `Service ${place}`,
      properties: { tier: "one" },
      relations: {},
    })),
  );
  return { sandbox, port };
}

function planOf(remove: readonly string[]): BlueprintDeletions {
  const none = { aged: [], recent: [], needed: [], withheld: [], reason: "", unfed: [] };
  return { blueprint: "service", remove, ...none };
}

function createJournal(flush: () => Promise<void> = () => Promise.resolve()): DeletionJournal & {
  readonly lines: string[];
} {
  const lines: string[] = [];
  return { lines, append: (line) => void lines.push(line), flush };
}

test("deleteUnproduced() writes whole entities to the journal before it deletes them", async () => {
  const { sandbox, port } = await startWithEntities(150);
  await using _closed = sandbox;
  sandbox.clock.advance(hour);
  const remove = Array.from({ length: 130 }, (_, place) => `id-${place}`);
  const known: number[] = [];
  const journal = createJournal(() => {
    known.push(sandbox.port.entities("service").length);
    return Promise.resolve();
  });
  const startedAt = sandbox.clock.now();
  const [result] = await deleteUnproduced({ port, plans: [planOf(remove)], journal, startedAt });

  expect(result?.deleted.toSorted()).toEqual(remove.toSorted());
  expect(sandbox.port.entities("service")).toHaveLength(20);
  // On disk while all of them were still there.
  expect(known).toEqual([150, 150]);
  expect(journal.lines).toHaveLength(130);
  expect(JSON.parse(String(journal.lines[0]))).toMatchObject({
    identifier: "id-0",
    blueprint: "service",
    title: "Service 0",
    properties: { tier: "one" },
  });
});

test("deleteUnproduced() keeps what was written since the run began", async () => {
  const { sandbox, port } = await startWithEntities(3);
  await using _closed = sandbox;
  sandbox.clock.advance(hour);
  const startedAt = sandbox.clock.now();
  sandbox.port.editEntity("service", "id-1", { properties: { tier: "two" } });
  const plans = [planOf(["id-0", "id-1", "gone-already"])];
  const [result] = await deleteUnproduced({ port, plans, journal: createJournal(), startedAt });
  expect(result).toMatchObject({ deleted: ["id-0"], recent: ["id-1"], refused: [] });
  expect(sandbox.port.entity("service", "id-1")).toBeDefined();
});

test("deleteUnproduced() deletes nothing where the journal cannot be written", async () => {
  const { sandbox, port } = await startWithEntities(3);
  await using _closed = sandbox;
  sandbox.clock.advance(hour);
  const journal = createJournal(() =>
    Promise.reject(
      new FileError("Cannot write the journal: disk full", { path: "deleted.ndjson" }),
    ),
  );
  const startedAt = sandbox.clock.now();
  const failure = await deleteUnproduced({
    port,
    plans: [planOf(["id-0"])],
    journal,
    startedAt,
  }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(FileError);
  expect(sandbox.port.entities("service")).toHaveLength(3);
});
