import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { HttpError, type PagerDutyClient } from "@pagerport/core";
import { recordProduced } from "../../packages/core/src/store/produced.ts";
import { putBlueprints } from "../support/blueprints.ts";
import { connectSandboxPagerDuty, connectSandboxPort } from "../support/connect-sandbox.ts";
import { createNeighbour } from "../support/neighbours.ts";
import { type ServiceSetting, startServiceSetting, waitUntil } from "../support/run-service.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

/** Another integration makes an entity of a service. */
async function writeTheirs(sandbox: Sandbox, identifier: string, title = "Theirs"): Promise<void> {
  sandbox.port.setIntegrationConfig("other", {}, { resync: false });
  await connectSandboxPort(sandbox, { integrationIdentifier: "other" }).send({
    method: "POST",
    path: "/blueprints/pagerdutyService/entities/bulk",
    query: { upsert: true, merge: true },
    body: { entities: [{ identifier, title, properties: {}, relations: {} }] },
    as: "exporter",
  });
}

const size = { services: 4, incidents: 20, users: 4, schedules: 2 };

test("createSyncService() leaves to another integration what that one owns, and asks once of what is new", async () => {
  let questions = 0;
  const theirs = "Named by its owner";
  await using setting = await startServiceSetting(
    { ...size, portApi: { ownership: "last-writer" } },
    {
      connect: async (sandbox) => {
        const [service] = [...sandbox.pagerduty.allServices()];
        await writeTheirs(sandbox, service?.id ?? "", theirs);
        const port = connectSandboxPort(sandbox);
        return {
          port: {
            ...port,
            send(request) {
              const { path, body } = request;
              const isQuestion =
                path.endsWith("/search") && JSON.stringify(body).includes("$datasource");
              if (isQuestion) questions += 1;
              return port.send(request);
            },
          },
        };
      },
    },
  );
  const { sandbox } = setting;
  const services = [...sandbox.pagerduty.allServices()];
  const [first, second] = services.map(({ id }) => id);
  const titleOf = (id = ""): unknown => sandbox.port.entity("pagerdutyService", id)?.title;
  expect(titleOf(first)).toBe(theirs);
  questions = 0;
  sandbox.pagerduty.renameService(first ?? "", "Renamed");
  sandbox.pagerduty.renameService(second ?? "", "Renamed too");
  await setting.settle();
  expect([titleOf(first), titleOf(second)]).toEqual([theirs, "Renamed too"]);
  expect(questions).toBe(0);
  const id = sandbox.pagerduty.createService({ name: "New" });
  await setting.settle();
  expect([titleOf(id), questions]).toEqual(["New", 1]);
  sandbox.pagerduty.renameService(id, "Newer");
  await setting.settle();
  expect([titleOf(id), questions]).toEqual(["Newer", 1]);
});

test("createSyncService() tells once which entity of an event is left to its owner", async () => {
  let isOthersFirst = false;
  await using setting = await startServiceSetting(
    { ...size, portApi: { ownership: "last-writer" } },
    {
      connect: (sandbox) => {
        const port = connectSandboxPort(sandbox);
        return {
          port: {
            ...port,
            async send(request) {
              const { path, body } = request;
              const question = path.endsWith("/search") ? JSON.stringify(body) : "";
              if (isOthersFirst && question.includes("$datasource")) {
                isOthersFirst = false;
                await writeTheirs(sandbox, [...sandbox.pagerduty.allServices()].at(-1)?.id ?? "");
              }
              return port.send(request);
            },
          },
        };
      },
    },
  );
  const { sandbox, events } = setting;
  const tellLeft = (): string[] =>
    events.flatMap((event) =>
      event.type === "processed" && "left" in event.outcome ? (event.outcome.left ?? []) : [],
    );
  isOthersFirst = true;
  const id = sandbox.pagerduty.createService({ name: "New" });
  await setting.settle();
  expect(tellLeft()).toEqual([
    expect.stringContaining(`${id} of pagerdutyService is not written: integration 'other' owns`),
  ]);
  sandbox.pagerduty.renameService(id, "Newer");
  await setting.settle();
  expect(tellLeft()).toHaveLength(1);
  expect(sandbox.port.entity("pagerdutyService", id)?.title).toBe("Theirs");
});

test("resync() fills what Port made empty for another integration's relation", async () => {
  await using sandbox = await startSandbox(size);
  putBlueprints(sandbox);
  const [service] = [...sandbox.pagerduty.allServices()];
  const other = connectSandboxPort(sandbox, { integrationIdentifier: "other" });
  const relations = { pagerdutyService: service?.id ?? "" };
  await other.send({
    method: "POST",
    path: "/blueprints/pagerdutyIncident/entities/bulk",
    query: { upsert: true, merge: true, create_missing_related_entities: true },
    body: { entities: [{ identifier: "QTHEIRS", title: "Theirs", properties: {}, relations }] },
    as: "exporter",
  });
  const empty = sandbox.port.entity("pagerdutyService", service?.id ?? "");
  expect([empty?.title, empty?.datasource.includes("/other/")]).toEqual([null, true]);
  await using a = await createNeighbour(sandbox, "a");
  expect((await a.run()).unfinished).toEqual([]);
  expect(sandbox.port.entity("pagerdutyService", service?.id ?? "")?.title).toBe(service?.name);
});

/** Whether an event of a type has been seen to. */
function hasCome({ events }: ServiceSetting, wanted: string): boolean {
  return events.some(
    (event) => event.type === "processed" && event.events.some(({ type }) => type === wanted),
  );
}

/** A service that another integration owns, and that no incident names. */
async function startWithTheirs(pagerDutyOf?: (sandbox: Sandbox) => PagerDutyClient) {
  let id = "";
  const setting = await startServiceSetting(
    { ...size, portApi: { ownership: "last-writer" } },
    {
      connect: async (sandbox) => {
        id = sandbox.pagerduty.createService({ name: "Theirs" });
        await writeTheirs(sandbox, id);
        const pagerDuty = pagerDutyOf?.(sandbox);
        return {
          port: connectSandboxPort(sandbox),
          ...(pagerDuty === undefined ? {} : { pagerDuty }),
        };
      },
    },
  );
  return { setting, id, theirs: () => setting.sandbox.port.entity("pagerdutyService", id) };
}

test("createSyncService() deletes nothing that another integration owns when its object is deleted", async () => {
  const { setting, id, theirs } = await startWithTheirs();
  await using _ = setting;
  const { sandbox, store } = setting;
  // As a store knows it from before whose entities are was asked.
  const production = {
    object: `services/${id}`,
    resource: "services",
    entities: [{ blueprint: "pagerdutyService", identifier: id }],
  };
  await recordProduced(store.sql, [production], 1_000_000);
  sandbox.pagerduty.deleteService(id);
  await waitUntil(() => hasCome(setting, "service.deleted"));
  expect(theirs()?.title).toBe("Theirs");
});

test("createSyncService() leaves another integration's entity alone after a run that broke off once all was read", async () => {
  let isBroken = true;
  const { setting, id, theirs } = await startWithTheirs((sandbox) => {
    const pagerDuty = connectSandboxPagerDuty(sandbox);
    return {
      ...pagerDuty,
      get(path, ...others) {
        // Asked once all is read, before what was found is kept.
        if (!isBroken || path !== "/users/me") return pagerDuty.get(path, ...others);
        isBroken = false;
        const request = { host: "PagerDuty", method: "GET", url: path };
        return Promise.reject(new HttpError("revoked", { ...request, status: 401, reason: "" }));
      },
    };
  });
  await using _ = setting;
  expect(isBroken).toBe(false);
  setting.sandbox.pagerduty.renameService(id, "Renamed");
  await waitUntil(() => hasCome(setting, "service.updated"));
  expect(theirs()?.title).toBe("Theirs");
});
