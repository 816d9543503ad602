import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { caseCount } from "../testing/test-size.ts";
import { createIncidentPayload, createServicePayload } from "./history-payload.ts";

test("createServicePayload() has the keys of the webhook in their order", () => {
  const service = { id: "P1", name: 'Web "A"\t\\', status: "active", description: "not sent" };
  expect(JSON.stringify(createServicePayload(service))).toBe(
    String.raw`{"event":{"event_type":"service","data":{"identifier":"P1","title":"Web \"A\"\t\\","properties":{"status":"active"}}}}`,
  );
});

test("createIncidentPayload() has the keys of the webhook in their order", () => {
  const incident = {
    id: "Q1",
    title: "Down",
    status: "resolved",
    html_url: "https://x.pagerduty.com/incidents/Q1",
    description: "Disk full",
    urgency: "high",
    last_status_change_by: { id: "U1", summary: "Ann" },
    escalation_policy: { id: "E1", summary: "Default" },
    service: { id: "P1", summary: "Web" },
  };
  expect(JSON.stringify(createIncidentPayload(incident))).toBe(
    '{"event":{"event_type":"incident","data":{"identifier":"Q1","title":"Down","properties":{"status":"resolved","url":"https://x.pagerduty.com/incidents/Q1","details":"Disk full","urgency":"high","responder":"Ann","escalation_policy":"Default"},"relations":{"microservice":"P1"}}}}',
  );
});

test("payloads say null for what PagerDuty does not have, and hide no key", () => {
  const bare = { id: "Q1" };
  expect(JSON.stringify(createServicePayload(bare))).toBe(
    '{"event":{"event_type":"service","data":{"identifier":"Q1","title":null,"properties":{"status":null}}}}',
  );
  for (const nothing of [
    bare,
    { ...bare, service: null, escalation_policy: "text", urgency: undefined },
  ]) {
    expect(JSON.stringify(createIncidentPayload(nothing))).toBe(
      '{"event":{"event_type":"incident","data":{"identifier":"Q1","title":null,"properties":{"status":null,"url":null,"details":null,"urgency":null,"responder":null,"escalation_policy":null},"relations":{"microservice":null}}}}',
    );
  }
});

test("payloads are one line of JSON, whatever the object holds", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom("title", "name", "service", "status"), fc.jsonValue()),
      (fields) => {
        for (const payload of [
          createIncidentPayload({ ...fields, id: "Q1" }),
          createServicePayload({ ...fields, id: "P1" }),
        ]) {
          const line = JSON.stringify(payload);
          expect(line).not.toContain("\n");
          expect(Object.keys(JSON.parse(line).event)).toEqual(["event_type", "data"]);
        }
      },
    ),
    { numRuns: caseCount(100) },
  );
});
