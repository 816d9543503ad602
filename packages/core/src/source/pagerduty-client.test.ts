import { expect, test } from "bun:test";
import { HttpError, UnusableAnswerError } from "../errors.ts";
import type { HttpAnswer, HttpRequest } from "../http/client.ts";
import { createUnusableError } from "../http/unusable-answer.ts";
import { failureOf } from "../testing/failure-of.ts";
import { createPagerDutyClient, type PagerDutyClient } from "./pagerduty-client.ts";

/** An answer to any of the questions here. */
const anyBody = JSON.stringify({ incidents: [], services: [], abilities: [] });

function createScripted(
  answer: Partial<HttpAnswer> | Error,
  options: {
    readonly apiUrl?: string;
    readonly token?: string;
    readonly readToken?: () => string;
  } = {},
): { client: PagerDutyClient; requests: HttpRequest[] } {
  const requests: HttpRequest[] = [];
  const client = createPagerDutyClient({
    apiUrl: "https://api.pagerduty.com",
    token: "y_secret",
    ...options,
    http: {
      send: (request) => {
        requests.push(request);
        if (answer instanceof Error) return Promise.reject(answer);
        const given = { status: 200, headers: new Headers(), text: anyBody, ...answer };
        const problem = request.examine?.(given);
        if (problem === undefined) return Promise.resolve(given);
        const failed = { ...request, host: "PagerDuty", showUrl: undefined, secrets: [] };
        return Promise.reject(createUnusableError(failed, given, problem));
      },
    },
  });
  return { client, requests };
}

function refusal(status: number, reason: string): HttpError {
  const url = "https://api.pagerduty.com/services";
  const options = { host: "PagerDuty", method: "GET", url, status, reason };
  return new HttpError(`PagerDuty answered ${status}: ${reason}: GET ${url}`, options);
}

test.each([
  ["y_NbAkKc66ryYTWUXYEu", "Token token=y_NbAkKc66ryYTWUXYEu"],
  ["u+abcdef", "Token token=u+abcdef"],
  ["pdabcdef", "Token token=pdabcdef"],
  ["pdus+_0XBPWQQ", "Bearer pdus+_0XBPWQQ"],
  ["pdeu+_0XBPWQQ", "Bearer pdeu+_0XBPWQQ"],
])("get() sends the token %s as '%s'", async (token, header) => {
  const { client, requests } = createScripted({}, { token });
  await client.get("/services", []);
  expect(requests[0]?.headers).toEqual({
    accept: "application/vnd.pagerduty+json;version=2",
    "content-type": "application/json",
    authorization: header,
  });
});

test("get() encodes the query in its order, sets included", async () => {
  const { client, requests } = createScripted({}, { apiUrl: "https://api.eu.pagerduty.com/" });
  await client.get("/incidents", [
    ["since", "2024-01-01T00:00:00+01:00"],
    ["statuses[]", "triggered"],
    ["statuses[]", "acknowledged"],
  ]);
  await client.get("/abilities", []);
  expect(requests.map(({ url }) => url)).toEqual([
    "https://api.eu.pagerduty.com/incidents?since=2024-01-01T00%3A00%3A00%2B01%3A00&statuses%5B%5D=triggered&statuses%5B%5D=acknowledged",
    "https://api.eu.pagerduty.com/abilities",
  ]);
});

test("get() gives the body and PagerDuty's time", async () => {
  const headers = new Headers({ date: "Mon, 05 Feb 2024 10:11:12 GMT" });
  const { client } = createScripted({ text: '{"services":[]}', headers });
  expect(await client.get("/services", [])).toEqual({
    body: { services: [] },
    date: Date.UTC(2024, 1, 5, 10, 11, 12),
  });
  expect((await createScripted({}).client.get("/services", [])).date).toBeUndefined();
});

test("get() makes text well-formed that holds half a surrogate pair", async () => {
  const { client } = createScripted({
    text: String.raw`{"a":["\ud83d","\ud83d\ude00","\uDE00x"]}`,
  });
  expect((await client.get("/x", [])).body).toEqual({ a: ["\uFFFD", "😀", "\uFFFDx"] });
});

const strangers = [
  "<html>",
  "",
  "[]",
  "null",
  '"text"',
  '{"services":[',
  '{"ok":true}',
  '{"services":{}}',
];

test.each(strangers)("get() refuses the answer %p", async (text) => {
  const { client } = createScripted({ text });
  const error = await failureOf(client.get("/services", []));
  expect(error).toBeInstanceOf(UnusableAnswerError);
  expect(error.message).toContain("GET https://api.pagerduty.com/services");
  expect(error.message).toContain("Is PD_API_URL (https://api.pagerduty.com) the address");
});

test.each([
  ["https://api.pagerduty.com", "set PD_API_URL to https://api.eu.pagerduty.com."],
  ["https://api.eu.pagerduty.com", "set PD_API_URL to https://api.pagerduty.com."],
  ["http://localhost:9", "Is PD_API_URL (http://localhost:9) the account's region?"],
])("get() that is refused at %s names the setting and the other region", async (apiUrl, hint) => {
  const { client } = createScripted(refusal(401, "Authentication failed"), { apiUrl });
  const error = await failureOf(client.get("/services", []));
  expect(error).toMatchObject({ status: 401, name: "HttpError" });
  expect(error.message).toContain("the token in PD_TOKEN");
  expect(error.message).toContain(hint);
  expect(error.message).not.toContain("y_secret");
});

test("get() asks about the address where a 404 is not PagerDuty's own", async () => {
  const foreign = await failureOf(
    createScripted(refusal(404, "no such page")).client.get("/services", []),
  );
  expect(foreign.message).toContain("Is PD_API_URL (https://api.pagerduty.com) the address");
  const own = await failureOf(createScripted(refusal(404, "Not Found")).client.get("/x", []));
  expect(own.message).not.toContain("PD_API_URL");
});

test("get() passes on every other error as it is", async () => {
  const error = refusal(403, "Access Denied");
  expect(await failureOf(createScripted(error).client.get("/services", []))).toBe(error);
});

const unreadable = (): never => {
  throw new Error("no such file");
};

test.each([
  ["is the same", () => "y_secret", 401, 1],
  ["cannot be read", unreadable, 401, 1],
  ["is refused too", () => "y_other", 401, 2],
  ["is another, where that is not the reason", () => "y_other", 403, 1],
])("get() asks no more than it must where the token in its file %s", async (...row) => {
  const [, readToken, status, sent] = row;
  const { client, requests } = createScripted(refusal(status, "no"), { readToken });
  expect(await failureOf(client.get("/services", []))).toMatchObject({ status });
  expect(requests).toHaveLength(sent);
});
