import { type JsonObject, readDefaultFile } from "@pagerport/core";
import { readBlueprints } from "../support/blueprints.ts";
import { connectSandboxPort } from "../support/connect-sandbox.ts";
import { type Exchange, recordTraffic } from "./record-traffic.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

/** Routes that PagerDuty limits like all others, though its file names 429 for some only. */
const limited = [
  "/services",
  "/services/{service}",
  "/services/{service}/custom_fields/values",
  "/incidents",
  "/incidents/{incident}/custom_fields/values",
  "/business_services",
  "/escalation_policies/{policy}",
];

/** Records what the sandbox answers to requests that are wrong or come too fast, asked one by one. */
export async function askPagerDuty(): Promise<readonly Exchange[]> {
  await using sandbox = await startSandbox({ services: 3, incidents: 30 });
  await using recorder = recordTraffic(sandbox.pagerDutyUrl);
  const ids: Readonly<Record<string, string | undefined>> = {
    service: [...sandbox.pagerduty.allServices()][0]?.id,
    incident: [...sandbox.pagerduty.allIncidents()][0]?.id,
    policy: [...sandbox.pagerduty.allServices()][0]?.escalation_policy.id,
  };
  const ask = async (path: string, body?: object): Promise<void> => {
    const named = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? name);
    await fetch(`${recorder.url}${named}`, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        accept: "application/vnd.pagerduty+json;version=2",
        "content-type": "application/json",
        authorization: `Token token=${sandbox.token}`,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  };
  await ask("/incidents?offset=9999&limit=100");
  await ask("/incidents/{incident}/log_entries?include[]=channels&is_overview=true&total=true");
  await ask("/analytics/raw/incidents/{incident}");
  await ask("/abilities");
  await ask("/users/me");
  sandbox.configure({ singleAnalytics: "wrapped" });
  await ask("/analytics/raw/incidents/{incident}");
  sandbox.configure({ faults: { rate: 1, kinds: ["429"] } });
  for (const path of limited) await ask(path);
  await ask("/analytics/raw/incidents", { filters: {} });
  return recorder.exchanges;
}

/** Records what the sandbox's Port answers to what Ocean asks it, step by step. */
export async function askPort(): Promise<readonly Exchange[]> {
  await using sandbox = await startSandbox({ services: 1, incidents: 0 });
  await using recorder = recordTraffic(sandbox.portUrl);
  const port = connectSandboxPort(sandbox, { baseUrl: recorder.url });
  const ask = async (
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    body?: JsonObject,
    query: Readonly<Record<string, string | boolean>> = {},
  ): Promise<void> => {
    await port.send({
      method,
      path,
      query,
      as: "exporter",
      ...(body === undefined ? {} : { body }),
    });
  };

  const name = "pagerdutyUser";
  const blueprint = readBlueprints().find(({ identifier }) => identifier === name);
  await ask("GET", "/organization");
  await ask("POST", "/blueprints", { ...blueprint, relations: {} });
  await ask("GET", "/blueprints");
  await ask("GET", `/blueprints/${name}`);
  await ask("PATCH", `/blueprints/${name}`, { description: "Changed" });

  const entity = { identifier: "one", title: "One", icon: "Service", properties: {} };
  await ask("POST", `/blueprints/${name}/entities`, entity, { upsert: true });
  await ask("POST", `/blueprints/${name}/entities`, entity, { upsert: true });
  await ask("GET", `/blueprints/${name}/entities`);
  await ask("GET", `/blueprints/${name}/entities-count`);
  await ask("PATCH", `/blueprints/${name}/entities/one`, { title: "Two" });
  const rules = [{ property: "$blueprint", operator: "=", value: name }];
  await ask("POST", "/entities/search", { combinator: "and", rules });
  await ask("DELETE", `/blueprints/${name}/entities/one`, undefined, { delete_dependents: false });

  const installed = { installationId: "mine", installationAppType: "pagerduty", version: "0.0.0" };
  await ask("POST", "/integration", { ...installed, config: { resources: [] } });
  await ask("GET", "/integration");
  await ask("GET", "/integration/mine", undefined, { isPolling: true });
  await ask("GET", "/integration/provision-enabled");
  await ask("PATCH", "/integration/mine", { version: "0.0.1" });
  await ask("PATCH", "/integration/mine/config", { config: { resources: [] } });
  await ask("GET", "/integration/mine/resync-request");
  await ask("PATCH", "/integration/mine/resync-state", {
    status: "running",
    lastResyncStart: "2026-06-01T00:00:00Z",
    lastResyncEnd: null,
    nextResync: null,
    intervalInMinuets: null,
  });
  await ask("POST", "/integration/mine/kinds/services/examples", { examples: [{ id: "P1" }] });
  await ask("DELETE", "/integration/mine");

  const webhook = JSON.parse(readDefaultFile("guide/webhook-mapper.json")) as unknown;
  const mapper = { identifier: "mapper", title: "Mapper", enabled: true };
  await ask("POST", "/webhooks", { ...mapper, mappings: Array.isArray(webhook) ? webhook : [] });
  await ask("GET", "/webhooks");
  await ask("GET", "/webhooks/mapper");
  await ask("PATCH", "/webhooks/mapper", { enabled: false });
  await ask("DELETE", "/webhooks/mapper");
  await ask("DELETE", `/blueprints/${name}`);
  return recorder.exchanges;
}
