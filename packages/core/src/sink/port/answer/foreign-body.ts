import type { HttpRequest } from "../../../http/client.ts";
import { describeNoKey } from "../../../http/unusable-answer.ts";
import type { JsonObject } from "../../../json.ts";

/** What an answer to a request holds, one of the keys at least. What is not named here may be without a body. */
const rules: readonly (readonly [HttpRequest["method"], path: RegExp, keys: readonly string[]])[] =
  [
    ["GET", /^\/blueprints$/, ["blueprints"]],
    ["GET", /^\/blueprints\/[^/]+$/, ["blueprint"]],
    ["GET", /^\/blueprints\/[^/]+\/entities-count$/, ["count"]],
    ["POST", /\/entities\/search$/, ["entities"]],
    ["POST", /\/datasource-entities$/, ["entities"]],
    ["POST", /\/entities\/bulk$/, ["entities", "errors"]],
    ["GET", /^\/integration$/, ["integrations"]],
    // One path of the form is no integration's: it tells what an organisation may do.
    ["GET", /^\/integration\/(?!provision-enabled$)[^/]+$/, ["integration"]],
    ["GET", /^\/organization$/, ["organization"]],
    ["GET", /^\/webhooks\/[^/]+$/, ["integration", "webhook"]],
    ["POST", /^\/webhooks$/, ["integration", "webhook"]],
    ["POST", /^\/auth\/access_token$/, ["accessToken"]],
  ];

/** Whether an answer to a request may be without a body, as that to a deletion is. */
export function mayHaveNoBody(method: HttpRequest["method"], path: string): boolean {
  return method !== "GET" && findKeys(method, path) === undefined;
}

/**
 * What is wrong with the JSON of a success as an answer of Port's; undefined where it can be one. Port says
 * `{"ok":true}` too, beside what was asked for: to a question that alone is no answer.
 *
 * @param path without `/v1` and without its query
 */
export function describeForeignBody(
  method: HttpRequest["method"],
  path: string,
  body: JsonObject,
): string | undefined {
  const keys = findKeys(method, path);
  if (keys === undefined || keys.some((key) => body[key] !== undefined)) return undefined;
  return describeNoKey(keys);
}

function findKeys(method: HttpRequest["method"], path: string): readonly string[] | undefined {
  return rules.find(([asked, pattern]) => asked === method && pattern.test(path))?.[2];
}
