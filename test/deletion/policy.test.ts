import { expect, test } from "bun:test";
import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import {
  databaseSorts,
  type TestDatabase,
} from "../../packages/core/src/testing/test-databases.ts";
import { isLong } from "../support/size.ts";
import { blueprintOf, type SmallKind, type SmallMapping } from "../support/small-mapping.ts";
import {
  type Outcome,
  type PolicyAccount,
  type RunRequest,
  startPolicyAccount,
} from "./policy-account.ts";

/** The most that may go of so many within a week: 20 %, or five of few. */
function mostOf(count: number): number {
  return Math.max(Math.floor(0.2 * count), Math.min(5, Math.floor(count / 2)));
}

/** An account of some size, in the middle of a line. */
interface Setting {
  readonly account: PolicyAccount;
  /** Services that there are. */
  readonly size: number;
  /** The most of them that may go in a week, but at least one. */
  readonly few: number;
  /** Whether runs find what was before. */
  readonly remembers: boolean;
  readonly sandbox: Sandbox;
  /** Ids of so many services. */
  readonly some: (count: number) => string[];
}

/** Something that is done, and what becomes of it; the text is what a run made of the blueprint. */
type Step =
  | { readonly do: (setting: Setting) => void | Promise<void> }
  | { readonly run: RunRequest; readonly is: Expected }
  | { readonly live: true; readonly is: Expected };
type Expected = Outcome | RegExp | ((setting: Setting) => Outcome | RegExp);

interface Line {
  readonly name: string;
  readonly kind?: SmallKind;
  readonly mapping?: SmallMapping;
  /** Of the service that follows events, where one does. @default `mapping` */
  readonly liveMapping?: SmallMapping;
  readonly account?: SandboxOptions;
  readonly prepare?: (sandbox: Sandbox, size: number) => void | Promise<void>;
  readonly steps: readonly Step[];
  /** The fewest services that it makes sense with. @default 1 */
  readonly from?: number;
  /** Only where runs remember, or where they do not. @default both */
  readonly only?: "memory" | "no memory";
}

const full: RunRequest = {};
const week: RunRequest = { hours: 8 * 24 };
const fullSoon: RunRequest = { hours: 0.5 };
const fullNext: RunRequest = { hours: 1 };
const delta: RunRequest = { type: "delta", hours: 1 };
const allowed: RunRequest = { isAllowed: true, hours: 1 };

const usual: SmallMapping = { kinds: ["services", "users"] };
const enabled: SmallMapping = { ...usual, query: { services: '.status != "disabled"' } };
const byName: SmallMapping = { ...usual, identifier: { services: ".name" } };
const policies: SmallMapping = { kinds: ["services", "users", "escalation_policies"] };

/** Nobody but PagerDuty's 404 tells of a deletion. */
const noAudit = { refused: { audit: 403 } } as const;

const waitsFor = ({ few }: Setting): Outcome => `${few} waiting`;
const allGo = ({ few }: Setting): Outcome => `${few} deleted`;
/** A blueprint of one has no share, and its list is empty then. */
const unlessOne =
  (expected: Expected, ofOne: Outcome): Expected =>
  (setting) =>
    setting.size === 1 && setting.remembers ? ofOne : resolve(expected, setting);
const goOrShare: Expected = (setting) => (setting.size === 1 ? "1 share" : allGo(setting));

function resolve(expected: Expected, setting: Setting): Outcome | RegExp {
  return typeof expected === "function" ? expected(setting) : expected;
}

function remove({ sandbox, some }: Setting, count: number): void {
  for (const id of some(count)) sandbox.pagerduty.deleteService(id);
}

const deleteFew: Step = { do: (setting) => remove(setting, setting.few) };
const deleteMany: Step = { do: (setting) => remove(setting, setting.few + 1) };

function hide(count: (setting: Setting) => number, more: object = {}): Step {
  return {
    do: (setting) => {
      setting.sandbox.configure({ unlisted: setting.some(count(setting)), ...more });
    },
  };
}

/** By id they answer that. */
function hideBehind(status: number): Step {
  return {
    do: (setting) => {
      const ids = setting.some(setting.few);
      const refuse = (path: string): number | undefined =>
        ids.some((id) => path.startsWith(`/services/${id}`)) ? status : undefined;
      setting.sandbox.configure({ unlisted: ids, refuse });
    },
  };
}

async function findTeam({ pagerduty }: Pick<Sandbox, "pagerduty">): Promise<string> {
  return String((await pagerduty.list("/teams"))[0]?.["id"]);
}

/** A team that has so many services, and no other team anything. */
function giveTeam(count: number): NonNullable<Line["prepare"]> {
  return async (sandbox) => {
    const team = await findTeam(sandbox);
    const ids = [...sandbox.pagerduty.allServices()].map(({ id }) => id).toSorted();
    for (const [at, id] of ids.entries())
      sandbox.pagerduty.moveService(id, at < count ? team : null);
  };
}

const noTeams = giveTeam(0);
const hideTeam: Step = {
  do: async ({ sandbox }) => sandbox.configure({ hiddenTeams: [await findTeam(sandbox)] }),
};

/** Some are disabled from the start in large accounts. */
function activateAll({ pagerduty }: Sandbox): void {
  for (const { id } of pagerduty.allServices()) pagerduty.changeObject(id, { status: "active" });
}

function disable({ sandbox, some }: Setting, count: number): void {
  for (const id of some(count)) sandbox.pagerduty.changeObject(id, { status: "disabled" });
}

function rename({ sandbox, some }: Setting, count: number): void {
  for (const id of some(count)) sandbox.pagerduty.renameService(id, `renamed-${id}`);
}

function nameAll({ pagerduty }: Sandbox): void {
  for (const { id } of pagerduty.allServices()) pagerduty.renameService(id, `name-${id}`);
}

function makeIncidents({ pagerduty }: Sandbox, size: number): void {
  const [serviceId = ""] = [...pagerduty.allServices()].map(({ id }) => id);
  for (let place = 0; place < size; place += 1) {
    pagerduty.createIncident({ serviceId, title: `Made ${place}` });
  }
}

async function listOpen({ pagerduty }: Pick<Sandbox, "pagerduty">): Promise<string[]> {
  const path = "/incidents?date_range=all&statuses[]=triggered&statuses[]=acknowledged";
  return (await pagerduty.list(path, "incidents")).map(({ id }) => String(id));
}

async function resolveAll({ sandbox }: Setting): Promise<void> {
  for (const id of await listOpen(sandbox)) sandbox.pagerduty.resolveIncident(id);
}

const incidents = {
  kind: "open-incidents",
  only: "memory",
  mapping: { kinds: ["services", "open-incidents"] },
  prepare: makeIncidents,
} as const satisfies Partial<Line>;

const oncalls = {
  kind: "oncalls",
  mapping: { kinds: ["services", "users", "oncalls"], query: { oncalls: ".end != null" } },
  account: { schedules: 3 },
} as const satisfies Partial<Line>;

const season: SmallMapping = { kinds: ["services", "oncalls"], params: { oncalls: { until: 3 } } };

const lines: readonly Line[] = [
  {
    ...oncalls,
    name: "E1: on-calls that are over go, and do not count, by a full run",
    only: "memory",
    steps: [{ run: week, is: /^\d+ deleted$/ }],
  },
  {
    ...oncalls,
    name: "E6: on-calls of which nobody knows when they end go up to 0.9",
    mapping: { kinds: ["services", "users", "oncalls"] },
    account: { services: 60, users: 30, schedules: 12 },
    only: "no memory",
    steps: [{ run: week, is: /^1\d deleted$/ }],
  },
  {
    ...oncalls,
    name: "E6: of on-calls of which nobody knows when they end none go where the threshold is 0",
    mapping: { kinds: ["services", "users", "oncalls"], entityDeletionThreshold: 0 },
    account: { services: 60, users: 30, schedules: 12 },
    only: "no memory",
    steps: [{ run: week, is: /^1\d share$/ }],
  },
  {
    ...oncalls,
    name: "E1: on-calls that are over go, although nobody is on call any more",
    only: "memory",
    steps: [
      { do: ({ sandbox }) => sandbox.configure({ emptied: ["oncalls"] }) },
      { run: week, is: /^\d+ deleted$/ },
    ],
  },
  {
    ...oncalls,
    name: "B2: on-calls beyond what a narrowed mapping reads stay, unless a person allows it",
    mapping: season,
    only: "memory",
    steps: [
      { do: ({ account }) => account.change({ ...season, params: { oncalls: { until: 1 } } }) },
      { run: full, is: /(^|, )\d+ reader$/ },
      { run: fullNext, is: /^\d+ reader$/ },
      { run: allowed, is: /^\d+ deleted$/ },
      { run: fullNext, is: "" },
    ],
  },
  {
    ...incidents,
    name: "E2: incidents that no longer pass go, however many, by a full run",
    steps: [{ do: resolveAll }, { run: full, is: ({ size }) => `${size} deleted` }],
  },
  {
    ...incidents,
    name: "E2: incidents that no longer pass go, however many, by a delta",
    steps: [{ do: resolveAll }, { run: delta, is: ({ size }) => `${size} deleted` }],
  },
  {
    ...incidents,
    name: "E2: incidents that no longer pass go, however many, by events",
    liveMapping: incidents.mapping,
    steps: [{ do: resolveAll }, { live: true, is: ({ size }) => `${size} deleted` }],
  },
  {
    ...incidents,
    name: "E2: incidents that are only not listed wait",
    from: 4,
    steps: [
      { run: full, is: "" },
      {
        do: async ({ sandbox, few }) => {
          const ids = (await listOpen(sandbox)).slice(0, few);
          sandbox.configure({ unlisted: ids });
        },
      },
      { run: full, is: waitsFor },
      { run: full, is: waitsFor },
    ],
  },
  {
    ...incidents,
    name: "E2: incidents of which nobody knows how old they are go by the share, where aged ones are to go",
    only: "no memory",
    from: 4,
    steps: [
      { do: ({ sandbox }) => sandbox.configure({ emptied: ["incidents"] }) },
      { run: { agedIncidents: "keep" }, is: "" },
      { run: { agedIncidents: "delete" }, is: ({ size }) => `${size} share` },
    ],
  },
  {
    ...incidents,
    name: "B3: incidents that are only not listed, as none is",
    steps: [
      { run: full, is: "" },
      { do: ({ sandbox }) => sandbox.configure({ emptied: ["incidents"] }) },
      { run: full, is: ({ size }) => `${size} empty` },
      { run: full, is: ({ size }) => `${size} empty` },
    ],
  },
  {
    name: "E3: services that the query no longer lets through go, by a full run",
    mapping: enabled,
    prepare: activateAll,
    steps: [{ do: (setting) => disable(setting, setting.few) }, { run: full, is: goOrShare }],
  },
  {
    name: "E3: services that the query no longer lets through go, by events",
    only: "memory",
    mapping: enabled,
    liveMapping: enabled,
    prepare: activateAll,
    steps: [{ do: (setting) => disable(setting, setting.few) }, { live: true, is: goOrShare }],
  },
  {
    name: "E4: services that are called otherwise go, however many, by a full run",
    mapping: byName,
    prepare: nameAll,
    only: "memory",
    steps: [
      { do: (setting) => rename(setting, setting.size) },
      { run: full, is: ({ size }) => `${size} deleted` },
    ],
  },
  {
    name: "E4: services that are called otherwise go, however many, by events",
    mapping: byName,
    liveMapping: byName,
    prepare: nameAll,
    only: "memory",
    steps: [
      { do: (setting) => rename(setting, setting.size) },
      { live: true, is: ({ size }) => `${size} deleted` },
    ],
  },
  {
    name: "E5: 404 and in the audit trail go, by a full run",
    steps: [deleteFew, { run: full, is: goOrShare }],
  },
  {
    name: "E5: 404 twice go, by full runs",
    account: noAudit,
    prepare: noTeams,
    only: "memory",
    steps: [
      deleteFew,
      { run: full, is: unlessOne(waitsFor, "1 empty") },
      { run: fullSoon, is: unlessOne(waitsFor, "1 empty") },
      { run: fullSoon, is: unlessOne(allGo, "1 empty") },
    ],
  },
  {
    name: "E5: 404 twice go, by a full run and a delta",
    account: noAudit,
    prepare: noTeams,
    only: "memory",
    steps: [
      deleteFew,
      { run: { type: "delta" }, is: "" },
      { run: full, is: unlessOne(waitsFor, "1 empty") },
      { run: { type: "delta", hours: 0.5 }, is: "" },
      { run: delta, is: unlessOne(allGo, "1 empty") },
    ],
  },
  {
    name: "E5: 404 once is enough without memory",
    account: noAudit,
    only: "no memory",
    steps: [deleteFew, { run: full, is: goOrShare }],
  },
  {
    name: "E5: 404 that an event names go, by the event, unless nobody knows how many there are",
    liveMapping: usual,
    steps: [
      deleteFew,
      {
        live: true,
        is: (setting) => (setting.remembers ? resolve(goOrShare, setting) : `${setting.few} share`),
      },
    ],
  },
  {
    name: "E5: an event that calls deleted what is there takes nothing",
    liveMapping: usual,
    steps: [
      {
        do: ({ sandbox, some, few }) => {
          for (const id of some(few)) sandbox.pagerduty.tellFalseDeletion(id);
        },
      },
      { live: true, is: "" },
      { run: full, is: "" },
    ],
  },
  ...[400, 402, 403].map((status): Line => ({
    name: `${status} by id waits`,
    steps: [
      hideBehind(status),
      { run: full, is: unlessOne(waitsFor, "1 empty") },
      { run: full, is: unlessOne(waitsFor, "1 empty") },
      { run: delta, is: "" },
    ],
  })),
  {
    name: "one that is only not listed stays, and is applied",
    steps: [hide(() => 1), { run: full, is: "" }, { run: full, is: "" }],
  },
  {
    name: "more than one, and than 1 %, that are only not listed mean that the list was not whole",
    from: 4,
    steps: [hide(({ few }) => few), { run: full, is: "unfinished" }],
  },
  {
    name: "E6: policies by a filter that they do not show go after two full runs",
    kind: "escalation_policies",
    mapping: policies,
    only: "memory",
    from: 4,
    steps: [
      {
        do: async ({ account, sandbox }) => {
          const users = (await sandbox.pagerduty.list("/users")).map(({ id }) => String(id));
          const mapping = { ...policies, params: { escalation_policies: { user_ids: users } } };
          await account.change(mapping);
        },
      },
      { run: full, is: /.*/ },
      {
        do: async ({ sandbox }) => {
          const [first] = await sandbox.pagerduty.list("/escalation_policies");
          sandbox.configure({ unlisted: [String(first?.["id"])] });
        },
      },
      { run: full, is: "1 waiting" },
      { run: fullSoon, is: "1 waiting" },
      { run: delta, is: "" },
      { run: fullSoon, is: "1 deleted" },
    ],
  },

  {
    name: "B1: more than the share stay, all of them, unless a person allows it, by full runs",
    from: 4,
    steps: [
      deleteMany,
      { run: full, is: ({ few }) => `${few + 1} share` },
      { run: fullNext, is: ({ few }) => `${few + 1} share` },
      { run: allowed, is: ({ few }) => `${few + 1} deleted` },
    ],
  },
  {
    name: "B1: more than the share stay, all of them, by a full run and a delta",
    account: noAudit,
    prepare: noTeams,
    from: 4,
    only: "memory",
    steps: [
      deleteMany,
      { run: full, is: ({ few }) => `${few + 1} waiting` },
      { run: delta, is: ({ few }) => `${few + 1} share` },
      { run: fullNext, is: ({ few }) => `${few + 1} share` },
    ],
  },
  {
    name: "B1: of more than the share, the share goes by events, one by one",
    liveMapping: usual,
    from: 4,
    only: "memory",
    steps: [
      deleteMany,
      {
        live: true,
        // Where the service's own run comes in between, it sees that more are gone than may go.
        is: ({ few, size }) => (size > 15 ? /^\d+ deleted, \d+ share$/ : `${few} deleted, 1 share`),
      },
    ],
  },
  {
    name: "B1: what went in the last seven days counts",
    from: 4,
    only: "memory",
    steps: [
      deleteFew,
      { run: full, is: allGo },
      { do: (setting) => remove(setting, 1) },
      { run: full, is: "1 share" },
      { run: { hours: 5 * 24 }, is: "1 share" },
      { run: { hours: 25 }, is: "1 deleted" },
    ],
  },
  {
    name: "B1: what an event took counts in a run, and a run's in an event",
    liveMapping: usual,
    from: 4,
    only: "memory",
    steps: [
      { do: (setting) => remove(setting, setting.few - 1) },
      { live: true, is: ({ few }) => `${few - 1} deleted` },
      {
        do: (setting) => {
          setting.sandbox.configure({ webhooks: { losses: 1 } });
          remove(setting, 1);
        },
      },
      { run: full, is: "1 deleted" },
      {
        do: (setting) => {
          setting.sandbox.configure({ webhooks: { losses: 0 } });
          remove(setting, 1);
        },
      },
      { live: true, is: "1 share" },
    ],
  },
  {
    name: "B1: a threshold of 0 lets nothing go, by full runs and events, but for a person's word",
    mapping: { ...usual, entityDeletionThreshold: 0 },
    liveMapping: { ...usual, entityDeletionThreshold: 0 },
    from: 4,
    steps: [
      deleteFew,
      { live: true, is: ({ few }) => `${few} share` },
      { run: full, is: ({ few }) => `${few} share` },
      { run: allowed, is: allGo },
    ],
  },

  {
    name: "B2: a query that lets nothing through any more",
    only: "memory",
    steps: [
      {
        do: ({ account }) =>
          account.change({ ...usual, query: { services: '.status == "actve"' } }),
      },
      { run: full, is: ({ size }) => `${size} reader` },
      { run: delta, is: "" },
      { run: full, is: ({ size }) => `${size} reader` },
      { run: allowed, is: ({ size }) => `${size} deleted` },
    ],
  },
  {
    name: "B2: a filter that nothing passes any more",
    only: "memory",
    steps: [
      {
        do: ({ account }) =>
          account.change({ ...usual, params: { services: { team_ids: ["PTYP000"] } } }),
      },
      { run: full, is: ({ size }) => `${size} reader` },
      { run: full, is: ({ size }) => `${size} reader` },
    ],
  },
  {
    name: "B2: another identifier",
    only: "memory",
    steps: [
      {
        do: ({ account }) => account.change({ ...usual, identifier: { services: '"x-" + .id' } }),
      },
      { run: full, is: ({ size }) => `${size} reader` },
      {
        // From three on nothing is written under the new names.
        do: ({ sandbox, size }) => {
          const own = [...sandbox.port.entities()].filter(
            ({ blueprint }) => blueprint === "pagerdutyService",
          );
          expect(own).toHaveLength(size < 3 ? 2 * size : size);
        },
      },
      { run: allowed, is: ({ size }) => `${size} deleted` },
    ],
  },
  {
    name: "B2: another query holds what events would take",
    liveMapping: enabled,
    only: "memory",
    steps: [
      { do: (setting) => disable(setting, setting.few) },
      { live: true, is: ({ few }) => `${few} reader` },
    ],
  },
  {
    name: "B2: another owner of the token",
    prepare: noTeams,
    only: "memory",
    steps: [
      {
        do: async ({ sandbox }) => {
          const [user] = await sandbox.pagerduty.list("/users");
          sandbox.configure({ tokenOwner: String(user?.["id"]) });
        },
      },
      deleteFew,
      { run: full, is: ({ few }) => `${few} reader` },
      { run: allowed, is: allGo },
    ],
  },
  {
    name: "B2: another owner of the token holds what events would take",
    prepare: noTeams,
    liveMapping: usual,
    only: "memory",
    steps: [
      {
        do: async ({ sandbox }) => {
          const [user] = await sandbox.pagerduty.list("/users");
          sandbox.configure({ tokenOwner: String(user?.["id"]) });
        },
      },
      deleteFew,
      { live: true, is: ({ few }) => `${few} reader` },
    ],
  },
  {
    name: "B3: a list that is empty",
    steps: [
      { do: ({ sandbox }) => sandbox.configure({ emptied: ["services"], missing: ["services"] }) },
      { run: full, is: ({ size, remembers }) => `${size} ${remembers ? "empty" : "share"}` },
      { run: full, is: ({ size, remembers }) => `${size} ${remembers ? "empty" : "share"}` },
      { run: { ...delta, hours: 2 }, is: /^(\d+ empty)?$/ },
      { run: allowed, is: ({ size }) => `${size} deleted` },
    ],
  },
  {
    name: "B3: a query that lets none of at least three through, as all are disabled",
    mapping: enabled,
    only: "memory",
    steps: [
      { do: (setting) => disable(setting, setting.size) },
      { run: full, is: ({ size }) => `${size} ${size < 3 ? "share" : "empty"}` },
    ],
  },
  {
    name: "B4: a team of three that the token no longer sees",
    prepare: giveTeam(3),
    from: 4,
    steps: [
      hideTeam,
      {
        run: full,
        is: ({ size, remembers }) =>
          remembers ? "3 team" : mostOf(size) < 3 ? "3 share" : "3 deleted",
      },
      {
        run: full,
        is: ({ size, remembers }) => (remembers ? "3 team" : size < 15 ? "3 share" : ""),
      },
      { run: allowed, is: ({ size, remembers }) => (remembers || size < 15 ? "3 deleted" : "") },
    ],
  },
  {
    name: "B4: a team of two that the token no longer sees",
    prepare: giveTeam(2),
    from: 4,
    only: "memory",
    steps: [hideTeam, { run: full, is: "2 team" }, { run: full, is: "2 team" }],
  },
  {
    name: "B4: a team that is there and lost three without a word, and what vanished with them",
    account: noAudit,
    prepare: giveTeam(3),
    from: 15,
    only: "memory",
    steps: [
      { do: (setting) => remove(setting, 4) },
      { run: full, is: "4 team" },
      { run: full, is: "4 team" },
    ],
  },
  {
    name: "B4: a team that is there and lost three that the audit trail names",
    prepare: giveTeam(3),
    from: 15,
    steps: [{ do: (setting) => remove(setting, 3) }, { run: full, is: "3 deleted" }],
  },
  {
    name: "B4: a team that is there and lost two",
    account: noAudit,
    prepare: giveTeam(2),
    from: 4,
    only: "memory",
    steps: [
      { do: (setting) => remove(setting, 2) },
      { run: full, is: "2 waiting" },
      { run: full, is: "2 deleted" },
    ],
  },
  {
    name: "B4: an event about a service of a team that the token no longer sees",
    prepare: giveTeam(1),
    liveMapping: usual,
    from: 4,
    only: "memory",
    steps: [
      hideTeam,
      { do: ({ sandbox, some }) => sandbox.pagerduty.tellFalseDeletion(some(1)[0] ?? "") },
      { live: true, is: "1 team" },
    ],
  },
  {
    name: "B5: 404 although a listed one is 404 too, which nobody's word lifts",
    prepare: noTeams,
    from: 4,
    steps: [
      hide(({ few }) => few, { missing: ["services"] }),
      { run: full, is: ({ few }) => `${few} control` },
      { run: full, is: ({ few }) => `${few} control` },
      { run: allowed, is: ({ few }) => `${few} control` },
      { run: delta, is: "" },
    ],
  },
  {
    name: "B5: an event about a service that is 404, as listed ones are",
    prepare: noTeams,
    liveMapping: usual,
    from: 4,
    steps: [
      {
        do: ({ sandbox, some }) => {
          sandbox.configure({ missing: ["services"] });
          sandbox.pagerduty.tellFalseDeletion(some(1)[0] ?? "");
        },
      },
      { live: true, is: "1 control" },
    ],
  },
];

async function live(
  line: Line,
  size: number,
  remembers: boolean,
  createDatabase: () => Promise<TestDatabase>,
) {
  await using database = await createDatabase();
  const { kind = "services", mapping = usual, liveMapping, prepare } = line;
  await using account = await startPolicyAccount({
    account: { services: size, ...line.account },
    prepare: (sandbox) => prepare?.(sandbox, size),
    mapping,
    liveMapping,
    blueprint: blueprintOf(kind),
    open: (options) => database.open(options),
    remembers,
  });
  const ids = account.services();
  const setting: Setting = {
    account,
    size,
    few: Math.max(1, mostOf(size)),
    remembers,
    sandbox: account.sandbox,
    some: (count) => {
      const there = new Set(account.services());
      return ids.filter((id) => there.has(id)).slice(0, count);
    },
  };
  for (const [place, step] of line.steps.entries()) {
    if ("do" in step) {
      await step.do(setting);
      continue;
    }
    const outcome = "run" in step ? await account.run(step.run) : await account.settle();
    const expected = resolve(step.is, setting);
    const told = `step ${place + 1}: ${outcome}`;
    if (typeof expected === "string") expect(told).toBe(`step ${place + 1}: ${expected}`);
    else expect(outcome).toMatch(expected);
  }
}

/** Sizes by database and memory: in the long test all of them, with every line on every database. */
function sizesOf(database: string, remembers: boolean): readonly number[] {
  if (isLong) return [1, 4, 15, 800];
  if (database === "SQLite") return remembers ? [1, 4, 15] : [15];
  return remembers ? [4] : [];
}

/** What hangs on the store most is on every database in the short test as well. */
function isOnEvery({ name }: Line): boolean {
  return /^(E5|B1|B4)/.test(name);
}

for (const [database, createDatabase] of databaseSorts) {
  for (const remembers of [true, false]) {
    const memory = remembers ? "memory" : "no memory";
    const cases = lines
      .filter(({ only = memory }) => only === memory)
      .filter((line) => isLong || database === "SQLite" || isOnEvery(line))
      .flatMap((line) =>
        sizesOf(database, remembers)
          .filter((size) => size >= (line.from ?? 1))
          .map((size) => [line.name, size, line] as const),
      );
    if (cases.length === 0) continue;
    test.each(cases)(`%s (%i services, ${database}, ${memory})`, async (_name, size, line) => {
      await live(line, size, remembers, createDatabase);
    });
  }
}
