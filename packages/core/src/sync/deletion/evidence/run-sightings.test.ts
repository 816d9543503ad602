import { expect, test } from "bun:test";
import type { Resource } from "../../../map/mapping.ts";
import { createMappedEntry } from "../../../testing/mapped-entry.ts";
import { parseResources } from "../../../testing/parse-resources.ts";
import { RunSightings } from "./run-sightings.ts";

const { resources } = await parseResources([{ kind: "services", blueprint: "service" }]);
const [services] = resources as [Resource];

function service(id: string, makes: Record<string, string> = { service: id }, isSelected = true) {
  return createMappedEntry(`services/${id}`, { resource: services, makes, isSelected });
}

test("RunSightings knows what was listed, and what the mapping makes of it", () => {
  const sightings = new RunSightings();
  sightings.addListed("services", [service("P1"), service("P2", {}, false)]);
  expect(["P1", "P2", "P3"].map((id) => sightings.has(`services/${id}`))).toEqual([
    true,
    true,
    false,
  ]);
  expect(sightings.isFound("services/P1")).toBe(false);
  expect(sightings.find("services/P1")).toMatchObject({
    isSelected: true,
    blueprints: ["service"],
  });
  expect(sightings.find("services/P2")).toMatchObject({ isSelected: false, blueprints: [] });
  expect(sightings.find("services/P3")).toBeUndefined();
});

test("RunSightings joins what several resources make of an object", () => {
  const sightings = new RunSightings();
  sightings.addListed("services", [service("P1", {}, false)]);
  sightings.addListed("services", [service("P1", { other: "P1" })]);
  sightings.addListed("services", [service("P1")]);
  expect(sightings.find("services/P1")).toEqual({
    isSelected: true,
    blueprints: ["other", "service"],
    made: [
      { blueprint: "other", identifier: "P1" },
      { blueprint: "service", identifier: "P1" },
    ],
    teams: undefined,
  });
});

test("RunSightings keeps of incidents only that they were there", () => {
  const sightings = new RunSightings();
  const entry = createMappedEntry("incidents/Q1", {
    resource: services,
    makes: { incident: "Q1" },
  });
  sightings.addListed("incidents", [entry]);
  expect(sightings.has("incidents/Q1")).toBe(true);
  expect(sightings.find("incidents/Q1")).toBeUndefined();
});

test("RunSightings knows what answered by id, whether or not the mapping wants it", () => {
  const sightings = new RunSightings();
  sightings.addFound("services", ["services/P1", "services/P2"], [service("P1")], 7);
  sightings.addFound("services", ["services/P3"], []);
  for (const id of ["services/P1", "services/P2", "services/P3"]) {
    expect(sightings.has(id)).toBe(true);
    expect(sightings.isFound(id)).toBe(true);
  }
  expect(sightings.find("services/P2")).toBeUndefined();
  expect([...sightings.found]).toEqual(["services/P1", "services/P2", "services/P3"]);
  // What was applied at that very number is its own.
  expect(sightings.numberOf("services/P1")).toBe(8);
  expect(sightings.numberOf("services/P3")).toBeUndefined();
});

test("RunSightings has the ids that were listed last, for a control reading", () => {
  const sightings = new RunSightings();
  expect(sightings.samplesOf("services")).toEqual([]);
  sightings.addListed("services", [service("P1"), service("P2"), service("P3")]);
  expect(sightings.samplesOf("services")).toEqual(["P3", "P2"]);
  sightings.addListed("services", [service("P4")]);
  sightings.addListed("services", []);
  expect(sightings.samplesOf("services")).toEqual(["P4", "P3"]);
  // What is read by id is no list.
  sightings.addFound("services", ["services/P9"], [service("P9")]);
  expect(sightings.samplesOf("services")).toEqual(["P4", "P3"]);
});

test("RunSightings lists the teams of what says that it has some", () => {
  const sightings = new RunSightings();
  const inTeam = (key: string, teams?: string[]) =>
    createMappedEntry(key, { resource: services, ...(teams && { teams }) });
  sightings.addListed("services", [inTeam("services/P1", ["T1", "T2"]), inTeam("services/P2", [])]);
  sightings.addListed("services", [inTeam("services/P3"), inTeam("services/P1")]);
  expect(sightings.listTeams()).toEqual(
    new Map([
      ["services/P1", new Set(["T1", "T2"])],
      ["services/P2", new Set()],
    ]),
  );
});
