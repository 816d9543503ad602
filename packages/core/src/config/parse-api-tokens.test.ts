import { expect, test } from "bun:test";
import { parseApiTokens } from "./parse-api-tokens.ts";

const secret = "canary-0123456789-0123456789";
const other = "canary-9876543210-9876543210";

test("parseApiTokens() reads names, rights and secrets, with commas or new lines between them", () => {
  const tokens = parseApiTokens(
    `alice:read+act:${secret}:with:colons,\nbot@ci:read:${other}\n\n, m:map + payloads:x${other}\n`,
  );
  expect(tokens).toEqual([
    { name: "alice", rights: new Set(["read", "act"]), secret: `${secret}:with:colons` },
    { name: "bot@ci", rights: new Set(["read"]), secret: other },
    { name: "m", rights: new Set(["map", "payloads"]), secret: `x${other}` },
  ]);
});

test.each([
  ["nothing", " ,\n", /^must be like alice:read\+act:SECRET/],
  ["a secret alone", secret, /; entry 1 is not$/],
  ["no rights", `alice:${secret}`, /entry 1 is not$/],
  ["no name", `:read:${secret}`, /must begin with a name .* entry 1 does not$/],
  ["the secret as the name", `${secret}:read:alice`, /must begin with a name .* entry 1 does not$/],
  ["the secret as the right", `alice:${secret}:read`, /'alice' rights out of read, payloads, map/],
  ["an unknown right", `alice:read+write:${secret}`, /'alice' rights out of/],
  ["no right", `alice::${secret}`, /'alice' rights out of/],
  ["a short secret", "alice:read:canary-short", /'alice' a secret of at least 24 characters/],
  ["a space", `alice:read:${secret} x`, /'alice' a secret of plain characters/],
  ["a name twice", `alice:read:${secret},alice:act:${other}`, /two tokens 'alice'/],
  ["a secret twice", `alice:read:${secret},bob:act:${secret}`, /'bob' the secret of another/],
])("parseApiTokens() refuses %s, and shows no secret", (_what, text, message) => {
  let told = "";
  try {
    parseApiTokens(text);
  } catch (error) {
    told = (error as Error).message;
  }
  expect(told).toMatch(message);
  expect(told).not.toContain("canary");
});
