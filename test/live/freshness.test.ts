import { expect, test } from "bun:test";
import { type Clock, type PagerDutyClient, readDefaultFile } from "@pagerport/core";
import { databaseSorts } from "../../packages/core/src/testing/test-databases.ts";
import { connectSandboxPagerDuty, connectSandboxPort } from "../support/connect-sandbox.ts";
import { resyncSandbox } from "../support/resync-sandbox.ts";
import { type ServiceSetting, startServiceSetting } from "../support/run-service.ts";
import { delayAnswer, watchWrites } from "../support/watch-traffic.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";

const small = { services: 3, incidents: 20, schedules: 1, users: 4 } as const;

/** Starting PostgreSQL is part of the first test. Milliseconds. */
const timeout = 20_000;

/** An incident that both sides have. */
async function createIncident(setting: ServiceSetting): Promise<string> {
  const { pagerduty } = setting.sandbox;
  const [service] = [...pagerduty.allServices()];
  const id = pagerduty.createIncident({ serviceId: String(service?.id) });
  await setting.settle();
  return id;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await Bun.sleep(2);
}

/** Waits for others take a moment. @param onWait called in place of each */
function createImpatientClock(onWait: () => void): Clock {
  return {
    ...testClock,
    async sleep(milliseconds, signal) {
      if (milliseconds === 2000) onWait();
      return testClock.sleep(milliseconds === 2000 ? 10 : milliseconds, signal);
    },
  };
}

/** Lets something happen after incidents were listed, and before any of the lists arrives. */
function readLate(pagerDuty: PagerDutyClient, happens: () => Promise<void>): PagerDutyClient {
  let happening: Promise<void> | undefined;
  return {
    ...pagerDuty,
    async get(path, query, ...others) {
      const answer = await pagerDuty.get(path, query, ...others);
      if (path !== "/incidents" || !query.some(([name]) => name === "offset")) return answer;
      happening ??= happens();
      await happening;
      // A list may be asked for more than once: all of it is as it was.
      const text = JSON.stringify(answer.body).replaceAll('"Newest"', '"Old"');
      return { ...answer, body: JSON.parse(text) as typeof answer.body };
    },
  };
}

/** The incident twice, of which Port may refuse the second. */
const twice = readDefaultFile("mapping.yaml").replace(
  "mappings: &incident\n",
  `mappings:
          - identifier: .id + "-again"
            title: .title
            blueprint: '"pagerdutyUser"'
          - &incident
`,
);

const cases = databaseSorts.flatMap(([sort, create]) =>
  [false, true].map((isRefused) => [sort, isRefused ? "in part" : "whole", create] as const),
);

test.each(cases)(
  "a page read before a live event (%s), written %s, is not written after it",
  async (_sort, how, create) => {
    const isRefused = how === "in part";
    await using database = await create();
    const [store, other] = [await database.open(), await database.open()];
    const mapping = isRefused ? indentIncident(twice) : readDefaultFile("mapping.yaml");
    await using setting = await startServiceSetting(small, { store, mapping });
    const { sandbox, events } = setting;
    const { pagerduty, port } = sandbox;
    const id = await createIncident(setting);
    if (isRefused) {
      const isAgain = (entity: unknown): boolean =>
        String(Reflect.get(Object(entity), "identifier")).endsWith("-again");
      sandbox.configure({
        portApi: {
          reject: (entity) => (isAgain(entity) ? { status: 422, message: "No" } : undefined),
        },
      });
    }
    pagerduty.changeObject(id, { title: "Old" });
    const watched = watchWrites(connectSandboxPort(sandbox));
    events.length = 0;
    await resyncSandbox(sandbox, {
      mapping,
      store: other,
      port: watched,
      pagerDuty: readLate(connectSandboxPagerDuty(sandbox), async () => {
        pagerduty.changeObject(id, { title: "Newest" });
        pagerduty.annotateIncident(id, "Look at it");
        await until(() => events.some(({ type }) => type === "processed"));
        expect(port.entity("pagerdutyIncident", id)?.title).toBe("Newest");
      }),
    });
    const [processed] = events.flatMap((event) => (event.type === "processed" ? [event] : []));
    expect(processed?.outcome.outcome).toBe(isRefused ? "failed" : "applied");
    expect(port.entity("pagerdutyIncident", id)?.title).toBe("Newest");
    const written = watched.written.filter(({ identifier }) => identifier === id);
    expect(written.filter(({ title }) => title === "Old")).toEqual([]);
  },
  timeout,
);

test.each(databaseSorts)(
  "what a live event read before a page is not written after it (%s)",
  async (_sort, create) => {
    await using database = await create();
    const [store, other] = [await database.open(), await database.open()];
    const order: string[] = [];
    let goOn: () => void = () => undefined;
    let slow = "";
    let isReading = false;
    await using setting = await startServiceSetting(small, {
      store,
      connect: (sandbox) => {
        const pagerDuty = connectSandboxPagerDuty(sandbox);
        return {
          port: connectSandboxPort(sandbox),
          pagerDuty: {
            ...pagerDuty,
            async get(path, ...others) {
              const answer = await pagerDuty.get(path, ...others);
              if (path !== `/incidents/${slow}` || isReading) return answer;
              isReading = true;
              await new Promise<void>((resolve) => {
                goOn = resolve;
              });
              order.push("live");
              return answer;
            },
          },
        };
      },
    });
    const { sandbox } = setting;
    const { pagerduty, port } = sandbox;
    const id = await createIncident(setting);
    slow = id;
    pagerduty.changeObject(id, { title: "Old" });
    pagerduty.annotateIncident(id, "Look at it");
    await until(() => isReading);
    pagerduty.changeObject(id, { title: "Newest" });
    const report = await resyncSandbox(sandbox, {
      store: other,
      clock: createImpatientClock(() => goOn()),
    });
    order.push("resync");
    expect(report.unfinished).toEqual([]);
    await setting.settle();
    expect(order).toEqual(["live", "resync"]);
    expect(port.entity("pagerdutyIncident", id)?.title).toBe("Newest");
  },
  timeout,
);

test.each(databaseSorts)(
  "a page read before a live event whose request waited since before the run is not written after it (%s)",
  async (_sort, create) => {
    await using database = await create();
    const [store, other] = [await database.open(), await database.open()];
    const ask = Promise.withResolvers<void>();
    let slow = "";
    let isWaiting = false;
    // As when another is on call: no event tells of it.
    let hasChanged = false;
    const seeChange = (pagerDuty: PagerDutyClient): PagerDutyClient => ({
      ...pagerDuty,
      async get(path, ...others) {
        const answer = await pagerDuty.get(path, ...others);
        if (!hasChanged) return answer;
        const text = JSON.stringify(answer.body).replaceAll('"Old"', '"Newest"');
        return { ...answer, body: JSON.parse(text) as typeof answer.body };
      },
    });
    await using setting = await startServiceSetting(small, {
      store,
      connect: (sandbox) => {
        const pagerDuty = seeChange(connectSandboxPagerDuty(sandbox));
        return {
          pagerDuty: {
            ...pagerDuty,
            async get(path, ...others) {
              if (path === slow) {
                isWaiting = true;
                await ask.promise;
              }
              return pagerDuty.get(path, ...others);
            },
          },
        };
      },
    });
    const { sandbox, events } = setting;
    const { pagerduty, port } = sandbox;
    const [service] = [...pagerduty.allServices()];
    const id = String(service?.id);
    slow = `/services/${id}`;
    events.length = 0;
    pagerduty.changeObject(id, { name: "Old" });
    await until(() => isWaiting);
    await resyncSandbox(sandbox, {
      store: other,
      pagerDuty: delayAnswer(seeChange(connectSandboxPagerDuty(sandbox)), "/services", async () => {
        hasChanged = true;
        ask.resolve();
        await until(() => events.some(({ type }) => type === "processed"));
        expect(port.entity("pagerdutyService", id)?.title).toBe("Newest");
      }),
    });
    expect(port.entity("pagerdutyService", id)?.title).toBe("Newest");
  },
  timeout,
);

/** What follows the anchor belongs to the list's second entry. */
function indentIncident(mapping: string): string {
  const [before = "", rest = ""] = mapping.split("          - &incident\n");
  const end = rest.indexOf("\n\n");
  const body = rest
    .slice(0, end)
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
  return `${before}          - &incident\n${body}${rest.slice(end)}`;
}
