import { type Sandbox, startSandbox } from "../start-sandbox.ts";
import type { EntityJson } from "./entity-json.ts";
import type { JsonObject } from "./json-object.ts";
import type { PortBehaviour } from "./port-behaviour.ts";

/** What a test reads of an answer; only what the route gives is there. */
interface PortAnswerBody {
  readonly ok: boolean;
  readonly error: string;
  readonly message: string;
  readonly accessToken: string;
  readonly expiresIn: number;
  readonly entity: EntityJson;
  readonly entities: (EntityJson & { readonly index: number; readonly created: boolean })[];
  readonly errors: {
    readonly index: number;
    readonly identifier: string;
    readonly statusCode: number;
    readonly error: string;
    readonly message: string;
  }[];
  readonly deletedEntities: string[];
  readonly next?: string;
  readonly count: number;
  readonly blueprint: JsonObject;
  readonly blueprints: JsonObject[];
  readonly integration: JsonObject;
  readonly request?: { readonly updatedAt: string };
  readonly organization: JsonObject;
}

/** An answer of Port's, read. */
interface PortAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: PortAnswerBody;
}

/** Asks Port: method and path in one text, such as `GET /v1/blueprints`. */
export type AskPort = (
  what: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<PortAnswer>;

/** The User-Agent of the integration that tests write as. */
export const exporter = "port-ocean/pagerduty/1.0.0/mine/exporter";

/** A client of a sandbox's Port, for tests, with a token of its own. */
export async function connectPort(
  sandbox: Sandbox,
  clientId = sandbox.portClientId,
): Promise<AskPort> {
  const credentials = { clientId, clientSecret: sandbox.portClientSecret };
  let authorization = "";
  const ask: AskPort = async (what, body, headers = {}) => {
    const [method, path = ""] = what.split(" ");
    const response = await fetch(sandbox.portUrl + path, {
      method,
      headers: { authorization, "user-agent": exporter, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const read: PortAnswerBody = await response.json();
    return { status: response.status, headers: response.headers, body: read };
  };
  const { body } = await ask("POST /v1/auth/access_token", credentials);
  authorization = `Bearer ${body.accessToken}`;
  return ask;
}

/** Two blueprints with every kind of property and relation that rules speak of. */
const testBlueprints: readonly JsonObject[] = [
  {
    identifier: "service",
    title: "Service",
    schema: {
      properties: {
        status: { type: "string", enum: ["active", "critical"] },
        url: { type: "string", format: "url" },
        level: { type: "number", minimum: 1 },
        tags: { type: "array", items: { type: "string" } },
        since: { type: "string", format: "date-time" },
        owner: { type: "string", format: "email" },
        open: { type: "boolean" },
        raw: { type: "object" },
      },
    },
    calculationProperties: {
      link: { type: "string", calculation: "'https://example.com/' + .identifier" },
    },
    relations: { parent: { target: "service", required: false, many: false } },
  },
  {
    identifier: "incident",
    title: "Incident",
    schema: { properties: { note: { type: "string" } }, required: ["note"] },
    mirrorProperties: { serviceStatus: { path: "service.status" } },
    relations: {
      service: { target: "service", required: true, many: false },
      related: { target: "service", required: false, many: true },
    },
  },
];

/** A sandbox whose Port has the blueprints of tests, and a client of it. */
export interface TestPort extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly ask: AskPort;
}

/** Starts one, on 2026-06-30 at noon UTC. */
export async function startPort(portApi: Partial<PortBehaviour> = {}): Promise<TestPort> {
  const now = "2026-06-30T12:00:00Z";
  const sandbox = await startSandbox({ services: 1, incidents: 0, now, portApi });
  for (const blueprint of testBlueprints) sandbox.port.putBlueprint(blueprint);
  const ask = await connectPort(sandbox);
  return { sandbox, ask, [Symbol.asyncDispose]: () => sandbox.close() };
}
