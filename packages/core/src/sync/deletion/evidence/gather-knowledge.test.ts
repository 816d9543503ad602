import { expect, test } from "bun:test";
import { nameEntity } from "../../../sink/port/port-entity.ts";
import type { ProducedEntity } from "../../../store/produced.ts";
import { createMappedEntry } from "../../../testing/mapped-entry.ts";
import { parseResources } from "../../../testing/parse-resources.ts";
import type { ByIdAnswer } from "./ask-by-id.ts";
import type { OncallAnswer } from "./ask-oncall.ts";
import { findObjects, gatherKnowledge } from "./gather-knowledge.ts";
import type { ObjectKnowledge } from "./judge-evidence.ts";
import { RunSightings } from "./run-sightings.ts";

const mapping = await parseResources([
  { kind: "services", blueprint: "service" },
  { kind: "incidents", blueprint: "incident" },
  { kind: "oncalls", blueprint: "oncall", identifier: ".user.id" },
  { kind: "log_entries", blueprint: "entry" },
  { kind: "escalation_policies", blueprint: "policy", apiQueryParams: { user_ids: ["U1"] } },
  { kind: "users", blueprint: "person", identifier: ".email" },
]);
const [services] = mapping.resources;
if (services === undefined) throw new Error("There are some");
const place = JSON.stringify(["E1", 2, "S1", "U1"]);

function rowOf(object: string, changes: Partial<ProducedEntity> = {}): ProducedEntity {
  return {
    object,
    resource: "services[0]",
    blueprint: "service",
    identifier: "P1",
    createdAt: undefined,
    endsAt: undefined,
    place: undefined,
    firstNumber: 1,
    number: 1,
    ...changes,
  };
}

interface Seeing {
  readonly object?: string;
  readonly blueprint?: string;
  readonly row?: Partial<ProducedEntity>;
  readonly answer?: ByIdAnswer;
  readonly oncall?: OncallAnswer;
  readonly isAged?: boolean;
  readonly see?: (sightings: RunSightings) => void;
}

function gather(seeing: Seeing): ObjectKnowledge | undefined {
  const { object = "services/P1", blueprint = "service", answer, oncall, see } = seeing;
  const sightings = new RunSightings();
  see?.(sightings);
  const ref = { blueprint, identifier: "P1" };
  const rows = [rowOf(object, { ...ref, ...seeing.row })];
  const [known] = gatherKnowledge({ ...ref, rows, objects: [object] }, mapping, {
    sightings,
    answers: new Map(answer === undefined ? [] : [[object, answer]]),
    oncalls: new Map(oncall === undefined ? [] : [[object, oncall]]),
    aged: new Set(seeing.isAged === true ? [nameEntity(blueprint, "P1")] : []),
  });
  return known;
}

const list =
  (key: string, makes: Record<string, string>, isSelected = true) =>
  (sightings: RunSightings): void =>
    sightings.addListed("services", [
      createMappedEntry(key, { resource: services, makes, isSelected }),
    ]);

test.each<[string, Seeing, Partial<ObjectKnowledge>]>([
  ["not asked yet", {}, { sort: "other", sight: "unasked", makes: "nothing" }],
  ["404", { answer: "gone" }, { sight: "gone" }],
  ["403", { answer: "forbidden" }, { sight: "elsewhere" }],
  ["one that moved to another kind", { answer: "moved" }, { sight: "elsewhere" }],
  ["400 or 402", { answer: "unanswered" }, { sight: "unanswered" }],
  ["200", { answer: "found" }, { sight: "found", makes: "nothing" }],
  [
    "listed, and not let through",
    { see: list("services/P1", {}, false) },
    { sight: "listed", makes: "nothing" },
  ],
  [
    "listed, and another is made of it",
    { see: list("services/P1", { service: "P2" }) },
    { sight: "listed", makes: "another" },
  ],
  [
    "listed, and only something else is made of it",
    { see: list("services/P1", { other: "P1" }) },
    { sight: "listed", makes: "less" },
  ],
  [
    "listed, let through, and nothing is made of it",
    { see: list("services/P1", {}) },
    { sight: "listed", makes: "nothing" },
  ],
  [
    "an incident that is not listed",
    { object: "incidents/Q1", blueprint: "incident" },
    { sort: "incident", isAged: false },
  ],
  [
    "an incident of before what is read",
    { object: "incidents/Q1", blueprint: "incident", isAged: true },
    { sort: "incident", isAged: true, isAgeUnknown: true },
  ],
  [
    "a list of a stretch of time",
    { object: "log_entries/L1", blueprint: "entry" },
    { sort: "other", sight: "unaskable" },
  ],
  [
    "a policy by a filter that it does not show",
    { object: "escalation_policies/E1", blueprint: "policy", answer: "found" },
    { sight: "unaskable" },
  ],
  [
    "a policy by a filter that it does not show, 404",
    { object: "escalation_policies/E1", blueprint: "policy", answer: "gone" },
    { sight: "gone" },
  ],
  ["an end", { row: { endsAt: 5 } }, { endsAt: 5 }],
  [
    "an on-call of which only its name is known",
    { object: "oncalls/x", blueprint: "oncall" },
    { sort: "oncall", sight: "unaskable", place: undefined },
  ],
  ...(
    [
      [5, true],
      [6, false],
      [undefined, false],
    ] as const
  ).map(([createdAt, isOutgrown]): [string, Seeing, Partial<ObjectKnowledge>] => [
    `a log entry of ${createdAt}, where the oldest listed is of 6`,
    {
      object: "log_entries/R1",
      blueprint: "entry",
      row: { createdAt },
      see: (sightings) => {
        const options = { resource: services, createdAt: 6 };
        sightings.addListed("log_entries", [createMappedEntry("log_entries/R2", options)]);
      },
    },
    { isOutgrown, sight: "unaskable" },
  ]),
  [
    "an on-call that was not asked for",
    { object: "oncalls/x", blueprint: "oncall", row: { place } },
    { place: "unknown", sight: "unaskable" },
  ],
  [
    "an on-call of no policy",
    { object: "oncalls/x", blueprint: "oncall", row: { place: JSON.stringify([null, 1, "S1"]) } },
    { place: undefined, sight: "unaskable" },
  ],
  [
    "an on-call whose policy is gone",
    { object: "oncalls/x", blueprint: "oncall", row: { place }, oncall: "gone", answer: "gone" },
    { place: undefined, sight: "gone" },
  ],
  ...(["there", "outside", "replaced", "left"] as const).map(
    (oncall): [string, Seeing, Partial<ObjectKnowledge>] => [
      `an on-call that is ${oncall}`,
      { object: "oncalls/x", blueprint: "oncall", row: { place }, oncall },
      { place: oncall, sight: "unaskable" },
    ],
  ),
  [
    "an on-call of which PagerDuty does not tell",
    { object: "oncalls/x", blueprint: "oncall", row: { place }, oncall: "unanswered" },
    { place: "unknown", sight: "unaskable" },
  ],
])("gatherKnowledge() of %s", (_name, seeing, expected) => {
  expect(gather(seeing)).toMatchObject(expected);
});

test.each([
  ["oncall", "oncall"],
  ["incident", "incident"],
  ["service", "other"],
  ["unfed", "other"],
])("gatherKnowledge() of a %s whose object is not known", (blueprint, sort) => {
  const candidate = { blueprint, identifier: "x", rows: [], objects: [] };
  const seen = { sightings: new RunSightings(), answers: new Map(), oncalls: new Map() };
  const known = gatherKnowledge(candidate, mapping, { ...seen, aged: new Set<string>() });
  expect(known).toEqual([
    { sort, sight: "unaskable", makes: "nothing", isAged: false, isAgeUnknown: false } as never,
  ]);
});

test("findObjects() believes the store, and else the mapping where it names by id", () => {
  const find = (blueprint: string, rows: ProducedEntity[] = []): readonly string[] =>
    findObjects({ blueprint, identifier: "P1" }, rows, mapping).objects;
  expect(find("service")).toEqual(["services/P1"]);
  const rows = [rowOf("services/P7"), rowOf("services/P8"), rowOf("services/P7")];
  expect(find("service", rows)).toEqual(["services/P7", "services/P8"]);
  expect(find("person")).toEqual([]);
  expect(find("unfed")).toEqual([]);
});
