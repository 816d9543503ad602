import { expect, test } from "bun:test";
import type { JsonObject } from "../../json.ts";
import { failureOf } from "../../testing/failure-of.ts";
import { ScriptedPort } from "../../testing/scripted-port.ts";
import {
  createIntegration,
  markResourcesInitialized,
  readIntegration,
  readResyncRequest,
  writeIntegrationConfig,
} from "./integration.ts";

const integrationIdentifier = "my pagerduty";
const start = "2026-06-30T12:00:00.000Z";

test("readIntegration() reads what Port says, and takes nothing on trust", async () => {
  const unset = {
    config: undefined,
    updatedAt: undefined,
    installationType: undefined,
    resourcesOrigin: undefined,
    arePortResourcesInitialized: false,
    actionsProcessingEnabled: undefined,
    resyncState: {
      status: undefined,
      lastStart: undefined,
      lastEnd: undefined,
      next: undefined,
      intervalMinutes: undefined,
    },
  };
  const table: [JsonObject, object][] = [
    [{}, unset],
    [{ config: {} }, unset],
    [{ config: null, resyncState: null, updatedAt: 7, createPortResourcesOrigin: "Mine" }, unset],
    [{ config: { resources: [] } }, { ...unset, config: { resources: [] } }],
    [
      {
        updatedAt: start,
        installationType: "SaaS",
        createPortResourcesOrigin: "Port",
        arePortResourcesInitialized: true,
        actionsProcessingEnabled: true,
        resyncState: {
          status: "running",
          lastResyncStart: start,
          lastResyncEnd: null,
          nextResync: start,
          intervalInMinuets: 60,
        },
      },
      {
        ...unset,
        updatedAt: Date.parse(start),
        installationType: "SaaS",
        resourcesOrigin: "Port",
        arePortResourcesInitialized: true,
        actionsProcessingEnabled: true,
        resyncState: {
          status: "running",
          lastStart: Date.parse(start),
          lastEnd: undefined,
          next: Date.parse(start),
          intervalMinutes: 60,
        },
      },
    ],
  ];
  for (const [integration, expected] of table) {
    const port = new ScriptedPort(() => ({ ok: true, integration }));
    expect(await readIntegration(port, { integrationIdentifier })).toEqual(expected as never);
    expect(port.requests[0]).toMatchObject({ path: "/integration/my%20pagerduty" });
  }
});

test("readIntegration() tells an integration that is not there from a refusal", async () => {
  const missing = new ScriptedPort(() => 404);
  expect(await readIntegration(missing, { integrationIdentifier })).toBeUndefined();
  const refusal = readIntegration(new ScriptedPort(() => 403), { integrationIdentifier });
  expect(await failureOf(refusal)).toMatchObject({ status: 403 });
  const empty = readIntegration(new ScriptedPort(), { integrationIdentifier });
  expect((await failureOf(empty)).message).toContain("GET /v1/integration/my%20pagerduty");
});

test("createIntegration() sends what Ocean sends, and takes one that is there for no failure", async () => {
  const port = new ScriptedPort();
  const request = { integrationIdentifier, version: "1.2.3", config: { resources: [] } };
  expect(await createIntegration(port, { ...request, resourcesOrigin: "Default" })).toBe(true);
  expect(port.requests).toMatchObject([
    {
      method: "POST",
      path: "/integration",
      body: {
        installationId: integrationIdentifier,
        installationAppType: "pagerduty",
        version: "1.2.3",
        changelogDestination: {},
        config: { resources: [] },
        actionsProcessingEnabled: false,
        incrementalSyncEnabled: false,
        createPortResourcesOrigin: "Default",
      },
    },
  ]);
  expect(port.requests[0]).not.toHaveProperty("query");
  await createIntegration(port, { ...request, resourcesOrigin: "Port" });
  expect(port.requests[1]).toMatchObject({ query: { integration_modes: "create_resources" } });
  expect(await createIntegration(new ScriptedPort(() => 409), request)).toBe(false);
});

test("writeIntegrationConfig() asks for no resync where the run does it itself", async () => {
  const port = new ScriptedPort();
  const config = { resources: [] };
  await writeIntegrationConfig(port, { integrationIdentifier, config });
  await writeIntegrationConfig(port, { integrationIdentifier, config, skipResync: true });
  expect(port.requests[0]).toMatchObject({
    method: "PATCH",
    path: "/integration/my%20pagerduty/config",
    body: { config },
  });
  expect(port.requests.map(({ headers }) => headers)).toEqual([
    undefined,
    { "x-skip-resync": "true" },
  ]);
});

test("markResourcesInitialized() sends back what Port would take for false", async () => {
  const port = new ScriptedPort();
  const request = { integrationIdentifier, version: "1" };
  await markResourcesInitialized(port, { ...request, actionsProcessingEnabled: true });
  await markResourcesInitialized(port, { ...request, actionsProcessingEnabled: undefined });
  expect(port.requests.map(({ body }) => body)).toEqual([
    { arePortResourcesInitialized: true, version: "1", actionsProcessingEnabled: true },
    { arePortResourcesInitialized: true, version: "1" },
  ]);
});

test("readResyncRequest() gives the time of the request, if there is one", async () => {
  const table: [JsonObject, number | undefined][] = [
    [{ ok: true }, undefined],
    [{ request: null }, undefined],
    [{ request: { updatedAt: "soon" } }, undefined],
    [{ request: { updatedAt: start } }, Date.parse(start)],
  ];
  for (const [body, expected] of table) {
    const port = new ScriptedPort(() => body);
    expect(await readResyncRequest(port, { integrationIdentifier })).toBe(expected as never);
  }
});
