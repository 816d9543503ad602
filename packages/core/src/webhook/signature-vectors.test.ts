import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { verifySignature } from "./verify-signature.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A reference as PagerDuty writes it in webhooks. */
function refer(account: string, kind: string, id: string, summary: string): object {
  const html_url = `https://${account}.pagerduty.com/${kind}/${id}`;
  const type = `${kind === "escalation_policies" ? "escalation_policy" : kind.slice(0, -1)}_reference`;
  return { html_url, id, self: `https://api.pagerduty.com/${kind}/${id}`, summary, type };
}

function ping(id: string, occurred_at: string, agent: object | null): string {
  const data = { message: "Hello from your friend Pagey!", type: "ping" };
  const event_type = "pagey.ping";
  const event = { id, event_type, resource_type: "pagey", occurred_at, agent, client: null, data };
  return JSON.stringify({ event });
}

/** Events that PagerDuty sent and signed, published with their secrets in tests of other projects. */
const acme = "lDQHScfUeXUKaQRNF+8XIiDKZ7XX3itBAYzwU0TARw8lJqRnkKl2iB1anSb0Z+IK";
const aldaviva = "HvPtlQNKMPpHSSqJpCdndXfo7HnGXa1pnH6w5axpxLFn9aRBNBGh4e8/HlonK5mz";
const ben = refer("aldaviva", "users", "PVE0ZR9", "Ben");

const priorityUpdated = JSON.stringify({
  event: {
    id: "01BWDWL3NYY7LUFPZCC28QUCMK",
    event_type: "incident.priority_updated",
    resource_type: "incident",
    occurred_at: "2021-04-26T17:36:27.458Z",
    agent: refer("acme", "users", "PLH1HKV", "Tenex Engineer"),
    client: null,
    data: {
      id: "PGR0VU2",
      type: "incident",
      self: "https://api.pagerduty.com/incidents/PGR0VU2",
      html_url: "https://acme.pagerduty.com/incidents/PGR0VU2",
      number: 2,
      status: "triggered",
      title: "A little bump in the road",
      service: refer("acme", "services", "PF9KMXH", "API Service"),
      assignees: [refer("acme", "users", "PTUXL6G", "User 123")],
      escalation_policy: refer("acme", "escalation_policies", "PUS0KTE", "Default"),
      teams: [refer("acme", "teams", "PFCVPS0", "Engineering")],
      priority: {
        html_url: "https://acme.pagerduty.com/account/incident_priorities",
        id: "PSO75BM",
        self: "https://api.pagerduty.com/priorities/PSO75BM",
        summary: "P1",
        type: "priority_reference",
      },
      urgency: "high",
      conference_bridge: { conference_number: 1000, conference_url: "https://example.com" },
      resolve_reason: null,
    },
  },
});

const acknowledged = JSON.stringify({
  event: {
    id: "01FKZSRAQJLP9S3OPM2VALGUPJ",
    event_type: "incident.acknowledged",
    resource_type: "incident",
    occurred_at: "2025-04-07T03:47:13.546Z",
    agent: ben,
    client: null,
    data: {
      id: "Q2CKYRLH85UNN4",
      type: "incident",
      self: "https://api.pagerduty.com/incidents/Q2CKYRLH85UNN4",
      html_url: "https://aldaviva.pagerduty.com/incidents/Q2CKYRLH85UNN4",
      number: 37,
      status: "acknowledged",
      incident_key: "dfead9d88e0649e8b7dee514b1875756",
      created_at: "2025-04-07T03:47:13Z",
      title: "Test",
      service: refer("aldaviva", "services", "PNE3JZM", "Webhook Tester"),
      assignees: [ben],
      escalation_policy: refer("aldaviva", "escalation_policies", "P482651", "Notify Ben and Dad"),
      teams: [],
      priority: null,
      urgency: "low",
      conference_bridge: null,
      resolve_reason: null,
      incident_type: { name: "incident_default" },
    },
  },
});

function annotated(fields: {
  id: string;
  occurred_at: string;
  agent: object | null;
  incident: object;
  note: string;
  content: string;
}): string {
  const { id, occurred_at, agent, incident, note, content } = fields;
  const data = { incident, id: note, content, trimmed: false, type: "incident_note" };
  const event_type = "incident.annotated";
  const event = {
    id,
    event_type,
    resource_type: "incident",
    occurred_at,
    agent,
    client: null,
    data,
  };
  return JSON.stringify({ event });
}

const resolutionNote = annotated({
  id: "01FKZSYEOK0YQYTT9OZQJDS1P4",
  occurred_at: "2025-04-07T03:49:36.680Z",
  agent: ben,
  incident: refer("aldaviva", "incidents", "Q2CKYRLH85UNN4", "Test"),
  note: "PTSAIFZ",
  content: "Resolution Note: I'm resolving it",
});
const capturedPing = ping("01FKZOXA868SHYEE4DVNWB5P9W", "2025-04-07T03:00:55.532Z", {
  id: "PVE0ZR9",
  type: "user_reference",
});

const mine = "simulator-secret-1";
const other = "simulator-secret-2";
const minePing = ping("01TESTPING0000000000000000", "2026-01-02T03:04:05.678Z", null);
const mineDigest = "bf144cdefe601edfb71607907791937d7bff3da0279abf261e2ca7c1a761e667";
const otherDigest = "8d488a80ba606f13d6582802aa54b2960799a3c2ab0dcfd0d72c31130fa5106e";
const unicodeNote = annotated({
  id: "01TESTUTF80000000000000000",
  occurred_at: "2026-01-02T03:04:05.678Z",
  agent: null,
  incident: refer("acme", "incidents", "Q1", "Zażółć 🔥"),
  note: "P1NOTE1",
  content: "naïve — ✅",
});
const emptyDigest = "6ab56f3a741591bc4bd9a225f88632d14ed76aa0e34a06c54d23b43c5dd1d230";

const vectors: readonly (readonly [
  title: string,
  secret: string,
  body: string,
  header: string | null,
  isValid: boolean,
])[] = [
  [
    "an event that PagerDuty signed in 2021",
    acme,
    priorityUpdated,
    "v1=0c0b9495b893a39e70d1fea2fe11fbe0a825f88b9f67846f6cc07dd2bc5476cd",
    true,
  ],
  [
    "another event's signature",
    acme,
    priorityUpdated,
    "v1=7020c8a7ec668a9b7012bc3dd82e483394b038f4230acc6785efbf2a7d8bcaf5",
    false,
  ],
  ["no header", acme, priorityUpdated, null, false],
  [
    "no body",
    acme,
    "",
    "v1=0c0b9495b893a39e70d1fea2fe11fbe0a825f88b9f67846f6cc07dd2bc5476cd",
    false,
  ],
  [
    "a ping that PagerDuty signed",
    aldaviva,
    capturedPing,
    "v1=0e83584cbab86f98c51517cf96a70c90e910532d3d2f067d58c753cc8980a05b",
    true,
  ],
  [
    "its last digit changed",
    aldaviva,
    capturedPing,
    "v1=0e83584cbab86f98c51517cf96a70c90e910532d3d2f067d58c753cc8980a05c",
    false,
  ],
  [
    "a note that PagerDuty signed",
    aldaviva,
    resolutionNote,
    "v1=7b1cc279d644e35511cfca431696498477e97d46f2403ed46d426435e0efef2b",
    true,
  ],
  [
    "an acknowledgement that PagerDuty signed",
    aldaviva,
    acknowledged,
    "v1=91f533c0411d09f3e68622e2b57fdb561e7113ce7635318a2bbf5cde45d3d876",
    true,
  ],
  ["a ping", mine, minePing, `v1=${mineDigest}`, true],
  [
    "a ping with a line end, and the signature without",
    mine,
    `${minePing}\n`,
    `v1=${mineDigest}`,
    false,
  ],
  [
    "a ping with a line end",
    mine,
    `${minePing}\n`,
    "v1=6f04211a59fe855e6c5a6d53b421081bcabc03ab2e5c29fb531779788a45fea5",
    true,
  ],
  [
    "text beyond ASCII",
    mine,
    unicodeNote,
    "v1=9a7806ba9845e7f1a2cbc7d8ef4ce93d47c15b7bb609967256ccab4ae185e7d1",
    true,
  ],
  ["two values, the second ours", mine, minePing, `v1=${otherDigest},v1=${mineDigest}`, true],
  ["two values, the first ours", other, minePing, `v1=${otherDigest},v1=${mineDigest}`, true],
  ["another version beside it", mine, minePing, `v2=00,v1=${mineDigest}`, true],
  ["what is no hex beside it", mine, minePing, `v1=zz,v1=${mineDigest}`, true],
  ["no version", mine, minePing, mineDigest, false],
  ["nothing", mine, minePing, "", false],
  ["a short value", mine, minePing, `v1=${mineDigest.slice(0, -2)}`, false],
  [
    "a tiny body",
    mine,
    "{}",
    "v1=71633041791d1eeec8fa7fdb87f052e7f724639e34a30cf981d8daa875afaa5d",
    true,
  ],
  ["an empty body, signed", mine, "", `v1=${emptyDigest}`, false],
];

test("the bodies of the vectors are, byte by byte, those that were signed", () => {
  const hash = (body: string): string => createHash("sha256").update(body).digest("hex");
  expect(hash(priorityUpdated)).toBe(
    "6ef42c69dbbc0feaff02e04ca31f497cb2bcbecf1a038a636f114cd7cdd2e23a",
  );
  expect(hash(acknowledged)).toBe(
    "ef9c3ec9ad9a30bb1b7c7ad5716e4bdafa7ec1ade598124cf0ce5d6b0cde94c3",
  );
  const lengths = [
    priorityUpdated,
    capturedPing,
    resolutionNote,
    minePing,
    unicodeNote,
    acknowledged,
  ];
  expect(lengths.map((body) => encode(body).length)).toEqual([1655, 264, 651, 228, 444, 1397]);
});

for (const [title, secret, body, header, isValid] of vectors) {
  test(`verifySignature() ${isValid ? "takes" : "refuses"}: ${title}`, () => {
    expect(verifySignature(encode(body), header, [secret])).toBe(isValid);
  });
}
