import { expect, test } from "bun:test";
import { createNative } from "./native/native.ts";
import { readsKey } from "./reads-key.ts";
import type { Expression } from "./expression.ts";

function parse(source: string): Expression {
  return { source, native: createNative(source) };
}

const keys: ReadonlySet<string> = new Set(["status", "__oncall_user", "escalation_policy"]);

test.each([
  [".status", true],
  [".service.status", true],
  ['.["status"]', true],
  ['."status"', true],
  [".status?", true],
  ["{status}", true],
  ["{a: .status}", true],
  ['has("status")', true],
  ['"is \\(.status)"', true],
  ['if .status == "active" then "on" else "off" end', true],
  ['if .id then .name elif .status then "x" else null end', true],
  [".__oncall_user | sort_by(.escalation_level) | .[0].user.email", true],
  [".escalation_policy.id // null", true],
  ["[.teams[] | select(.status != null) | .id]", true],
  ["[.teams[].summary]", false],
  [".status_page", false],
  [".incident_status", false],
  [".__oncall_users | .[0].user.email", false],
  [".escalation_policies[0].id", false],
  ['"status"', false],
  ['.name | startswith("status")', false],
  ["{status: .id}", false],
  // Only jq evaluates these.
  ["[.status] | @csv", true],
  ['to_entries | map(select(.key == "status")) | .[0].value', true],
  [". as {$status} | $status", true],
  ["[.id] | @csv", false],
  ["[.status_page] | @csv", false],
])("readsKey() of %s is %p", (source, expected) => {
  expect(readsKey(parse(source), keys)).toBe(expected);
});

test("readsKey() looks at every part of a search", () => {
  const literal = parse('"="');
  const rule = { property: parse('"url"'), operator: literal, value: parse(".html_url") };
  const search = { combinator: parse('"and"'), rules: [rule] };
  expect(readsKey(search, keys)).toBe(false);
  const nested = {
    combinator: parse('"and"'),
    rules: [rule, { ...search, rules: [{ ...rule, value: parse(".escalation_policy.id") }] }],
  };
  expect(readsKey(nested, keys)).toBe(true);
});
