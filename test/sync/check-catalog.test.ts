import { expect, test } from "bun:test";
import { type ServiceEvent, readCheck } from "@pagerport/core";
import { readLeaseHolder } from "../../packages/core/src/store/lease.ts";
import { readServiceNote } from "../../packages/core/src/store/notes/service-note.ts";
import { databaseSorts } from "../../packages/core/src/testing/test-databases.ts";
import { testClock, testShift } from "../../packages/core/src/testing/test-clock.ts";
import { connectSandboxPagerDuty } from "../support/connect-sandbox.ts";
import { followSandbox } from "../support/sandbox-clock.ts";
import { type ServiceSetting, startServiceSetting, waitUntil } from "../support/run-service.ts";

/** The check of the catalog by a service: when it looks, what it finds, and that it writes nothing. */

const minute = 60_000;
const hour = 60 * minute;
const small = { services: 6, incidents: 30, schedules: 2, users: 4 };

function isTroubleOfCheck(event: ServiceEvent): boolean {
  return event.type === "trouble" && event.what === "the check of the catalog";
}

type Checked = Extract<ServiceEvent, { readonly type: "checked" }>;

function listChecks(events: readonly ServiceEvent[]): Checked["check"][] {
  return events.flatMap((event) => (event.type === "checked" ? [event.check] : []));
}

function isWrite(route: string): boolean {
  return (
    /^(?:POST|PUT|PATCH|DELETE) .*(?::bp|integration)/.test(route) && !route.endsWith("/search")
  );
}

/**
 * Waits until so many checks have ended. A check waits for events that are on their way, so time passes; less
 * at once than its lease lasts.
 */
async function passChecks(setting: ServiceSetting, count: number): Promise<void> {
  setting.pass(2 * minute);
  while (listChecks(setting.events).length < count) {
    await testClock.sleep(300);
    setting.pass(16_000);
  }
}

test("a service checks its catalog once a resync has settled, finds what was changed by hand, and writes nothing", async () => {
  await using setting = await startServiceSetting(small, {
    isTimed: true,
    verifyInterval: 24,
    verifySample: 2,
  });
  const { sandbox, store, events } = setting;
  // Not in the minute after a resync.
  expect(listChecks(events)).toEqual([]);
  await passChecks(setting, 1);
  const [first] = listChecks(events);
  expect(first).toMatchObject({ by: "test 0", sample: 2, verdict: "in-step" });
  expect(first?.blueprints.length).toBeGreaterThan(3);
  expect(first?.blueprints.every(({ compared }) => compared <= 2)).toBe(true);
  expect(await readCheck(store.sql)).toMatchObject({ by: "test 0", verdict: "in-step" });

  // A day later it is due, and waits for a resync to end.
  const entities = sandbox.port.entities();
  const [service, other] = entities.filter(({ blueprint }) => blueprint === "pagerdutyService");
  if (service === undefined || other === undefined) throw new Error("There are six");
  setting.pass(25 * hour);
  await setting.settle();
  expect(listChecks(events)).toHaveLength(1);
  await setting.service.requestResync("delta", "the test wants it");
  await setting.settleRuns(2);
  sandbox.port.deleteEntity(service.blueprint, service.identifier);
  const before = { ...sandbox.requests.port.byRoute };
  await passChecks(setting, 2);
  const [, second] = listChecks(events);
  expect(second?.verdict).toBe("drifted");
  const found = second?.blueprints.find(({ blueprint }) => blueprint === "pagerdutyService");
  expect(found).toMatchObject({ changed: 0, missing: 1, extra: 0 });
  const written = Object.entries(sandbox.requests.port.byRoute).filter(
    ([route, count]) => isWrite(route) && count !== (before[route] ?? 0),
  );
  expect(written).toEqual([]);
}, 60_000);

test.each(databaseSorts)(
  "of two replicas one checks (%s)",
  async (_sort, create) => {
    let shift = 0;
    await using database = await create();
    const shiftClock = (): number => testShift + shift;
    const [store, other] = [
      await database.open({ shiftClock }),
      await database.open({ shiftClock }),
    ];
    await using setting = await startServiceSetting(small, {
      isTimed: true,
      store,
      others: [other],
      verifyInterval: 24,
    });
    const { events, sandbox } = setting;
    const pass = (milliseconds: number): void => {
      shift += milliseconds;
      sandbox.clock.advance(milliseconds);
    };
    await passChecks({ ...setting, events, pass }, 1);
    for (let look = 0; look < 4; look += 1) {
      pass(minute);
      await setting.settle();
    }
    expect(listChecks(events)).toHaveLength(1);
    const note = await readServiceNote(store.sql);
    expect(note?.owner).toMatch(/^test [01]$/);
  },
  120_000,
);

test("a full resync that is asked for does not wait for a check, which is made up for", async () => {
  const held = Promise.withResolvers<void>();
  let isHeld = false;
  await using setting = await startServiceSetting(small, {
    isTimed: true,
    verifyInterval: 24,
    connect: (sandbox) => {
      const client = connectSandboxPagerDuty(sandbox, { clock: followSandbox(sandbox) });
      return {
        pagerDuty: {
          ...client,
          get: async (path, query, signal) => {
            if (isHeld && path === "/services") {
              await Promise.race([
                held.promise,
                new Promise((_resolve, reject) => {
                  signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
                }),
              ]);
            }
            return client.get(path, query, signal);
          },
        },
      };
    },
  });
  const { events, store } = setting;
  isHeld = true;
  setting.pass(2 * minute);
  await waitUntil(
    async () => (await store.sql.all("SELECT 1 FROM lease WHERE name = 'check'")).length === 1,
  );
  // A delta waits; a full one does not.
  await setting.service.requestResync("delta", "the test wants it");
  const count = (): number => events.filter(({ type }) => type === "run-started").length;
  expect(count()).toBe(1);
  isHeld = false;
  await setting.service.requestResync("full", "the test wants it");
  await setting.settleRuns(2);
  expect(count()).toBe(2);
  expect(listChecks(events)).toEqual([]);
  held.resolve();
  await passChecks(setting, 1);
  expect(events.filter(isTroubleOfCheck)).toEqual([]);
}, 60_000);

test("what changes while a check reads, and a live event brings, is no difference", async () => {
  let change: (() => void) | undefined;
  let isChecking = (): Promise<boolean> => Promise.resolve(false);
  await using setting = await startServiceSetting(small, {
    isTimed: true,
    verifyInterval: 24,
    connect: (sandbox) => {
      const client = connectSandboxPagerDuty(sandbox, { clock: followSandbox(sandbox) });
      return {
        pagerDuty: {
          ...client,
          get: async (path, query, signal) => {
            // Port was listed by then: what PagerDuty shows from now on is newer.
            if (path === "/services" && (await isChecking())) {
              change?.();
              change = undefined;
            }
            return client.get(path, query, signal);
          },
        },
      };
    },
  });
  const { sandbox, events, store } = setting;
  isChecking = async () => (await readLeaseHolder(store.sql, "check")) !== undefined;
  const [service] = await sandbox.pagerduty.list("/services");
  let isChanged = false;
  change = () => {
    sandbox.pagerduty.changeObject(String(service?.["id"]), { name: "Renamed meanwhile" });
    isChanged = true;
  };
  await passChecks(setting, 1);
  expect(isChanged).toBe(true);
  expect(listChecks(events)[0]?.verdict).toBe("in-step");
  const renamed = sandbox.port.entities().filter(({ title }) => title === "Renamed meanwhile");
  expect(renamed).toHaveLength(1);
}, 60_000);
