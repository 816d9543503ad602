import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Json, JsonObject } from "../../json.ts";
import { caseCount } from "../../testing/test-size.ts";
import { maskSecrets } from "./mask-secrets.ts";

const hidden = "[REDACTED]";
const hex = "a9f3c1e07b5d42968e1f0a6c3d7b9e24";
const jwt = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U`;

test("maskSecrets() hides what its key names", () => {
  const secrets: Json[] = ["short", 1234, ["a", "b"], { deep: "x" }];
  for (const key of [
    "integration_key",
    "routing_key",
    "webhook_secret",
    "secret",
    "apiKey",
    "api_key",
    "access_token",
    "password",
    "integration_email",
    "http_cal_url",
  ]) {
    for (const value of secrets) {
      const masked = maskSecrets({ nested: [{ [key]: value }] });
      const expected = Array.isArray(value) ? value.map(() => hidden) : hidden;
      expect([key, masked]).toEqual([key, { nested: [{ [key]: expected }] }]);
    }
    const empty = { [key]: null, ["a"]: { [key]: true, ["b"]: { [key]: "" } } };
    expect(maskSecrets(empty)).toEqual(empty);
  }
});

test("maskSecrets() hides what looks like a secret, and leaves the text around it", () => {
  const table: readonly (readonly [string, string])[] = [
    [hex, hidden],
    [`Events API key ${hex}, rotated`, `Events API key ${hidden}, rotated`],
    [`see ${jwt}`, `see ${hidden}`],
    [
      "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\nend",
      `${hidden}\nend`,
    ],
    ["postgres://app:hunter2@db.internal/x", `postgres://${hidden}@db.internal/x`],
    ["https://x.test/a?id=1&api_key=abc&b=2", `https://x.test/a?id=1&api_key=${hidden}&b=2`],
    ["https://x.test/a?token=abc", `https://x.test/a?token=${hidden}`],
    [
      "https://hooks.slack.com/services/T000/B000/XXXXXXXX",
      `https://hooks.slack.com/services/${hidden}`,
    ],
    ["AKIAIOSFODNN7EXAMPLE is ours", `${hidden} is ours`],
    ["ghp_0123456789abcdefghijABCDEFGHIJ012345", hidden],
    ["xoxb-1234567890-abcdef", hidden],
    ["y_NbAkKc66ryYTWUXYEu", hidden],
    ["Authorization: Token token=y_NbAkKc66ryYTWUXYEu", `Authorization: Token token=${hidden}`],
    ["Bearer abcdef0123456789abcdef", `Bearer ${hidden}`],
    ["password: hunter22", `password: ${hidden}`],
    [
      "webcal://acme.pagerduty.com/private/0123456789abcdef0123456789/feed/PI7DH85",
      `webcal://acme.pagerduty.com/private/${hidden}/feed/PI7DH85`,
    ],
  ];
  for (const [text, expected] of table) {
    expect(maskSecrets({ summary: text })).toEqual({ summary: expected });
  }
});

test("maskSecrets() leaves alone what is no secret", () => {
  const object = {
    id: "PIJ90N7",
    incident_key: hex,
    log_entry_id: "R2AIZLMN8B5OP4V9XBNX6LKXQA1234567",
    html_url: "https://acme.pagerduty.com/incidents/Q1ABCDEFGH2345",
    avatar_url: `https://secure.gravatar.com/avatar/${hex}.png?d=mm&r=PG`,
    uuid: "123e4567-e89b-12d3-a456-426614174000",
    title: "Payments-eu-west-1_checkout-latency-p99 is over 500 ms",
    names: ["basic connectivity-check-failed", "The token bucket of the gateway is empty"],
    words: "internationalization-of-everything-everywhere",
    numbers: "12345678901234567890123456789012345",
    created_at: "2026-06-30T12:00:00Z",
    count: 17,
    assigned: true,
    priority: null,
  };
  expect(maskSecrets(object)).toEqual(object);
});

test("maskSecrets() never touches the object, nor shares a part of it", () => {
  const json = fc
    .jsonValue({ maxDepth: 4 })
    .map((value) => ({ value, secret: value }) as JsonObject);
  fc.assert(
    fc.property(json, (object) => {
      const before = structuredClone(object);
      const masked = maskSecrets(object);
      expect(object).toEqual(before);
      expect(masked).not.toBe(object);
      const { value } = object;
      if (typeof value === "object" && value !== null) expect(masked["value"]).not.toBe(value);
    }),
    { numRuns: caseCount(200) },
  );
});

test("maskSecrets() takes any depth and any text", () => {
  let deep: JsonObject = { token: "t" };
  for (let level = 0; level < 5000; level += 1) deep = { deep };
  expect(JSON.stringify(maskSecrets(deep))).not.toContain('"t"');
  // None of them may make a pattern look at a text again and again.
  for (const piece of [
    "a://",
    "-----BEGIN ",
    "eyJ",
    "token ",
    "token=",
    "?a-",
    "a/",
    "secret = ",
  ]) {
    const text = piece.repeat(20_000);
    expect(typeof maskSecrets({ text })["text"]).toBe("string");
  }
});
