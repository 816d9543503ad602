import { z } from "zod";
import { apiBasePath } from "./create-api.ts";
import { listProblems, type ProblemSort } from "./problem.ts";
import { type ApiRoute, apiRoutes } from "./routes.ts";
import { problemAnswer } from "./schemas.ts";

/** What every route may answer, … */
const ofEvery: readonly ProblemSort[] = [
  "unauthenticated",
  "not-allowed",
  "misdirected",
  "too-many-attempts",
  "unexpected",
  "unavailable",
];
/** … and every one that takes a body. */
const ofBodies: readonly ProblemSort[] = ["invalid", "too-slow", "too-large", "not-json"];

const rights = {
  read: "a token with the right `read`; in a portal the permission `pagerport.read`",
  approve: "a token with the right `act`; in a portal the permission `pagerport.approve`",
  pause: "a token with the right `act`; in a portal the permission `pagerport.pause`",
  resync: "a token with the right `act`; in a portal the permission `pagerport.resync`",
} as const;

/**
 * The API as an OpenAPI document, of the very table that its routes are made of.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export function describeApi(): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of apiRoutes) {
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: describeRoute(route),
    };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "pagerport",
      version: "1",
      description:
        "What a person sees and decides. `pagerport serve` has it at PAGERPORT_API_LISTEN, the Backstage plugin below `/api/pagerport`.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [
      { url: `http://127.0.0.1:8010${apiBasePath}`, description: "pagerport serve" },
      {
        url: "https://{backend}/api/pagerport/v1",
        description: "Backstage",
        variables: { backend: { default: "localhost:7007" } },
      },
    ],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description:
            "Secret of a token in PAGERPORT_API_TOKENS; in a portal a token of Backstage's",
        },
      },
      schemas: { Problem: toSchema(problemAnswer, "output") },
    },
  };
}

function describeRoute(route: ApiRoute): object {
  const { operationId, summary, access, body, status, answer, path } = route;
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "integer", minimum: 1 },
  }));
  return {
    operationId,
    summary,
    description: `Needs ${rights[access]}.`,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: { required: true, ...ofType("application/json", toSchema(body, "input")) },
        }),
    responses: {
      [status]: { description: "Done", ...ofType("application/json", toSchema(answer, "output")) },
      ...describeProblems(route),
    },
  };
}

function describeProblems({ problems, body }: ApiRoute): Record<string, object> {
  const wanted = new Set([...ofEvery, ...problems, ...(body === undefined ? [] : ofBodies)]);
  const schema = { $ref: "#/components/schemas/Problem" };
  return Object.fromEntries(
    listProblems()
      .filter(({ sort }) => wanted.has(sort))
      .map(({ status, title }) => [
        String(status),
        { description: title, ...ofType("application/problem+json", schema) },
      ]),
  );
}

function ofType(type: string, schema: object): object {
  return { content: { [type]: { schema } } };
}

function toSchema(schema: z.ZodType, io: "input" | "output"): object {
  // Within a document of OpenAPI 3.1 that dialect is a matter of course.
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, target: "draft-2020-12" });
  return rest;
}
