import { expect, test } from "bun:test";
import { checkExchange, findOperation } from "./check-exchange.ts";
import { readContract } from "./contract.ts";
import type { Node } from "./convert-schemas.ts";
import { findSuperfluous, joinContracts } from "./join-contracts.ts";
import type { Exchange } from "./record-traffic.ts";

const text: Node = { type: "string" };
const json = (schema: Node): Node => ({ content: { "application/json": { schema } } });
const query = (name: string, schema: Node, more: Node = {}): Node => ({
  name,
  in: "query",
  schema,
  ...more,
});

const document: Node = {
  paths: {
    "/things": {
      parameters: [{ name: "Accept", in: "header", required: true, schema: text }],
      get: {
        parameters: [
          query("limit", { type: "integer", minimum: 0, exclusiveMinimum: true }),
          query("total", { type: "boolean" }),
          query("since", { type: "string", format: "date-time" }),
          query("time_zone", { type: "string", format: "tzinfo" }),
          query("include[]", { type: "string", enum: ["one", "two"] }),
          query("ids[]", { type: "array", items: text, uniqueItems: true }),
          query("sort_by", { type: "array", items: text, maxItems: 2 }, { explode: false }),
          query("team", text, { required: true }),
        ],
        responses: { 200: json({ $ref: "#/components/schemas/Page" }) },
      },
      post: {
        requestBody: {
          required: true,
          ...json({
            type: "object",
            required: ["name"],
            properties: { name: text },
            additionalProperties: false,
          }),
        },
        responses: { 201: {} },
      },
    },
    "/things/{id}": {
      get: {
        parameters: [{ name: "id", in: "path", required: true, schema: { ...text, maxLength: 3 } }],
        responses: { 200: {} },
      },
    },
    "/things/all": { get: { responses: { 200: {} } } },
  },
  components: {
    schemas: {
      Page: {
        type: "object",
        required: ["things"],
        properties: { things: { type: "array", items: { $ref: "#/components/schemas/Thing" } } },
      },
      Thing: {
        type: "object",
        properties: {
          id: text,
          note: { type: "string", nullable: true },
          kind: { type: "string", enum: ["a"], nullable: true },
          owner: {
            oneOf: [{ $ref: "#/components/schemas/User" }, { $ref: "#/components/schemas/Team" }],
          },
        },
      },
      User: { type: "object", properties: { type: { enum: ["user"] }, mail: text } },
      Team: { type: "object", required: ["name"], properties: { type: { enum: ["team"] } } },
    },
  },
};
const operations = readContract(document, "test.json");

interface Sketch {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly status?: number;
  readonly answer?: unknown;
}

function sketch(url: string, options: Sketch = {}): Exchange {
  const { pathname: path, searchParams } = new URL(url, "http://host");
  const typed = { "content-type": "application/json", accept: "x", ...options.headers };
  const { method = "GET", body, status = 200, answer } = options;
  return {
    request: {
      method,
      path,
      query: searchParams,
      headers: new Headers(typed),
      body: body === undefined ? "" : JSON.stringify(body),
    },
    answer: {
      status,
      headers: new Headers({ "content-type": "application/json" }),
      body: answer === undefined ? "" : JSON.stringify(answer),
      isMadeUp: answer === undefined && status === 200,
    },
  };
}

function rulesOf(exchange: Exchange): readonly string[] {
  return checkExchange(operations, exchange).map(({ side, rule }) => `${side}: ${rule}`);
}

test.each([
  ["/things?team=x&colour=red", "query has no parameter colour"],
  ["/things", "query must have team"],
  ["/things?team=x&limit=many", "query limit: must be integer"],
  ["/things?team=x&limit=0", "query limit: must be > 0"],
  ["/things?team=x&limit=1&limit=2", "query has limit more than once"],
  ["/things?team=x&total=True", "query total: must be boolean"],
  ["/things?team=x&since=2026-01-01", 'format "date-time"'],
  ["/things?team=x&time_zone=Mars/Base", 'format "tzinfo"'],
  ["/things?team=x&include[]=one&include[]=three", "must be equal to one of the allowed values"],
  ["/things?team=x&include[]=one&include[]=one", "query include[] repeats a value"],
  ["/things?team=x&include=one", "query has no parameter include"],
  ["/things?team=x&ids[]=a&ids[]=a", "must NOT have duplicate items"],
  ["/things?team=x&sort_by=a,b,c", "must NOT have more than 2 items"],
  ["/things/long", "must NOT have more than 3 characters"],
  ["/nothing", "no document has this route"],
])("checkExchange() refuses GET %s", (url, rule) => {
  const rules = rulesOf(sketch(url));
  expect(rules).toHaveLength(1);
  expect(rules[0]).toContain(rule);
  expect(rules[0]).toStartWith("request: ");
});

test.each([
  "/things?team=x&limit=1&total=true&since=2026-01-01T00:00:00Z&time_zone=Europe/Oslo",
  "/things?team=x&include[]=one&include[]=two&ids[]=a&ids[]=b&sort_by=a,b",
  "/things/abc",
])("checkExchange() accepts GET %s", (url) => {
  expect(rulesOf(sketch(url))).toEqual([]);
});

test.each([
  [undefined, "body must be there"],
  [{}, "must have required property 'name'"],
  [{ name: "x", colour: "red" }, "must NOT have additional properties: colour"],
])("checkExchange() refuses the body %j", (body, rule) => {
  const [found] = rulesOf(sketch("/things", { method: "POST", status: 201, body }));
  expect(found).toContain(rule);
});

test("checkExchange() refuses what is no JSON, a body nobody wants, and a header left out", () => {
  const typed = { "content-type": "text/plain" };
  const post = { method: "POST", status: 201, body: { name: "x" } };
  expect(rulesOf(sketch("/things", post))).toEqual([]);
  expect(rulesOf(sketch("/things", { ...post, headers: typed }))).toEqual([
    "request: body must be application/json",
  ]);
  expect(rulesOf(sketch("/things/abc", { body: {} }))).toEqual(["request: body must not be there"]);
  const { request, answer } = sketch("/things?team=x");
  request.headers.delete("accept");
  expect(rulesOf({ request, answer })).toEqual(["request: header must have Accept"]);
});

test.each([
  [{}, "Page must have required property 'things'"],
  [{ things: [{ id: null }] }, "Thing/id must not be null"],
  [{ things: [{ note: 5 }] }, "Thing/note must be string,null"],
  [{ things: [{ kind: "b" }] }, "Thing/kind must be equal to one of the allowed values"],
  [{ things: [{ owner: null }] }, "Thing/owner must not be null"],
  [{ things: [{ owner: { type: "user", mail: 5 } }] }, "User/mail must be string"],
  [{ things: [{ owner: { type: "team" } }] }, "Team must have required property 'name'"],
  [
    { things: [{ owner: { type: "dog" } }] },
    "Thing/owner/type must be equal to one of the allowed values",
  ],
])("checkExchange() refuses the answer %j, by the rule's own name", (answer, rule) => {
  expect(rulesOf(sketch("/things?team=x", { answer }))).toEqual([`answer: ${rule}`]);
});

test("checkExchange() accepts nulls that are allowed, and refuses a status that is not", () => {
  const thing = { id: "a", note: null, kind: null, owner: { type: "team", name: "x" } };
  expect(rulesOf(sketch("/things?team=x", { answer: { things: [thing] } }))).toEqual([]);
  expect(rulesOf(sketch("/things?team=x", { status: 500 }))).toEqual([
    "answer: GET /things never answers 500",
  ]);
});

test("findOperation() prefers the route that names more of the path", () => {
  const find = (path: string): string | undefined =>
    findOperation(operations, { method: "GET", path })?.name;
  expect(find("/things/all")).toBe("GET /things/all");
  expect(find("/things/abc")).toBe("GET /things/{id}");
  expect(find("/things/a/b")).toBeUndefined();
});

test("joinContracts() adds routes, parameters and successes, and leaves what a file says", () => {
  const own = readContract(
    {
      paths: {
        "/things/{id}": {
          get: {
            parameters: [query("more", text), query("id", { type: "integer" })],
            responses: { 200: json({ type: "null" }), 202: {}, 404: {} },
          },
        },
        "/others": { get: { responses: { 200: {} } } },
      },
    },
    "own.json",
  );
  const joined = joinContracts(operations, own);
  expect(joined).toHaveLength(operations.length + 1);
  const one = joined.find(({ name }) => name === "GET /things/{id}");
  expect(one?.parameters.map(({ name }) => name)).toEqual(["id", "more"]);
  expect(new Set(one?.answers.keys())).toEqual(new Set([200, 202]));
  expect(one?.answers.get(200)).toBeUndefined();
});

test("findSuperfluous() names what a file has come to say itself", () => {
  const paths = {
    "/things/all": { get: { responses: { 200: {}, 404: {} } } },
    "/things/{id}": { get: { responses: { 202: {} } } },
    "/others": { get: { responses: { 200: {} } } },
  };
  expect(findSuperfluous(operations, readContract({ paths }, "own.json"))).toEqual([
    "GET /things/all",
  ]);
});
