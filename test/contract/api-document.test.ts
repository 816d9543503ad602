import { expect, test } from "bun:test";
import Ajv from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { createApi } from "@pagerport/core";
import { apiRoutes } from "../../packages/core/src/api/routes.ts";
import document from "../../docs/openapi.json" with { type: "json" };
import { FakeClock } from "../../packages/core/src/testing/fake-clock.ts";
import { createFakeOperations } from "../../packages/core/src/testing/fake-operations.ts";

interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content: Content }>>;
}
type Content = Readonly<Record<string, { readonly schema: object }>>;

const clock = new FakeClock();
const api = createApi<undefined>({
  operations: createFakeOperations(clock.now()),
  gate: { nameOrigin: () => "here", admit: async () => ({ who: "alice", from: "here" }) },
  audit: { run: (_action, _peer, work) => work(), refuse: async () => undefined },
  clock,
});

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(
    ([method, operation]) =>
      [method.toUpperCase(), path, operation as unknown as Operation] as const,
  ),
);

function ask(method: string, path: string, body: unknown): Promise<Response> {
  const content = method === "GET" ? {} : { body: JSON.stringify(body) };
  const headers = { "content-type": "application/json" };
  const request = new Request(`http://a.test/api/v1${path}`, { method, headers, ...content });
  return api.handle(request, undefined);
}

function check(content: Content | undefined, type: string, value: unknown): string {
  const schema = content?.[type]?.schema;
  if (schema === undefined) return `There is no ${type} in docs/openapi.json`;
  const ajv = new Ajv({ strict: false });
  addFormats(ajv);
  const components = document.components;
  const validate = ajv.compile({ ...schema, components });
  return validate(value) ? "" : ajv.errorsText(validate.errors);
}

/** What the routes that need something are asked with. */
const bodies: Readonly<Record<string, object>> = {
  approvePlan: { only: ["A"] },
  rejectPlan: { only: ["B"] },
  pause: { scope: "deletions", forSeconds: 60, reason: "a test" },
  resync: { type: "delta" },
};

test.each(operations)("docs/openapi.json holds for %s %s", async (method, path, operation) => {
  const body = bodies[operation.operationId] ?? {};
  const { requestBody, responses } = operation;
  if (requestBody !== undefined) {
    expect(check(requestBody.content, "application/json", body)).toBe("");
    expect(check(requestBody.content, "application/json", { unknown: true })).not.toBe("");
  }
  const response = await ask(method, path.replace("{id}", "7"), body);
  expect(response.ok).toBe(true);
  const { content } = responses[String(response.status)] ?? {};
  expect(check(content, "application/json", await response.json())).toBe("");

  const failures = [
    await ask(method, path.replace("{id}", "6"), body),
    ...(requestBody === undefined ? [] : [await ask(method, path.replace("{id}", "7"), [])]),
  ];
  for (const failure of failures) {
    if (failure.ok) continue;
    const described = responses[String(failure.status)]?.content;
    expect(check(described, "application/problem+json", await failure.json())).toBe("");
  }
});

test("docs/openapi.json has every route, and there is none besides", async () => {
  const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
  for (const path of Object.keys(document.paths)) {
    const described = new Set(operations.flatMap(([method, of]) => (of === path ? method : [])));
    const response = await ask("OPTIONS", path.replace("{id}", "7"), undefined);
    const allowed = (response.headers.get("allow") ?? "").split(", ");
    expect([path, methods.filter((method) => allowed.includes(method))]).toEqual([
      path,
      methods.filter((method) => described.has(method)),
    ]);
  }
  const ids = operations.map(([, , { operationId }]) => operationId);
  expect(ids.toSorted()).toEqual(apiRoutes.map(({ operationId }) => operationId).toSorted());
});
