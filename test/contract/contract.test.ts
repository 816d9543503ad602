import { beforeAll, expect, test } from "bun:test";
import { kindNames } from "../../packages/core/src/source/kinds.ts";
import { checkExchange, findOperation, type Violation } from "./check-exchange.ts";
import type { Operation } from "./contract.ts";
import { askPagerDuty, askPort } from "./drive-by-hand.ts";
import { driveCatalog } from "./drive-catalog.ts";
import { driveImport } from "./drive-import.ts";
import { driveResync } from "./drive-resync.ts";
import { driveSource } from "./drive-source.ts";
import { findSuperfluous, joinContracts } from "./join-contracts.ts";
import { knownDefects } from "./known-defects.ts";
import { hasDocuments, type HostDocuments, readDocuments } from "./read-documents.ts";
import type { Exchange, RecordedRequest } from "./record-traffic.ts";

/** What our own code sent, apart from what a test asked by hand. */
let ours: readonly Exchange[] = [];
let all: readonly Exchange[] = [];
let documents: readonly HostDocuments[] = [];
let operations: readonly Operation[] = [];
let violations: readonly Violation[] = [];

// Beside a fresh clone there are no files to hold anything against.
const contractTest = test.skipIf(!hasDocuments);

beforeAll(async () => {
  if (!hasDocuments) return;
  documents = readDocuments();
  operations = documents.flatMap(({ file, own }) => joinContracts(file, own));
  ours = (await Promise.all([driveImport(), driveSource(), driveCatalog(), driveResync()])).flat();
  all = [...ours, ...(await askPagerDuty()), ...(await askPort())];
  violations = checkAll(all);
}, 300_000);

/** Of thousands of answers to requests of one form the next tells nothing that these have not told. */
const mostAlike = 20;

/** Checks every request, and of the answers to requests that differ in values only the first ones. */
function checkAll(exchanges: readonly Exchange[]): readonly Violation[] {
  const alike = new Map<string, number>();
  return exchanges.flatMap((exchange) => {
    const { request, answer } = exchange;
    const operation = findOperation(operations, request)?.name;
    const form = [operation, answer.status, ...new Set(request.query.keys())].join(" ");
    const seen = (alike.get(form) ?? 0) + 1;
    alike.set(form, seen);
    return checkExchange(operations, exchange, { withAnswer: seen <= mostAlike });
  });
}

/** Each kind of violation once, with the first value that was found. */
function summarize(found: readonly Violation[]): readonly string[] {
  const byRule = Map.groupBy(found, ({ operation, rule }) => `${operation}: ${rule}`);
  return [...byRule].map(
    ([rule, alike]) => `${rule} (${alike.length} times: ${alike[0]?.found ?? ""})`,
  );
}

contractTest("every request is as the host's file says", () => {
  expect(summarize(violations.filter(({ side }) => side === "request"))).toEqual([]);
});

contractTest(
  "the sandbox's answers are as the host's file says, but where the file is wrong",
  () => {
    const known = new Set(knownDefects.map(({ rule }) => rule));
    const unknown = violations.filter(({ side, rule }) => side === "answer" && !known.has(rule));
    expect(summarize(unknown)).toEqual([]);
  },
);

contractTest("every known defect of the files is still met", () => {
  const met = new Set(violations.map(({ rule }) => rule));
  expect(knownDefects.filter(({ rule }) => !met.has(rule))).toEqual([]);
});

/** What must have been asked by our own code, with the parameters that only some requests have. */
const expected: Readonly<Record<string, readonly string[]>> = {
  "GET /services": ["include[]", "limit", "offset", "sort_by", "team_ids[]", "time_zone", "total"],
  "GET /services/{id}": ["include[]"],
  "GET /incidents": [
    "date_range",
    "include[]",
    "incident_key",
    "limit",
    "offset",
    "service_ids[]",
    "since",
    "sort_by",
    "statuses[]",
    "team_ids[]",
    "time_zone",
    "total",
    "until",
    "urgencies[]",
    "user_ids[]",
  ],
  "GET /incidents/{id}": ["include[]"],
  "GET /incidents/{id}/custom_fields/values": [],
  "GET /services/{id}/custom_fields/values": [],
  "GET /schedules": ["include[]", "limit", "since", "until"],
  "GET /schedules/{id}": ["since", "until"],
  "GET /oncalls": ["escalation_policy_ids[]", "include[]", "limit", "since", "time_zone", "until"],
  "GET /escalation_policies": ["include[]", "limit", "sort_by", "team_ids[]", "user_ids[]"],
  "GET /escalation_policies/{id}": ["include[]"],
  "GET /users": ["limit", "offset"],
  "GET /users/{id}": [],
  "GET /users/me": [],
  "GET /audit/records": ["cursor", "limit"],
  "GET /alert_grouping_settings": ["after", "limit"],
  "GET /log_entries": ["since", "time_zone", "until"],
  "GET /notifications": ["since", "until"],
  "POST /analytics/raw/incidents": [],
  "POST /analytics/metrics/incidents/services": [],
  "POST /ingest/{key}": [],
  "POST /v1/auth/access_token": [],
  "POST /v1/blueprints/entities/datasource-entities": [],
  "POST /v1/blueprints/{blueprint_identifier}/entities/search": [],
  "POST /v1/blueprints/{blueprint_identifier}/entities/bulk": ["create_missing_related_entities"],
  "POST /v1/blueprints/{blueprint_identifier}/bulk/entities/delete": ["delete_dependents"],
  "GET /v1/blueprints/{blueprint_identifier}/entities-count": [],
  "GET /v1/blueprints": [],
  "GET /v1/blueprints/{identifier}": [],
  "POST /v1/blueprints": [],
  "PATCH /v1/blueprints/{identifier}": [],
  "GET /v1/integration/{identifier}": [],
  "POST /v1/integration": [],
  "PATCH /v1/integration/{identifier}": [],
  "PATCH /v1/integration/{identifier}/resync-state": [],
  "POST /v1/integration/{identifier}/kinds/{kind}/examples": [],
  "GET /v1/webhooks/{identifier}": [],
  "POST /v1/webhooks": [],
  "PATCH /v1/webhooks/{identifier}": [],
};

contractTest("nothing that is to be held against the files is left out", () => {
  const requests = Map.groupBy(
    ours.map(({ request }) => request),
    (request) => findOperation(operations, request)?.name,
  );
  const requestsOf = (name: string): readonly RecordedRequest[] => requests.get(name) ?? [];
  const asked = Object.fromEntries(
    Object.entries(expected).map(([name, parameters]) => {
      const isAsked = (key: string): boolean =>
        requestsOf(name).some(({ query }) => query.has(key));
      return [name, requests.has(name) ? parameters.filter(isAsked) : "never"];
    }),
  );
  expect(asked).toEqual(expected as typeof asked);
  expect(kindNames.filter((kind) => requestsOf(`GET /${kind}`).length === 0)).toEqual([]);
  // A second with too many incidents for one order is read from both ends.
  const orders = new Set(requestsOf("GET /incidents").map(({ query }) => query.get("sort_by")));
  expect([...orders]).toContain("incident_number:desc");
});

contractTest("no request of ours is answered that it is wrong", () => {
  // An account's key is nobody's: that is what its refusal tells.
  const wrong = ours.filter(
    ({ request, answer }) =>
      [400, 405, 413, 415, 422].includes(answer.status) && request.path !== "/users/me",
  );
  expect(wrong.map(({ request, answer }) => [request.path, answer.body])).toEqual([]);
});

contractTest("what is known besides the files is not in them", () => {
  expect(documents.flatMap(({ file, own }) => findSuperfluous(file, own))).toEqual([]);
});

contractTest("every status that matters is among the answers", () => {
  const statuses = new Set(all.map(({ answer }) => answer.status));
  const expectedStatuses = [200, 201, 207, 400, 401, 402, 403, 404, 429];
  expect(expectedStatuses.filter((status) => !statuses.has(status))).toEqual([]);
});
