import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import {
  findExcess,
  type Life,
  type LifeOptions,
  type Limits,
  liveAccount,
} from "../support/live-account.ts";
import { bySize } from "../support/size.ts";
import type { SmallMapping } from "../support/small-mapping.ts";

/** Services of an account, and days for which one is lived. */
const services = bySize({ short: 15, long: 800 });
const days = bySize({ short: 6, long: 42 });
const users = bySize({ short: 20, long: 200 });
const account = { services, users, schedules: bySize({ short: 3, long: 40 }) } as const;

const onlyServices: SmallMapping = { kinds: ["services"] };

/** Lives an account for so many runs, attended or not, and expects it to come to no more than it may. */
async function live(
  options: LifeOptions,
  {
    runs,
    limits,
    isAttended = false,
    happen,
  }: {
    readonly isAttended?: boolean;
    readonly runs: number;
    readonly limits?: Limits;
    readonly happen: (life: Life, number: number) => void | Promise<void>;
  },
): Promise<void> {
  await using life = await liveAccount({ account, ...options });
  for (let number = 0; number < runs; number++) {
    await happen(life, number);
    await (isAttended ? life.runAllowing() : life.run());
  }
  // What happened last may need two runs.
  await life.runs(2);
  expect(findExcess(life, limits)).toEqual([]);
}

/** A share of the services, at least one. */
function share(part: number): number {
  return Math.max(1, Math.round(services * part));
}

const withAndWithout: [name: string, isLive: boolean][] = [
  ["by runs alone", false],
  ["with live events", true],
];

test.each(withAndWithout)(
  "ordinary weeks leave nothing and take nothing, %s",
  async (_, isLive) => {
    const kinds = ["services", "users", "schedules", "oncalls", "open-incidents"] as const;
    await live(
      { mapping: { kinds }, isLive },
      {
        runs: days,
        happen: async ({ sandbox, services: list, list: read }, day) => {
          const { pagerduty } = sandbox;
          const all = list();
          pagerduty.createIncident({ serviceId: all[day % all.length] ?? "" });
          const open = await pagerduty.list(
            "/incidents?date_range=all&statuses[]=triggered",
            "incidents",
          );
          if (day % 2 === 1) pagerduty.resolveIncident(String(open[0]?.["id"]));
          pagerduty.renameService(all[(day * 3) % all.length] ?? "", `Renamed ${day}`);
          if (day % 3 === 0) pagerduty.createService({ name: `Made on day ${day}` });
          if (day % 4 === 2) pagerduty.deleteService(all[0] ?? "");
          if (day % 4 === 3) pagerduty.deleteUser((await read("/users"))[0] ?? "");
          if (day % 5 === 1) pagerduty.createUser();
          if (day === 4) pagerduty.deleteSchedule((await read("/schedules")).at(-1) ?? "");
        },
      },
    );
  },
);

test.each(withAndWithout)(
  "weeks in which PagerDuty moves schedules to its other kind leave nothing and take nothing, %s",
  async (_, isLive) => {
    const held = bySize({ short: 20, long: 60 });
    await live(
      {
        account: { ...account, schedules: held, shiftSchedules: 2 },
        mapping: { kinds: ["schedules", "oncalls"] },
        isLive,
      },
      {
        runs: bySize({ short: 10, long: 42 }),
        happen: async ({ sandbox: { pagerduty }, list: read }, day) => {
          const layered = await read("/schedules");
          const shifts = await read("/v3/schedules");
          for (const id of layered.slice(0, 2)) pagerduty.upgradeSchedule(id);
          if (day % 4 === 1) pagerduty.downgradeSchedule(shifts[0] ?? "");
          if (day % 5 === 2) pagerduty.deleteSchedule(shifts.at(-1) ?? "");
          if (day % 5 === 4) pagerduty.deleteSchedule(layered.at(-1) ?? "");
          if (day % 3 === 0) pagerduty.createSchedule({ kind: "shifts" });
        },
      },
    );
  },
);

test("a day of hourly runs leaves no on-call after its end and no service after its deletion", async () => {
  await live(
    { mapping: { kinds: ["services", "oncalls"] }, every: 1 },
    {
      runs: bySize({ short: 16, long: 72 }),
      happen: ({ sandbox, services: list }, number) => {
        if (number % 6 === 2) sandbox.pagerduty.deleteService(list()[0] ?? "");
      },
    },
  );
});

test.each(withAndWithout)(
  "a mapping of open incidents only forgets those that are resolved, all of them too, %s",
  async (_, isLive) => {
    await live(
      { mapping: { kinds: ["services", "open-incidents"] }, isLive },
      {
        runs: days,
        happen: ({ sandbox: { pagerduty }, services: list }, day) => {
          const open = [...pagerduty.allIncidents()].filter(({ status }) => status !== "resolved");
          for (const { id } of open) pagerduty.resolveIncident(id);
          if (day % 3 === 2) return;
          for (const serviceId of list().slice(0, 4)) pagerduty.createIncident({ serviceId });
        },
      },
    );
  },
);

test("agedIncidents: delete lets incidents go that leave the month that is read", async () => {
  await live(
    {
      account: { ...account, incidents: bySize({ short: 40, long: 2000 }), years: 0.2 },
      mapping: { kinds: ["services", "open-incidents", "resolved-incidents"] },
      agedIncidents: "delete",
    },
    {
      runs: days,
      happen: ({ sandbox: { pagerduty }, services: list }, day) => {
        const id = pagerduty.createIncident({ serviceId: list()[day % services] ?? "" });
        pagerduty.resolveIncident(id);
      },
    },
  );
});

test.each(withAndWithout)(
  "a quarter of the services can be deleted on purpose within three weeks, %s",
  async (_, isLive) => {
    const daily = Math.max(1, Math.ceil(share(0.25) / 21));
    const every = bySize({ short: 5, long: 1 });
    await live(
      { mapping: onlyServices, isLive },
      {
        runs: 21,
        happen: ({ sandbox, services: list }, day) => {
          if (day % every !== 0) return;
          for (const id of list().slice(0, daily)) sandbox.pagerduty.deleteService(id);
        },
      },
    );
  },
);

test("titles and properties can be edited, in PagerDuty and in the mapping", async () => {
  await live(
    { mapping: onlyServices },
    {
      runs: days,
      happen: async (life, day) => {
        const { pagerduty } = life.sandbox;
        for (const id of life.services()) {
          pagerduty.renameService(id, `${id} by day ${day}`);
          pagerduty.changeObject(id, { description: `Of day ${day}` });
        }
        if (day === 3) {
          const title = { services: '.name + " (PagerDuty)"' };
          await life.change({ mapping: { ...onlyServices, title } });
        }
        if (day === 4) pagerduty.deleteService(life.services()[0] ?? "");
      },
    },
  );
});

test.each(withAndWithout)(
  "services that are named by `.name` can be renamed, %s",
  async (_, isLive) => {
    await live(
      {
        mapping: { ...onlyServices, identifier: { services: ".name" } },
        reading: { name: (_kind, row) => String(row["name"]) },
        prepare: ({ pagerduty }) => {
          for (const { id } of pagerduty.allServices()) pagerduty.renameService(id, `name-${id}`);
        },
        isLive,
      },
      {
        runs: days,
        happen: ({ sandbox, services: list }, day) => {
          for (const id of list().slice(day, day + share(0.3))) {
            sandbox.pagerduty.renameService(id, `name-${day}-of-${id}`);
          }
        },
      },
    );
  },
);

test.each(withAndWithout)(
  "services are disabled and enabled again under a query that leaves out disabled ones, %s",
  async (_, isLive) => {
    await live(
      {
        mapping: { ...onlyServices, query: { services: '.status != "disabled"' } },
        reading: { isWanted: (_kind, row) => row["status"] !== "disabled" },
        isLive,
      },
      {
        runs: days,
        happen: ({ sandbox, services: list }, day) => {
          const all = list();
          const status = day % 3 === 2 ? "active" : "disabled";
          const first = Math.floor(day / 3) * share(0.07);
          for (const id of all.slice(first, first + share(0.07))) {
            sandbox.pagerduty.changeObject(id, { status });
          }
        },
      },
    );
  },
);

test.each(withAndWithout)("a week of reorganisation passes, %s", async (_, isLive) => {
  // 30 of 800 services.
  const many = Math.max(2, share(30 / 800));
  await live(
    { mapping: { kinds: ["escalation_policies", "services", "schedules"] }, isLive },
    {
      runs: 7,
      limits: { exit3Runs: 1, acts: 1 },
      isAttended: true,
      happen: async ({ sandbox: { pagerduty }, services: list, list: read }, day) => {
        const daily = Math.ceil(many / 7);
        const gone = list().slice(0, daily);
        if (day * daily < many) for (const id of gone) pagerduty.deleteService(id);
        pagerduty.createService({ name: `Of the new order ${day}` });
        const teams = await read("/teams");
        for (const id of list().slice(-daily)) pagerduty.moveService(id, teams[day] ?? null);
        if (day === 2) pagerduty.deleteSchedule((await read("/schedules")).at(-1) ?? "");
      },
    },
  );
});

test("10 % of the users leave in a day", async () => {
  await live(
    { mapping: { kinds: ["users"] } },
    {
      runs: days,
      limits: { exit3Runs: 1, acts: 1 },
      isAttended: true,
      happen: async ({ sandbox, list }, day) => {
        if (day !== 2) return;
        for (const id of (await list("/users")).slice(0, Math.round(users / 10))) {
          sandbox.pagerduty.deleteUser(id);
        }
      },
    },
  );
});

test("a new token of another user changes nothing but what one run withholds at most", async () => {
  const ownerOf = async ({ pagerduty }: Sandbox, number: number): Promise<string> =>
    String((await pagerduty.list("/users"))[number]?.["id"]);
  await using life = await liveAccount({
    account,
    mapping: { kinds: ["services", "users"] },
    prepare: async (sandbox) => sandbox.configure({ tokenOwner: await ownerOf(sandbox, 0) }),
  });
  const { sandbox } = life;
  await life.runs(2);
  sandbox.configure({ tokenOwner: await ownerOf(sandbox, 1) });
  sandbox.pagerduty.deleteService(life.services()[0] ?? "");
  await life.runAllowing();
  await life.runAllowing();
  sandbox.pagerduty.deleteService(life.services()[0] ?? "");
  await life.runs(days - 2);
  expect(findExcess(life, { exit3Runs: 1, acts: 1 })).toEqual([]);
});

test.each(withAndWithout)(
  "a team that is dissolved with all it had stays until a person says so, %s",
  async (_, isLive) => {
    const kinds = ["escalation_policies", "services", "schedules", "users"] as const;
    await using life = await liveAccount({ account, mapping: { kinds }, isLive });
    const { pagerduty } = life.sandbox;
    await life.runs(2);
    const [team] = await life.list("/teams");
    const theirs = async (path: string): Promise<string[]> =>
      (await pagerduty.list(path))
        .filter(({ teams }) => (teams as { id: string }[]).some(({ id }) => id === team))
        .map(({ id }) => String(id));
    for (const id of life.services().slice(0, 4)) pagerduty.moveService(id, team ?? null);
    await life.runs(1);
    const had = await Promise.all(["/services", "/schedules", "/users"].map(theirs));
    for (const id of had[0] ?? []) pagerduty.deleteService(id);
    for (const id of had[1] ?? []) pagerduty.deleteSchedule(id);
    for (const id of had[2] ?? []) pagerduty.deleteUser(id);
    pagerduty.deleteTeam(team ?? "");
    const isHeld = (): boolean =>
      life.sandbox.port.entity("pagerdutyService", had[0]?.[0] ?? "") !== undefined;
    await life.settle();
    await life.runs(2);
    expect([had[0]?.length, isHeld()]).toEqual([expect.any(Number), true]);
    for (let run = 0; run < 3; run++) await life.runAllowing();
    expect(isHeld()).toBe(false);
    const acts = isLive ? 1 : 2;
    expect(findExcess(life, { longestStale: 6, exit3Runs: 5, acts })).toEqual([]);
  },
);

test("what a narrowed mapping leaves out stays until a person says so", async () => {
  await using life = await liveAccount({ account, mapping: onlyServices });
  await life.runs(2);
  const half = new Set(life.services().slice(0, Math.floor(services / 2)));
  const query = { services: `.id as $id | ${JSON.stringify([...half])} | index($id) != null` };
  await life.change({
    mapping: { ...onlyServices, query },
    reading: { isWanted: (_kind, row) => half.has(String(row["id"])) },
  });
  await life.run();
  expect(life.sandbox.port.entities("pagerdutyService")).toHaveLength(services);
  for (let run = 0; run < 3; run++) await life.runAllowing();
  expect(life.sandbox.port.entities("pagerdutyService")).toHaveLength(half.size);
  expect(findExcess(life, { longestStale: 4, exit3Runs: 3, acts: 1 })).toEqual([]);
});

test("an identifier that is changed on purpose is taken over when a person says so", async () => {
  await using life = await liveAccount({ account, mapping: onlyServices });
  await life.runs(2);
  await life.change({
    mapping: { ...onlyServices, identifier: { services: '"service-" + .id' } },
    reading: { name: (_kind, row) => `service-${String(row["id"])}` },
  });
  await life.run();
  const old = (): number =>
    life.sandbox.port
      .entities("pagerdutyService")
      .filter(({ identifier }) => !identifier.startsWith("service-")).length;
  expect(old()).toBe(services);
  for (let run = 0; run < 3; run++) await life.runAllowing();
  expect(old()).toBe(0);
  expect(life.sandbox.port.entities("pagerdutyService")).toHaveLength(services);
  const acts = bySize({ short: 2, long: 1 });
  expect(findExcess(life, { longestStale: 6, exit3Runs: 5, acts })).toEqual([]);
});

test("a staging account of 4 services that come and go each day asks for a person hardly ever", async () => {
  await using life = await liveAccount({
    account: { ...account, services: 4, users: 4 },
    mapping: onlyServices,
    isLive: true,
    every: 12,
  });
  const { pagerduty } = life.sandbox;
  let made: string | undefined;
  await life.runs(bySize({ short: 20, long: 84 }), (number) => {
    if (number % 2 === 1) return;
    if (made !== undefined) pagerduty.deleteService(made);
    made = pagerduty.createService({ name: `Staging ${number}` });
  });
  const exit3Runs = Math.ceil(0.03 * life.figures.runs);
  expect(findExcess(life, { exit3Runs, acts: 1 })).toEqual([]);
});
