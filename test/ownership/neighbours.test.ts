import { expect, test } from "bun:test";
import type { SandboxOptions } from "@pagerport/cli/sandbox";
import { judgeSync } from "@pagerport/core";
import { putBlueprints } from "../support/blueprints.ts";
import { createNeighbour } from "../support/neighbours.ts";
import { bySize } from "../support/size.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const rules = ["last-exporter", "last-writer", "creator"] as const;
const size: SandboxOptions = { services: 4, incidents: 0, users: 6, schedules: 2 };
/** Of each integration, when nothing happens. */
const runs = bySize({ short: 3, long: 10 });
const hour = 3_600_000;

async function startPort(ownership: (typeof rules)[number]) {
  const sandbox = await startSandbox(size);
  sandbox.configure({ portApi: { ownership } });
  putBlueprints(sandbox);
  return sandbox;
}

for (const ownership of rules) {
  for (const overlap of [0, 30, 100] as const) {
    test(`resync() of three integrations that overlap ${overlap} %, owned by ${ownership}, rewrites nothing in turns`, async () => {
      await using sandbox = await startPort(ownership);
      await using a = await createNeighbour(sandbox, "a", { overlap });
      await using b = await createNeighbour(sandbox, "b", { overlap });
      await using c = await createNeighbour(sandbox, "c", { overlap });
      const shared = (identifier: unknown) => !/^[abc]-/.test(String(identifier));
      const first = await a.run();
      expect(first.unfinished).toEqual([]);
      const ofAll = first.written.filter(({ identifier }) => shared(identifier)).length;
      expect(ofAll > 0).toBe(overlap > 0);
      for (const other of [b, c]) {
        const report = await other.run();
        const left = report.blueprints.reduce((sum, one) => sum + one.left, 0);
        expect(left).toBe(ofAll);
        expect(judgeSync(report)).toBe(ofAll > 0 ? "unfinished" : "done");
        if (ofAll > 0) expect(report.unfinished.join()).toContain("integration 'a' owns");
        expect(report.written.filter(({ identifier }) => shared(identifier))).toEqual([]);
      }
      for (let run = 0; run < runs; run += 1) {
        sandbox.clock.advance(hour);
        for (const one of [a, b, c]) {
          const { written, questions, unfinished } = await one.run();
          expect([one.name, run, written.length, questions, unfinished]).toEqual([
            one.name,
            run,
            0,
            0,
            [],
          ]);
        }
      }
    });
  }

  test(`resync() takes over once and stays so, owned by ${ownership}`, async () => {
    await using sandbox = await startPort(ownership);
    await using a = await createNeighbour(sandbox, "a");
    await using b = await createNeighbour(sandbox, "b");
    const all = (await a.run()).written.length;
    expect((await b.run()).written).toEqual([]);
    // A dry run tells the same, and remembers nothing.
    const dry = await b.run({ dryRun: true, takeOverAgain: ["a"] });
    expect(dry.blueprints.map(({ left }) => left)).toEqual([0, 0]);
    expect((await b.run()).written).toEqual([]);
    const taken = await b.run({ takeOverAgain: ["a"] });
    expect([taken.written.length, judgeSync(taken)]).toEqual([all, "done"]);
    for (let run = 0; run < 5; run += 1) {
      sandbox.clock.advance(hour);
      const again = await b.run();
      expect([again.written.length, again.questions, judgeSync(again)]).toEqual([0, 0, "done"]);
      const before = await a.run();
      expect(before.written).toEqual([]);
      // Told once.
      const isTold = run === 0 && ownership !== "creator";
      expect(judgeSync(before)).toBe(isTold ? "unfinished" : "done");
    }
    // What changes is written by who took over.
    const [service] = [...sandbox.pagerduty.allServices()];
    sandbox.pagerduty.renameService(service?.id ?? "", "Renamed");
    sandbox.clock.advance(hour);
    expect((await b.run()).written.map(({ title }) => title)).toEqual(["Renamed"]);
    expect((await b.run()).written).toEqual([]);
  });

  test(`resync() writes what a person made and tells it once, owned by ${ownership}`, async () => {
    await using sandbox = await startPort(ownership);
    await using a = await createNeighbour(sandbox, "a");
    const [service] = [...sandbox.pagerduty.allServices()];
    const id = service?.id ?? "";
    sandbox.port.putEntity({
      identifier: id,
      blueprint: "pagerdutyService",
      title: "By hand",
      icon: null,
      team: [],
      properties: { status: "disabled" },
      relations: {},
      datasource: "port/ui",
      createdBy: "someone",
      updatedBy: "someone",
      createdAt: "2026-01-01T00:00:00.000Z",
      updatedAt: "2026-01-01T00:00:00.000Z",
    });
    const first = await a.run();
    expect(judgeSync(first)).toBe("done");
    expect(first.notices.join()).toContain("made by no integration");
    expect(sandbox.port.entity("pagerdutyService", id)?.title).toBe(service?.name);
    for (let run = 0; run < 3; run += 1) {
      sandbox.clock.advance(hour);
      const again = await a.run();
      expect([again.written, again.questions, again.notices]).toEqual([[], 0, []]);
    }
  });
}

test("resync() leaves to others what leaveTo names, and that is done", async () => {
  await using sandbox = await startPort("last-writer");
  await using a = await createNeighbour(sandbox, "a");
  await using b = await createNeighbour(sandbox, "b");
  await a.run();
  const report = await b.run({ leaveTo: ["a"] });
  expect([judgeSync(report), report.written, report.notices]).toEqual(["done", [], []]);
  expect(report.blueprints.map(({ left }) => left)).toEqual([4, 6]);
});

test("resync() asks nothing where all is its own, and two searches where another's is found", async () => {
  await using sandbox = await startPort("last-writer");
  await using a = await createNeighbour(sandbox, "a");
  // One page of each kind, all of it new.
  expect((await a.run()).questions).toBe(2);
  await using same = await createNeighbour(sandbox, "a");
  // Another store of the same integration: all is in the listing.
  expect((await same.run()).questions).toBe(0);
});

test("resync() makes again what was deleted in Port after it was a person's", async () => {
  await using sandbox = await startPort("last-exporter");
  await using a = await createNeighbour(sandbox, "a");
  const [service] = [...sandbox.pagerduty.allServices()];
  const id = service?.id ?? "";
  sandbox.port.editEntity("pagerdutyService", id, { title: "By hand" });
  await a.run();
  sandbox.clock.advance(hour);
  await a.run();
  sandbox.port.deleteEntity("pagerdutyService", id);
  sandbox.clock.advance(hour);
  await a.run();
  expect(sandbox.port.entity("pagerdutyService", id)?.title).toBe(service?.name);
});

test("resync() makes again what was deleted in Port, also where a relation had made it and no run came between", async () => {
  await using sandbox = await startPort("creator");
  await using a = await createNeighbour(sandbox, "a");
  const [service] = [...sandbox.pagerduty.allServices()];
  const id = service?.id ?? "";
  // Empty, and nobody's: as Port makes what a relation of an incident leads to.
  sandbox.port.editEntity("pagerdutyService", id, {});
  await a.run();
  sandbox.port.deleteEntity("pagerdutyService", id);
  sandbox.clock.advance(hour);
  await a.run();
  expect(sandbox.port.entity("pagerdutyService", id)?.title).toBe(service?.name);
});

test("resync() goes on with stores of before whose an entity is was asked, of three integrations on one Port", async () => {
  await using sandbox = await startPort("last-exporter");
  await using a = await createNeighbour(sandbox, "a");
  await using b = await createNeighbour(sandbox, "b");
  await using c = await createNeighbour(sandbox, "c");
  const all = [a, b, c];
  // Until then each wrote what the others had, in turns.
  for (const one of all) {
    const others = all.filter(({ name }) => name !== one.name).map(({ name }) => name);
    sandbox.clock.advance(hour);
    await one.run({ takeOver: others });
    const { sql } = one.store;
    await sql.run("DELETE FROM foreign_entity");
    await sql.run("DELETE FROM state WHERE name LIKE '%take%' OR name LIKE '%own%'");
    await sql.run(
      `INSERT INTO state (name, value, kept_at)
      SELECT 'ownership-since', CAST(value AS TEXT), 0 FROM counter WHERE name = 'read'`,
    );
  }
  const before = JSON.stringify(sandbox.port.entities());
  for (const [round, expected] of (["unfinished", "done", "done"] as const).entries()) {
    for (const one of all) {
      sandbox.clock.advance(hour);
      const report = await one.run();
      // The last one owns what it wrote last.
      expect([round, one.name, judgeSync(report)]).toEqual([
        round,
        one.name,
        one === c ? "done" : expected,
      ]);
      expect(report.blueprints.map(({ deleted }) => deleted)).toEqual([0, 0]);
      expect(report.written).toEqual([]);
    }
  }
  expect(JSON.stringify(sandbox.port.entities())).toBe(before);
});
