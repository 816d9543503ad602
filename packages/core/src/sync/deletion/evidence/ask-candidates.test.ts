import { expect, test } from "bun:test";
import type { Absence } from "../../../store/deletion/absences.ts";
import type { ProducedEntity } from "../../../store/produced.ts";
import { failureOf } from "../../../testing/failure-of.ts";
import { createMappedEntry } from "../../../testing/mapped-entry.ts";
import { parseResources } from "../../../testing/parse-resources.ts";
import { ScriptedPagerDuty } from "../../../testing/scripted-pagerduty.ts";
import { askCandidates, type AskCandidatesOptions, listGoneKinds } from "./ask-candidates.ts";
import type { Candidate } from "./gather-knowledge.ts";
import { betweenReadings } from "./judge-evidence.ts";
import { RunSightings } from "./run-sightings.ts";

const now = Date.parse("2026-03-02T09:00:00Z");
const mapping = await parseResources([{ kind: "services", blueprint: "service" }]);
const [services] = mapping.resources;
if (services === undefined) throw new Error("There is one");

type Asked = AskCandidatesOptions["candidates"][number];

function ask(
  id: string,
  known: Partial<Absence> = {},
  { isAllowed = false, ...changes }: Partial<Candidate> & { readonly isAllowed?: boolean } = {},
): Asked {
  const ref = { blueprint: "service", identifier: id };
  const candidate = { ...ref, rows: [], objects: [`services/${id}`], ...changes };
  const unknown = { unlistedAt: undefined, goneAt: undefined, askedAt: undefined };
  const absence = { ...ref, ...unknown, namedAt: undefined, ...known };
  return { candidate, absence: Object.keys(known).length === 0 ? undefined : absence, isAllowed };
}

function rowOf(object: string, place: string): ProducedEntity {
  const ref = { object, resource: "oncalls[0]", blueprint: "oncall", identifier: "x" };
  const none = { createdAt: undefined, endsAt: undefined, firstNumber: 1, number: 1 };
  return { ...ref, ...none, place };
}

/** An on-call that is not listed, of a policy, a level, and a schedule or a user. */
function askOncall(id: string, place: readonly unknown[]): Asked {
  const object = `oncalls/${id}`;
  const rows = [rowOf(object, JSON.stringify(place))];
  return ask(id, {}, { blueprint: "oncall", rows, objects: [object] });
}

async function run(
  candidates: readonly Asked[],
  options: Partial<AskCandidatesOptions> = {},
  client = new ScriptedPagerDuty(),
) {
  const sightings = new RunSightings();
  const rest = { mapping, now, requests: 0, confirmsOnly: false };
  const asked = await askCandidates({ client, candidates, sightings, ...rest, ...options });
  return { ...asked, paths: client.requests.map(({ path }) => path) };
}

test("askCandidates() asks first what was 404 once, the longest ago first, then what was asked longest ago", async () => {
  const { paths, answers } = await run([
    ask("new"),
    ask("asked-lately", { askedAt: now - 1 }),
    ask("asked-before", { askedAt: now - 9 }),
    ask("gone-lately", { goneAt: now - 2, askedAt: now - 1 }),
    ask("gone-before", { goneAt: now - 8, askedAt: now - 8 }),
  ]);
  expect(paths).toEqual(
    ["gone-before", "gone-lately", "new", "asked-before", "asked-lately"].map(
      (id) => `/services/${id}`,
    ),
  );
  expect(new Set(answers.values())).toEqual(new Set(["gone"]));
  expect(listGoneKinds(answers)).toEqual(new Set(["services"]));
});

test.each<[requests: number, candidates: number, asked: number]>([
  [0, 1, 1],
  [0, 4, 4],
  [0, 800, 200],
  [4000, 800, 200],
  [4100, 800, 205],
  [20_000, 800, 800],
])(
  "askCandidates() after %i requests asks for of %i at most %i",
  async (requests, count, asked) => {
    const askAll = (isAllowed: boolean): Asked[] =>
      Array.from({ length: count }, (_, place) => ask(`P${place}`, {}, { isAllowed }));
    expect((await run(askAll(false), { requests })).paths).toHaveLength(asked);
    // Those of which a person allowed the deletion are asked for, however many there are.
    const { paths } = await run([...askAll(true), ask("other")], { requests });
    expect(paths).toHaveLength(count + 1);
  },
);

test("askCandidates() gives those their turn in later runs that were not asked in the first", async () => {
  const names = Array.from({ length: 450 }, (_, place) => `P${place}`);
  const known = new Map<string, Partial<Absence>>();
  const turns: number[] = [];
  for (const at of [now, now + 1, now + 2]) {
    const candidates = names.map((id) => ask(id, known.get(id)));
    const client = new ScriptedPagerDuty();
    client.services = names.map((id) => ({ id }));
    const { answers } = await run(candidates, {}, client);
    for (const key of answers.keys()) known.set(key.slice("services/".length), { askedAt: at });
    turns.push(known.size);
  }
  expect(turns).toEqual([200, 400, 450]);
});

test("askCandidates() does not ask for what was seen, nor for incidents, nor for what cannot be asked", async () => {
  const sightings = new RunSightings();
  sightings.addListed("services", [createMappedEntry("services/P1", { resource: services })]);
  sightings.addFound("services", ["services/P2"], []);
  const { paths } = await run(
    [
      ask("P1"),
      ask("P2"),
      ask("Q1", {}, { blueprint: "incident", objects: ["incidents/Q1"] }),
      ask("L1", {}, { blueprint: "entry", objects: ["log_entries/L1"] }),
      ask("O1", {}, { blueprint: "oncall", objects: ["oncalls/x"] }),
      ask("none", {}, { objects: [] }),
      ask("P3"),
    ],
    { sightings },
  );
  expect(paths).toEqual(["/services/P3"]);
});

test("askCandidates() does not ask for policies where their filter cannot be told from them", async () => {
  const policy = { kind: "escalation_policies", blueprint: "policy" };
  const candidates = [ask("E1", {}, { objects: ["escalation_policies/E1"] })];
  const filtered = [{ ...policy, apiQueryParams: { user_ids: ["U1"] } }];
  const { paths } = await run(candidates, { mapping: await parseResources(filtered) });
  expect(paths).toEqual([]);
  const whole = await run(candidates, { mapping: await parseResources([policy]) });
  expect(whole.paths).toEqual(["/escalation_policies/E1"]);
});

test("askCandidates() asks once for an object that several entities are of, and for each object of one", async () => {
  const { paths } = await run([
    ask("P1"),
    ask("P1-copy", {}, { objects: ["services/P1", "users/U1"] }),
  ]);
  expect(paths.toSorted()).toEqual(["/services/P1", "/users/U1"]);
});

test("askCandidates() of a run that only confirms asks for what was named or is due again", async () => {
  const due = now - betweenReadings;
  const { paths } = await run(
    [
      ask("new"),
      ask("asked", { askedAt: due, unlistedAt: due }),
      ask("soon", { goneAt: due + 1 }),
      ask("due", { goneAt: due }),
      ask("named", { namedAt: now, goneAt: now }),
    ],
    { confirmsOnly: true },
  );
  expect(paths).toEqual(["/services/due", "/services/named"]);
});

test("askCandidates() asks who is on call at the time of each on-call, and once for its policy", async () => {
  const client = new ScriptedPagerDuty();
  client.answers["/oncalls"] = { oncalls: [] };
  client.lists["escalation_policies"] = [{ id: "E1" }];
  const { oncalls, answers, paths } = await run(
    [
      askOncall("x", ["E1", 1, "S1", "U9"]),
      askOncall("y", ["E1", 2, "S3", "U9"]),
      askOncall("z", ["E2", 1, null, "U1"]),
      askOncall("none", [null, 1, null, "U1"]),
    ],
    {},
    client,
  );
  const policies = paths.filter((path) => path !== "/oncalls");
  expect(paths.length - policies.length).toBe(3);
  expect(policies).toEqual(["/escalation_policies/E1", "/escalation_policies/E2"]);
  expect([...oncalls]).toEqual([
    ["oncalls/x", "left"],
    ["oncalls/y", "left"],
    ["oncalls/z", "gone"],
  ]);
  expect([...answers]).toEqual([["oncalls/z", "gone"]]);
});

test.each([500, 503, 429])("askCandidates() goes on past one that alone is %i", async (status) => {
  const client = new ScriptedPagerDuty({ refused: { "/services/P0": status } });
  const candidates = Array.from({ length: 40 }, (_, place) => ask(`P${place}`));
  const { answers } = await run(candidates, {}, client);
  expect(answers.size).toBe(40);
  expect(answers.get("services/P0")).toBe("unanswered");
});

test("askCandidates() leaves the rest to the next run where PagerDuty is down", async () => {
  const refused = Object.fromEntries(
    Array.from({ length: 400 }, (_, place) => [`/services/P${place}`, 500]),
  );
  const client = new ScriptedPagerDuty({ refused });
  const candidates = Array.from({ length: 400 }, (_, place) => ask(`P${place}`));
  const { answers, paths } = await run(candidates, {}, client);
  expect(answers.size).toBe(0);
  expect(paths.length).toBeLessThan(20);
});

test("askCandidates() throws a refused token", async () => {
  const client = new ScriptedPagerDuty({ refused: { "/services/P1": 401 } });
  expect(await failureOf(run([ask("P1"), ask("P2")], {}, client))).toMatchObject({ status: 401 });
});
