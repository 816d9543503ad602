import type { IncidentJson } from "./incident-json.ts";
import type { ServiceJson } from "./service-json.ts";
import type { Sandbox } from "./start-sandbox.ts";

/** What a test reads of an answer; only what the route gives is there. */
interface AnswerBody {
  readonly incidents: IncidentJson[];
  readonly incident: IncidentJson;
  readonly services: ServiceJson[];
  readonly service: ServiceJson;
  readonly abilities: string[];
  readonly limit: number;
  readonly offset: number;
  readonly total: number | null;
  readonly more: boolean;
  readonly error: { readonly code: number; readonly message: string; readonly errors?: string[] };
  readonly access_token: string;
  readonly scope: string;
  readonly expires_in: number;
}

/** An answer, read. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AnswerBody;
}

/** Asks a sandbox, for tests. `query` is made from pairs; a list repeats its name. */
export async function ask(
  sandbox: Sandbox,
  path: string,
  query: Readonly<Record<string, string | number | readonly string[]>> = {},
  init: RequestInit = {},
): Promise<Answer> {
  const url = new URL(sandbox.pagerDutyUrl + path);
  for (const [name, value] of Object.entries(query)) {
    const values = typeof value === "object" ? value : [String(value)];
    for (const each of values) url.searchParams.append(name, each);
  }
  const headers = { authorization: `Token token=${sandbox.token}` };
  const response = await fetch(url, { headers, ...init });
  const body: AnswerBody = await response.json();
  return { status: response.status, headers: response.headers, body };
}

/** Reads all pages of one window, each `limit` long. */
export async function readAll(
  sandbox: Sandbox,
  query: Readonly<Record<string, string>>,
  limit = 100,
): Promise<IncidentJson[]> {
  const incidents: IncidentJson[] = [];
  for (;;) {
    const { body } = await ask(sandbox, "/incidents", {
      ...query,
      limit,
      offset: incidents.length,
    });
    incidents.push(...body.incidents);
    if (!body.more) return incidents;
  }
}
