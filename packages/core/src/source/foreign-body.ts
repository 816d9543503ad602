import { describeNoKey } from "../http/unusable-answer.ts";
import type { HttpRequest } from "../http/client.ts";
import { findKind, kindNames } from "./kinds.ts";

/** The one list that an answer to a path holds. Those of kinds are named where the kinds are. */
const lists: ReadonlyMap<string, string> = new Map([
  ...kindNames.map((name) => [findKind(name).path, findKind(name).wrapper] as const),
  ["/analytics/raw/incidents", "data"],
  ["/analytics/metrics/incidents/services", "data"],
]);

/** What one object is called, where it is read by its id or `me`. */
const objects: ReadonlyMap<string, string> = new Map([
  ["escalation_policies", "escalation_policy"],
  ["incidents", "incident"],
  ["schedules", "schedule"],
  ["services", "service"],
  ["teams", "team"],
  ["users", "user"],
  ["webhook_subscriptions", "webhook_subscription"],
]);

/**
 * What is wrong with the JSON of a success as an answer of PagerDuty's; undefined where it can be one. Each
 * answer wraps what was asked for in its name; a portal on the way says `{"ok":true}` and the like.
 *
 * @param path without its query
 */
export function describeForeignBody(
  method: HttpRequest["method"],
  path: string,
  body: Readonly<Record<string, unknown>>,
): string | undefined {
  // Whatever a deletion is answered with, there is nothing in it that is read.
  if (method === "DELETE") return undefined;
  const list = lists.get(path);
  const isMade = method === "POST" && path === "/webhook_subscriptions";
  if (list !== undefined && !isMade)
    return Array.isArray(body[list]) ? undefined : describeNoKey([list]);
  const [, first = "", second, third] = path.split("/");
  const object = third === undefined || isMade ? objects.get(first) : undefined;
  if (object !== undefined && (isMade || second !== undefined)) {
    return isObject(body[object]) ? undefined : describeNoKey([object]);
  }
  // Of other paths only this is known: there is a list or an object in it.
  const hasContent = Object.entries(body).some(
    ([key, value]) => key !== "error" && (isObject(value) || Array.isArray(value)),
  );
  return hasContent || method !== "GET" ? undefined : "JSON of another shape";
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
