import { expect, test } from "bun:test";
import { putBlueprints } from "../support/blueprints.ts";
import { connectSandboxPort } from "../support/connect-sandbox.ts";
import { createNeighbour } from "../support/neighbours.ts";
import { startServiceSetting } from "../support/run-service.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const size = { services: 4, incidents: 20, users: 4, schedules: 2 };

test("createSyncService() leaves to another integration what that one owns, and asks once of what is new", async () => {
  let questions = 0;
  const theirs = "Named by its owner";
  await using setting = await startServiceSetting(
    { ...size, portApi: { ownership: "last-writer" } },
    {
      connect: async (sandbox) => {
        const [service] = [...sandbox.pagerduty.allServices()];
        const other = connectSandboxPort(sandbox, { integrationIdentifier: "other" });
        sandbox.port.setIntegrationConfig("other", {}, { resync: false });
        await other.send({
          method: "POST",
          path: "/blueprints/pagerdutyService/entities/bulk",
          query: { upsert: true, merge: true },
          body: {
            entities: [
              { identifier: service?.id ?? "", title: theirs, properties: {}, relations: {} },
            ],
          },
          as: "exporter",
        });
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
