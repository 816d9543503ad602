import { expect, test } from "bun:test";
import {
  createMapper,
  createWebhookMapper,
  type DefaultFileName,
  type Entity,
  type JsonObject,
  parseMapping,
  parseWebhookConfig,
  readDefaultFile,
  type WebhookResult,
} from "@pagerport/core";

/**
 * Port's PagerDuty guide: its mappings, applied to its sample payloads, give the entities that it prints.
 * Where the guide's print is not what its own mapping says of its own data, jq is right; such places are
 * marked "printed".
 */

test.each([
  [
    "guide/mapping.yaml",
    "schedules",
    "schedule.json",
    {
      identifier: "PWAXLIH",
      title: "Port Test Service - Weekly Rotation",
      blueprint: "pagerdutySchedule",
      properties: {
        url: "https://getport-io.pagerduty.com/schedules/PWAXLIH",
        timezone: "Asia/Jerusalem",
        // Printed: the time zone again.
        description:
          "This is the weekly on call schedule for Port Test Service associated with your first escalation policy.",
        // Printed: Demo before Pages.
        users: ["Adam", "Alice", "Doe", "Pages", "Demo"],
      },
      relations: {},
    },
  ],
  [
    "guide/mapping.yaml",
    "services",
    "service.json",
    {
      identifier: "PGAAJBE",
      title: "My Test Service",
      blueprint: "pagerdutyService",
      properties: {
        status: "active",
        url: "https://getport-io.pagerduty.com/service-directory/PGAAJBE",
        // Printed: the text alone, not in an array.
        oncall: ["devops-port@pager-demo.com"],
      },
      relations: {},
    },
  ],
  ["guide/mapping.yaml", "incidents", "incident.json", incidentEntity({})],
  [
    "guide/mapping-analytics.yaml",
    "incidents",
    "incident.json",
    incidentEntity({ analytics: null }),
  ],
] as const)("%s gives the guide's entity of %s", async (file, kind, sample, expected) => {
  const entities: readonly unknown[] = await mapSample(file, kind, await readSample(sample));
  expect(entities).toEqual([expected]);
});

test("guide/mapping-analytics.yaml passes the analytics on as they are", async () => {
  const analytics = { seconds_to_resolve: 100, priority_name: null };
  const incident = { ...(await readSample("incident.json")), __analytics: analytics };
  expect(await mapSample("guide/mapping-analytics.yaml", "incidents", incident)).toEqual([
    incidentEntity({ analytics }),
  ]);
});

test("guide/webhook-mapper.json gives the guide's entity of an incident event", async () => {
  const result = await mapRequest(
    "guide/webhook-mapper.json",
    await readSample("webhook-event.json"),
  );
  expect(result).toEqual(
    stored({
      identifier: "Q01J2OS7YBWLNY",
      title: "Test PagerDuty Incident",
      blueprint: "pagerdutyIncident",
      properties: {
        status: "triggered",
        url: "https://your_account.pagerduty.com/incidents/Q01J2OS7YBWLNY",
        details: "Test PagerDuty Incident",
        // The sample has the text "None" here, and the guide leaves it out.
        priority: "None",
        urgency: "high",
        // Printed: "Username".
        responder: "username",
        escalation_policy: "Test Escalation Policy",
      },
      relations: { microservice: "PWJAGSD" },
    }),
  );
});

test("guide/webhook-mapper.json gives a service event no status, which is not where it looks", async () => {
  const body = {
    event: {
      event_type: "service.updated",
      data: { id: "PF9KMXH", summary: "Payments", type: "service" },
    },
  };
  expect(await mapRequest("guide/webhook-mapper.json", body)).toEqual(
    stored({
      identifier: "PF9KMXH",
      title: "Payments",
      blueprint: "microservice",
      properties: { status: null },
      relations: {},
    }),
  );
});

test("guide/webhook-history-mapper.json stores what the history import posts", async () => {
  const service = {
    event: {
      event_type: "service",
      data: { identifier: "P1", title: "Payments", properties: { status: "active" } },
    },
  };
  const properties = {
    status: "resolved",
    url: "https://acme.pagerduty.com/incidents/Q1",
    details: "Disk full",
    urgency: "high",
    responder: "Ana",
    escalation_policy: "Backend",
  };
  const incident = {
    event: {
      event_type: "incident",
      data: {
        identifier: "Q1",
        title: "Disk full",
        properties,
        relations: { microservice: "P1" },
      },
    },
  };
  expect(await mapRequest("guide/webhook-history-mapper.json", service)).toEqual(
    stored({
      identifier: "P1",
      title: "Payments",
      blueprint: "microservice",
      properties: { status: "active" },
      relations: {},
    }),
  );
  expect(await mapRequest("guide/webhook-history-mapper.json", incident)).toEqual(
    stored({
      identifier: "Q1",
      title: "Disk full",
      blueprint: "pagerdutyIncident",
      properties: { ...properties, priority: null },
      relations: { microservice: "P1" },
    }),
  );
});

test("guide/webhook-mapper.json passes over what is neither a service nor an incident", async () => {
  const body = { event: { event_type: "pagey.ping", data: { type: "ping" } } };
  expect(await mapRequest("guide/webhook-mapper.json", body)).toEqual({
    operations: [],
    skipped: 0,
    withheld: [],
    problems: [],
  });
});

function incidentEntity(more: JsonObject): Entity {
  return {
    identifier: "Q1P3AHC3KLGVAS",
    title: "Example Incident",
    blueprint: "pagerdutyIncident",
    properties: {
      status: "triggered",
      url: "https://api.pagerduty.com/incidents/Q1P3AHC3KLGVAS",
      urgency: "high",
      responder: "Username",
      escalation_policy: "Test Escalation Policy",
      // Printed: another day.
      created_at: "2023-05-15T13:59:45Z",
      updated_at: "2023-05-15T13:59:45Z",
      ...more,
    },
    relations: { pagerdutyService: "PWJAGSD" },
  };
}

async function mapSample(
  file: DefaultFileName,
  kind: string,
  object: JsonObject,
): Promise<readonly Entity[]> {
  const mapping = await parseMapping(readDefaultFile(file), { file });
  const mapper = createMapper(mapping);
  const resource = mapping.resources.find((one) => one.kind === kind);
  if (resource === undefined) throw new Error(`${file} has no ${kind}`);
  const [mapped] = await mapper.apply(resource, [object]);
  expect(mapped?.problems).toEqual([]);
  return mapped?.entities ?? [];
}

async function mapRequest(file: DefaultFileName, body: JsonObject): Promise<WebhookResult> {
  const mapper = createWebhookMapper(await parseWebhookConfig(readDefaultFile(file), { file }));
  return mapper.apply({ body, headers: {}, queryParams: {} });
}

function stored(entity: Entity): WebhookResult {
  return { operations: [{ operation: "create", entity }], skipped: 0, withheld: [], problems: [] };
}

async function readSample(name: string): Promise<JsonObject> {
  return JSON.parse(await Bun.file(`${import.meta.dir}/guide/${name}`).text());
}
