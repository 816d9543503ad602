import { expect, test } from "bun:test";
import { isSameAddress, listWebhookUrls } from "./webhook-paths.ts";

test("listWebhookUrls() names our own address first, and Ocean's", () => {
  expect(listWebhookUrls({ baseUrl: "https://a.test", pathPrefix: "" })).toEqual([
    "https://a.test/webhook",
    "https://a.test/integration/webhook",
  ]);
  expect(listWebhookUrls({ baseUrl: "https://a.test/x", pathPrefix: "/pager" })[1]).toBe(
    "https://a.test/x/pager/integration/webhook",
  );
});

test.each([
  ["https://a.test/webhook", "https://a.test/webhook/", true],
  ["https://a.test/webhook", "https://A.TEST:443/webhook", true],
  ["https://a.test/webhook", "https://user:word@a.test/webhook?x=1", true],
  ["https://a.test/webhook", "http://a.test/webhook", false],
  ["https://a.test/webhook", "https://a.test/Webhook", false],
  ["https://a.test/webhook", "https://a.test:8443/webhook", false],
  ["https://a.test/webhook", "nonsense", false],
])("isSameAddress() of %s and %s is %p", (one, other, isSame) => {
  expect(isSameAddress(one, other)).toBe(isSame);
});
