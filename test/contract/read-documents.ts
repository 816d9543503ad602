import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Operation, readContract } from "./contract.ts";
import { isNode, type Node } from "./convert-schemas.ts";
import { ownPagerDuty } from "./own-pagerduty.ts";
import { ownPort } from "./own-port.ts";

/** The hosts' own OpenAPI files lie beside a checkout where they may be used; they are no part of it. */
const folder = join(import.meta.dir, "../../../shared/reference/openapi");

/** Whether the hosts' files are there: in CI they are, beside a fresh clone they are not. */
export const hasDocuments = existsSync(folder);

/** What is known of one host. */
export interface HostDocuments {
  /** From its file. */
  readonly file: readonly Operation[];
  /** What we know besides. */
  readonly own: readonly Operation[];
}

/** What is known of PagerDuty and of Port. */
export function readDocuments(): readonly HostDocuments[] {
  return [
    readHost("pagerduty.json", ownPagerDuty, pagerDutyHeaders),
    readHost("port.json", ownPort, portHeaders),
  ];
}

function readHost(
  file: string,
  own: Node,
  headersOf: (path: string) => readonly Node[],
): HostDocuments {
  const document: unknown = JSON.parse(readFileSync(join(folder, file), "utf8"));
  if (!isNode(document)) throw new Error(`${file} is no object`);
  return {
    file: readContract(demandHeaders(document, headersOf), file),
    own: readContract(demandHeaders(own, headersOf), `own-${file}`),
  };
}

/** Adds headers to all operations: credentials are no parameters in OpenAPI, and these hosts want more. */
function demandHeaders(document: Node, headersOf: (path: string) => readonly Node[]): Node {
  const paths = isNode(document["paths"]) ? document["paths"] : {};
  const demanding = Object.entries(paths).map(([path, item]) => {
    const route = isNode(item) ? item : {};
    const known: readonly unknown[] = Array.isArray(route["parameters"]) ? route["parameters"] : [];
    return [path, { ...route, parameters: [...known, ...headersOf(path)] }] as const;
  });
  return { ...document, paths: Object.fromEntries(demanding) };
}

function header(name: string, pattern: string): Node {
  return { name, in: "header", required: true, schema: { type: "string", pattern } };
}

/** {@link https://developer.pagerduty.com/docs/authentication} */
function pagerDutyHeaders(): readonly Node[] {
  return [
    header("Authorization", "^(?:Token token=|Bearer )\\S+$"),
    header("Accept", "^application/vnd\\.pagerduty\\+json;version=2$"),
  ];
}

/**
 * Port tells from the User-Agent whose an entity is: `/exporter` at its end makes it the integration's.
 */
function portHeaders(path: string): readonly Node[] {
  if (path.startsWith("/ingest/")) return [];
  const role = /\/entities\b/.test(path) ? "/exporter" : "(?:/exporter)?";
  const agent = header("User-Agent", `^port-ocean/pagerduty/[^/]+/[^/]+${role}$`);
  if (path === "/v1/auth/access_token") return [agent];
  return [agent, header("Authorization", "^Bearer \\S+$")];
}
