import { expect, test } from "bun:test";
import type { JsonObject } from "../../json.ts";
import { listWebhookDifferences, readShownSecret } from "./compare-webhook.ts";

const wanted: JsonObject = {
  title: "Mapper",
  enabled: true,
  mappings: [
    { blueprint: "a", filter: ".x", entity: { identifier: ".id", properties: {}, relations: {} } },
    { blueprint: "b", entity: { identifier: ".id", properties: { one: ".one" } } },
  ],
  security: { signatureHeaderName: "X-Sig", signatureAlgorithm: "sha256", signaturePrefix: "v1=" },
};

function change(text: string, replacement: string): JsonObject {
  return JSON.parse(JSON.stringify(wanted).replace(text, replacement)) as JsonObject;
}

test.each([
  ["itself", wanted, []],
  ["what Port adds", { ...wanted, webhookKey: "k", createdAt: "2026" }, []],
  ["the usual operation", change('{"blueprint":"a"', '{"operation":"create","blueprint":"a"'), []],
  [
    "the usual operation, written out",
    change(
      '{"blueprint":"a"',
      '{"operation":{"type":"create"},"itemsToParse":null,"blueprint":"a"',
    ),
    [],
  ],
  ["empty parts left out", change(',"properties":{},"relations":{}', ""), []],
  [
    "a secret",
    change('"security":{', '"security":{"secret":"s","requestIdentifierPath":null,'),
    [],
  ],
  ["another title", { ...wanted, title: "Other" }, ["title"]],
  ["a webhook that is switched off", { ...wanted, enabled: false }, ["enabled"]],
  ["a deletion", change('{"blueprint":"a"', '{"operation":"delete","blueprint":"a"'), ["mappings"]],
  ["another property besides", change('"one":".one"', '"one":".one","two":".two"'), ["mappings"]],
  ["another expression", change('".one"', '".two"'), ["mappings"]],
  ["another order", { ...wanted, mappings: (wanted["mappings"] as []).toReversed() }, ["mappings"]],
  ["another prefix", change('"v1="', '"v0="'), ["security"]],
  ["no security", { ...wanted, security: {} }, ["security"]],
] as const)("listWebhookDifferences() of %s", (_, stored, expected) => {
  expect(listWebhookDifferences(wanted, stored)).toEqual([...expected]);
});

test.each([
  [{ secret: "s3cret" }, { is: "shown", secret: "s3cret" }],
  [{ secret: "********" }, { is: "masked" }],
  [{ secret: "" }, { is: "absent" }],
  [{ secret: null }, { is: "absent" }],
  [{}, { is: "absent" }],
] as const)("readShownSecret() of %j", (security, expected) => {
  expect(readShownSecret({ security })).toEqual(expected);
});
