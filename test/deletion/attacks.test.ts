import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { type Life, type LifeOptions, liveAccount, start } from "../support/live-account.ts";
import { bySize } from "../support/size.ts";
import type { SmallMapping } from "../support/small-mapping.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const services = bySize({ short: 15, long: 800 });
const account = { services, users: bySize({ short: 12, long: 200 }), schedules: 3 } as const;
const day = 86_400_000;

/** Settled runs before an attack, and after it. */
const before = 2;
const after = 2;

/** Services, users and schedules: kinds that are asked by id. */
const kinds = ["services", "users", "schedules"] as const;
const usual: SmallMapping = { kinds };
const onlyServices: SmallMapping = { kinds: ["services"] };

/** The most that may go of a kind of so many within a week: 20 %, or five of few. */
function mostOf(count: number): number {
  return Math.max(Math.floor(0.2 * count), Math.min(5, Math.floor(count / 2)));
}

interface Attack {
  readonly name: string;
  readonly life?: Partial<LifeOptions>;
  /** What it begins with. */
  readonly begin: (life: Life) => void | Promise<void>;
  /** Runs while it goes on. @default 1 */
  readonly runs?: number;
  /** What may go wrongly of an account that is remembered. @default 0 */
  readonly most?: number;
  /** The same without memory, where that is tried. */
  readonly mostForgetful?: number | undefined;
}

function showAll({ sandbox }: Life): void {
  const nothing = { emptied: [], cutShort: [], unlisted: [], missing: [], hiddenTeams: [] };
  sandbox.configure({ ...nothing, maxLimit: 100, hiddenTeamStatus: 404 });
}

/** Lives through an attack. @returns what was wrongly deleted */
async function attack(
  { life: options, begin, runs = 1 }: Attack,
  remembers: boolean,
): Promise<readonly string[]> {
  const mapping = options?.mapping ?? usual;
  await using life = await liveAccount({ account, ...options, mapping, remembers });
  await life.runs(before);
  await begin(life);
  await life.runs(runs);
  showAll(life);
  await life.change({ mapping });
  await life.runs(after);
  return life.figures.wronglyDeleted;
}

/** The rows that a page short leaves out are a fifth. */
const shortPage = { cutShort: ["services"], maxLimit: bySize({ short: 12, long: 100 }) };

/** A team with so many of the services, which the token no longer sees. */
function teamLost(
  count: number,
  hiddenTeamStatus: 200 | 403 | 404 = 404,
  mapping: SmallMapping = onlyServices,
): Attack {
  const read = mapping === onlyServices ? "" : ", with its people and schedules";
  return {
    name: `a team with ${count} of ${services} services lost, which is ${hiddenTeamStatus} by id${read}`,
    life: { mapping, prepare: (sandbox) => giveTeam(sandbox, count) },
    begin: async ({ sandbox }) => {
      sandbox.configure({ hiddenTeams: [await findTeam(sandbox)], hiddenTeamStatus });
    },
    runs: 3,
    // All or none of a blueprint go.
    mostForgetful: count > mostOf(services) ? 0 : count,
  };
}

/** Only with memory: without it, it is the same as another. */
function remembered(one: Attack): Attack {
  return { ...one, mostForgetful: undefined };
}

async function findTeam({ pagerduty }: Sandbox): Promise<string> {
  return String((await pagerduty.list("/teams"))[0]?.["id"]);
}

/** A team that a policy with people on call is of. */
async function findPolicysTeam({ pagerduty }: Sandbox): Promise<string> {
  const oncalls = await pagerduty.list("/oncalls");
  const policies = new Map(
    (await pagerduty.list("/escalation_policies")).map((policy) => [policy["id"], policy["teams"]]),
  );
  for (const { escalation_policy } of oncalls) {
    const { id } = escalation_policy as { readonly id: string };
    const [team] = policies.get(id) as readonly { readonly id: string }[];
    if (team !== undefined) return team.id;
  }
  throw new Error("No policy with people on call has a team");
}

async function giveTeam(sandbox: Sandbox, count: number): Promise<void> {
  const team = await findTeam(sandbox);
  for (const [at, { id }] of [...sandbox.pagerduty.allServices()].entries()) {
    sandbox.pagerduty.moveService(id, at < count ? team : null);
  }
}

const quarter = Math.ceil(services / 4);

const attacks: Attack[] = [
  {
    name: "a list of services that is empty once",
    mostForgetful: 0,
    begin: ({ sandbox }) => sandbox.configure({ emptied: ["services"] }),
  },
  {
    name: "every list empty for a day of runs each six hours",
    life: { every: 6 },
    begin: ({ sandbox }) => sandbox.configure({ emptied: [...kinds] }),
    runs: 4,
  },
  {
    name: "one page of services short once",
    mostForgetful: 0,
    begin: ({ sandbox }) => sandbox.configure(shortPage),
  },
  {
    name: "one page of services short four times",
    begin: ({ sandbox }) => sandbox.configure(shortPage),
    runs: 4,
  },
  ...[1, 4].map((runs): Attack => ({
    name: `one page of on-calls short ${runs === 1 ? "once" : "four times"}`,
    life: {
      mapping: { kinds: ["services", "users", "oncalls"], params: { oncalls: { until: 3 } } },
    },
    begin: ({ sandbox }) => sandbox.configure({ ...shortPage, cutShort: ["oncalls"] }),
    runs,
  })),
  {
    name: "one page of on-calls short in an account whose times are New York's",
    life: {
      account: { ...account, accountTimeZone: "America/New_York" },
      mapping: { kinds: ["services", "users", "oncalls"], params: { oncalls: { until: 3 } } },
    },
    begin: ({ sandbox }) => sandbox.configure({ ...shortPage, cutShort: ["oncalls"] }),
  },
  {
    name: "on-calls short while everything is 404 by id",
    // Several policies lack all of their on-calls then.
    life: {
      account: { services: 30, users: 40, schedules: 12 },
      mapping: { kinds: ["services", "users", "oncalls"], params: { oncalls: { until: 1 } } },
    },
    begin: ({ sandbox }) =>
      sandbox.configure({ cutShort: ["oncalls"], maxLimit: 31, missing: ["*"] }),
    runs: 3,
  },
  {
    name: "a team lost, of whose policies people are on call",
    life: { mapping: { kinds: ["escalation_policies", "services", "oncalls"] } },
    begin: async ({ sandbox }) =>
      sandbox.configure({ hiddenTeams: [await findPolicysTeam(sandbox)] }),
    runs: 3,
  },
  {
    name: "three services not listed while everything is 404 by id",
    begin: ({ sandbox, services: list }) =>
      sandbox.configure({ unlisted: list().slice(0, 3), missing: ["*"] }),
    runs: 3,
  },
  {
    name: "a fifth of the services not listed while services are 404 by id",
    mostForgetful: 0,
    begin: ({ sandbox, services: list }) =>
      sandbox.configure({ unlisted: list().slice(0, services / 5), missing: ["services"] }),
    runs: 3,
  },
  {
    name: "all users not listed while everything is 404 by id",
    begin: async ({ sandbox, list }) =>
      sandbox.configure({ unlisted: await list("/users"), missing: ["*"] }),
    runs: 3,
  },
  teamLost(2),
  teamLost(3),
  remembered(teamLost(3, 403)),
  remembered(teamLost(3, 200)),
  teamLost(quarter),
  remembered(teamLost(quarter, 200)),
  remembered(teamLost(quarter, 404, usual)),
  teamLost(Math.ceil(services / 2)),
  {
    ...teamLost(3),
    name: "a team lost into which somebody moves another service",
    begin: async ({ sandbox, services: list }) => {
      const team = await findTeam(sandbox);
      sandbox.configure({ hiddenTeams: [team] });
      sandbox.pagerduty.moveService(list().at(-1) ?? "", team);
    },
    most: 1,
    mostForgetful: 4,
  },
  {
    name: "a typo in the query",
    mostForgetful: 0,
    life: { mapping: { ...onlyServices, query: { services: '.status != "disabled"' } } },
    begin: (life) =>
      life.change({ mapping: { ...onlyServices, query: { services: '.status == "actve"' } } }),
    runs: 3,
  },
  {
    name: "a typo in a filter",
    mostForgetful: 0,
    life: { mapping: onlyServices },
    begin: (life) =>
      life.change({
        mapping: { ...onlyServices, params: { services: { team_ids: ["PTYP000"] } } },
      }),
    runs: 3,
  },
  {
    name: "an edited identifier",
    mostForgetful: 0,
    life: { mapping: onlyServices },
    begin: (life) =>
      life.change({ mapping: { ...onlyServices, identifier: { services: '"x-" + .id' } } }),
    runs: 3,
  },
];

test.each(attacks.map((one) => [one.name, one] as const))(
  "nothing goes wrongly by %s",
  async (_, one) => {
    const wrong = await attack(one, true);
    expect(wrong.slice(one.most ?? 0)).toEqual([]);
  },
);

const forgetful = attacks.filter(({ mostForgetful }) => mostForgetful !== undefined);

test.each(forgetful.map((one) => [one.name, one] as const))(
  "without memory no more than a share goes by %s",
  async (_, one) => {
    const wrong = await attack(one, false);
    expect(wrong.slice(one.mostForgetful ?? 0)).toEqual([]);
  },
);

/** Makes an API key somebody's. */
async function giveOwner(sandbox: Sandbox): Promise<void> {
  const [user] = await sandbox.pagerduty.list("/users");
  sandbox.configure({ tokenOwner: String(user?.["id"]) });
}

test.each([
  ["a user's", "what it remembers", true],
  ["the account's", "what it remembers", true],
  ["a user's", "no memory", false],
])(
  "another account's token, %s, takes nothing of the first with %s",
  async (whose, _, remembers) => {
    const prepare = whose === "a user's" ? giveOwner : undefined;
    await using other = await startSandbox({ ...account, incidents: 0, seed: "other", now: start });
    await prepare?.(other);
    // With an account's key, nothing but shares tells that it is another's: three of six are no large one.
    const mapping: SmallMapping = prepare === undefined ? { kinds: ["services", "users"] } : usual;
    await using life = await liveAccount({
      account,
      mapping,
      remembers,
      ...(prepare && { prepare }),
    });
    await life.runs(before);
    await life.change({ connected: other });
    other.clock.advance(life.sandbox.clock.now() - other.clock.now());
    await life.runs(3, () => other.clock.advance(day));
    await life.change({ connected: life.sandbox });
    await life.runs(after);
    // Without memory the schedules are half of what Port has by the second day.
    const most = remembers ? 0 : account.schedules;
    expect(life.figures.wronglyDeleted.slice(most)).toEqual([]);
  },
);

const falseDeletions: [what: string, begin: (sandbox: Sandbox) => void | Promise<void>][] = [
  ["", () => undefined],
  [" while services are 404 by id", (sandbox) => sandbox.configure({ missing: ["services"] })],
  [" while everything is 404 by id", (sandbox) => sandbox.configure({ missing: ["*"] })],
  [
    " while their team is lost",
    async (sandbox) => sandbox.configure({ hiddenTeams: [await findTeam(sandbox)] }),
  ],
];

test.each(falseDeletions)("rightly signed false deletions take nothing%s", async (_, begin) => {
  const many = bySize({ short: 5, long: 100 });
  await using life = await liveAccount({
    account,
    mapping: onlyServices,
    isLive: true,
    prepare: (sandbox) => giveTeam(sandbox, many),
  });
  const { sandbox } = life;
  await life.runs(before);
  await begin(sandbox);
  for (const id of life.services().slice(0, many)) sandbox.pagerduty.tellFalseDeletion(id);
  await life.settle();
  await life.runs(2);
  showAll(life);
  await life.runs(after);
  expect(life.figures.wronglyDeleted).toEqual([]);
});

test.each([
  ["what it remembers", true],
  ["no memory", false],
])("a clock 26 hours ahead of PagerDuty's takes no on-call, with %s", async (_, remembers) => {
  await using life = await liveAccount({
    account,
    mapping: { kinds: ["services", "oncalls"] },
    remembers,
    clockAhead: 26 * 3_600_000,
    every: 6,
  });
  await life.runs(6);
  expect(life.figures.wronglyDeleted).toEqual([]);
});

test("a rightly signed false deletion takes nothing where a moment of 404s ends before the control reading", async () => {
  await using life = await liveAccount({ account, mapping: onlyServices, isLive: true });
  const { sandbox } = life;
  await life.runs(before);
  sandbox.configure({ missing: ["*"] });
  let isOver = false;
  const end = sandbox.onRequest(({ path }) => {
    if (!path.startsWith("/services?limit=2")) return;
    isOver = true;
    sandbox.configure({ missing: [] });
  });
  sandbox.pagerduty.tellFalseDeletion(life.services()[0] ?? "");
  await life.settle();
  end();
  await life.runs(after);
  expect([isOver, life.figures.wronglyDeleted]).toEqual([true, []]);
});

test("a typo in the query takes nothing where what it leaves out was written just before its first run", async () => {
  await using life = await liveAccount({ account, mapping: onlyServices });
  const { sandbox } = life;
  await life.runs(before);
  const leftOut = life.services().slice(0, 3);
  const query = `.id | IN(${leftOut.map((id) => JSON.stringify(id)).join(", ")}) | not`;
  await life.change({ mapping: { ...onlyServices, query: { services: query } } });
  const end = sandbox.onRequest(({ path }) => {
    if (!path.includes("datasource-entities")) return;
    for (const id of leftOut) sandbox.port.editEntity("pagerdutyService", id, { title: "Mine" });
  });
  await life.run();
  end();
  await life.runs(after);
  expect(life.figures.wronglyDeleted).toEqual([]);
});

test("two moments that hide a user take nothing where each ends before the control reading", async () => {
  await using life = await liveAccount({ account, mapping: usual });
  const { sandbox } = life;
  await life.runs(before);
  const [user = ""] = await life.list("/users");
  const end = sandbox.onRequest(({ side, path }) => {
    if (side !== "pagerduty") return;
    // Hidden from its list, and until the control reading asks for another one.
    if (path.startsWith("/users?limit")) sandbox.configure({ unlisted: [user], missing: [user] });
    else if (
      path.startsWith("/users/") &&
      !path.startsWith(`/users/${user}`) &&
      !path.includes("me")
    )
      sandbox.configure({ unlisted: [], missing: [] });
  });
  await life.runs(2);
  end();
  await life.runs(after);
  expect(life.figures.wronglyDeleted).toEqual([]);
});
