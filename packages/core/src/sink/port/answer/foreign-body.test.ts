import { expect, test } from "bun:test";
import { createPortBodyReader } from "./parse-port-body.ts";

function examine(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, text: string) {
  return createPortBodyReader(method, path).examine({ status: 200, headers: new Headers(), text });
}

test.each([
  ["GET", "/blueprints", '{"ok":true,"blueprints":[]}'],
  ["GET", "/blueprints/a%2Fb", '{"ok":true,"blueprint":{}}'],
  ["GET", "/blueprints/a/entities-count", '{"ok":true,"count":0}'],
  ["GET", "/integration/mine/resync-request", '{"ok":true}'],
  ["POST", "/blueprints/a/entities/bulk", '{"ok":true,"entities":[],"errors":[]}'],
  ["POST", "/blueprints/a/entities/bulk", '{"ok":false,"errors":[]}'],
  ["POST", "/blueprints/a/bulk/entities/delete", '{"ok":true}'],
  ["POST", "/blueprints/a/bulk/entities/delete", ""],
  ["PATCH", "/integration/mine", ""],
  ["PATCH", "/integration/mine", '{"ok":true}'],
  ["POST", "/webhooks", '{"ok":true,"integration":{}}'],
  ["POST", "/auth/access_token", '{"ok":true,"accessToken":"a","expiresIn":1}'],
] as const)("what Port says to %s %s is taken: %s", (method, path, text) => {
  expect(examine(method, path, text)).toBeUndefined();
});

test.each([
  ["GET", "/blueprints"],
  ["GET", "/blueprints/a"],
  ["GET", "/blueprints/a/entities-count"],
  ["GET", "/integration/mine"],
  ["GET", "/organization"],
  ["POST", "/blueprints/a/entities/search"],
  ["POST", "/blueprints/entities/datasource-entities"],
  ["POST", "/blueprints/a/entities/bulk"],
  ["POST", "/webhooks"],
  ["POST", "/auth/access_token"],
] as const)("what a stranger says to %s %s is not", (method, path) => {
  for (const text of ["<html></html>", "", '{"ok":true}', '{"ok":true,"entit', "[]", "null"]) {
    expect([text, examine(method, path, text)]).toEqual([text, expect.any(String)]);
  }
});

test.each(["<html></html>", '{"ok":tr'])(
  "a write that is answered %s is not taken for done",
  (text) => {
    expect(examine("POST", "/blueprints/a/bulk/entities/delete", text)).toBe("what is not JSON");
    expect(examine("PATCH", "/integration/mine", text)).toBe("what is not JSON");
  },
);
