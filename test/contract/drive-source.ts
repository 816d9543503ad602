import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import {
  createMemoryCache,
  HttpError,
  openSource,
  type PagerDutyClient,
  parseMapping,
  type Query,
  type Resource,
  type Source,
} from "@pagerport/core";
import { findKind, kindNames } from "../../packages/core/src/source/kinds.ts";
import { readKind } from "../../packages/core/src/source/read-kind.ts";
import { connectSandboxPagerDuty } from "../support/connect-sandbox.ts";
import { listSelectors } from "./list-selectors.ts";
import { type Exchange, type Recorder, recordTraffic } from "./record-traffic.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

/** The lists that the sandbox has; of others the test makes up a list of two pages. */
const servedBySandbox: ReadonlySet<string> = new Set([
  "audit/records",
  "business_services",
  "escalation_policies",
  "event_orchestrations",
  "incidents",
  "log_entries",
  "oncalls",
  "priorities",
  "schedules",
  "services",
  "teams",
  "users",
  "v3/schedules",
]);

const week = 7 * 24 * 3_600_000;

const account: SandboxOptions = {
  services: 30,
  incidents: 150,
  users: 20,
  schedules: 5,
  shiftSchedules: 3,
  from: "2026-03-01T00:00:00Z",
  to: "2026-06-01T00:00:00Z",
  now: "2026-06-01T00:10:00Z",
};

/** Records how every selector and every kind is read, objects one by one, and what changed. */
export async function driveSource(): Promise<readonly Exchange[]> {
  await using sandbox = await startSandbox(account);
  await using recorder = recordTraffic(sandbox.pagerDutyUrl, makeUpList);

  const selectors = await listSelectors(sandbox);
  for (const { kind, selector } of selectors) {
    await readAll(open(sandbox, recorder), await parseResources([{ kind, selector }]));
  }
  // Each kind, and all resources of a kind together.
  const together = await parseResources(selectors);
  await readAll(open(sandbox, recorder), together);
  const others = kindNames.filter((kind) => !together.some((resource) => resource.kind === kind));
  const plain = await parseResources(others.map((kind) => ({ kind, selector: {} })));
  await readAll(open(sandbox, recorder), plain);
  await readSingles(sandbox, open(sandbox, recorder), [...together, ...plain]);

  // Two pages: what is recorded in a day, which is what is asked for else, fills one only.
  const lastDays: Query = [["since", new Date(sandbox.clock.now() - week).toISOString()]];
  await readKind(connect(sandbox, recorder), "audit/records", lastDays);
  await open(sandbox, recorder).changes(sandbox.clock.now() - week);
  await readRefused(sandbox, recorder, plain);
  return recorder.exchanges;
}

/** What a token may not see, and one that nobody knows. */
async function readRefused(
  sandbox: Sandbox,
  recorder: Recorder,
  resources: readonly Resource[],
): Promise<void> {
  sandbox.configure({ refused: { log_entries: 403, users: 403, teams: 402, analytics: 403 } });
  await open(sandbox, recorder).changes(sandbox.clock.now() - week);
  const source = open(sandbox, recorder);
  for (const refused of resources.filter(({ kind }) => ["users", "teams"].includes(kind))) {
    for await (const item of source.pages([refused])) void item;
  }
  const services = await parseResources([{ kind: "services", selector: {} }]);
  for await (const item of source.pages(services)) void item;
  const unknown = open(sandbox, recorder, "nobodys-token").pages(services);
  await unknown.next().catch((error: unknown) => {
    if (!(error instanceof HttpError)) throw error;
  });
}

function connect(sandbox: Sandbox, recorder: Recorder, token = sandbox.token): PagerDutyClient {
  return connectSandboxPagerDuty(sandbox, { apiUrl: recorder.url, token });
}

function open(sandbox: Sandbox, recorder: Recorder, token?: string): Source {
  const clock = { ...testClock, now: () => sandbox.clock.now() };
  const client = connect(sandbox, recorder, token);
  return openSource({ client, clock, cache: createMemoryCache() });
}

async function parseResources(
  resources: readonly { readonly kind: string; readonly selector: object }[],
): Promise<readonly Resource[]> {
  const mappings = { identifier: ".id", blueprint: '"record"' };
  const { resources: parsed } = await parseMapping(
    JSON.stringify({
      resources: resources.map(({ kind, selector }) => ({
        kind,
        selector: { query: "true", ...selector },
        port: { entity: { mappings } },
      })),
    }),
  );
  return parsed;
}

async function readAll(source: Source, resources: readonly Resource[]): Promise<void> {
  for (const ofKind of Map.groupBy(resources, ({ kind }) => kind).values()) {
    await source.estimate(ofKind);
    for await (const item of source.pages(ofKind)) {
      if (item.type === "page") continue;
      for (const { completion } of item.outcomes.values()) {
        if (completion.state !== "complete") {
          throw new Error(`${item.kind} is ${completion.state}: ${JSON.stringify(completion)}`);
        }
      }
    }
  }
}

/** Reads objects by their ids: one, one that there is not, and of incidents as many as a delta has. */
async function readSingles(
  sandbox: Sandbox,
  source: Source,
  resources: readonly Resource[],
): Promise<void> {
  for (const [kind, ofKind] of Map.groupBy(resources, (resource) => resource.kind)) {
    const { isReadById, wrapper, path } = findKind(kind);
    if (!isReadById) continue;
    const rows =
      servedBySandbox.has(kind) && kind !== "log_entries"
        ? await sandbox.pagerduty.list(path, wrapper)
        : [{ id: "MADEUP1" }];
    await source.readObject(ofKind, String(rows[0]?.["id"]));
    await source.readObject(ofKind, "PNOTHERE");
  }
  const incidents = [...sandbox.pagerduty.allIncidents()].map(({ id }) => id);
  const ofIncidents = resources.filter(({ kind }) => kind === "incidents");
  await source.readObjects(ofIncidents, incidents.slice(-60));
}

/** A list of 150 rows, or one of them, of a kind that the sandbox does not have. */
function makeUpList(request: Request): Response | undefined {
  const { pathname, searchParams } = new URL(request.url);
  const asked = pathname.slice(1);
  const name =
    kindNames.find((kind) => kind === asked) ??
    kindNames.find((kind) => kind === asked.slice(0, asked.lastIndexOf("/")));
  if (name === undefined || servedBySandbox.has(name)) return undefined;
  const { wrapper, paging } = findKind(name);
  if (asked !== name) return Response.json({ [name.replace(/s$/, "")]: { id: "MADEUP1" } });
  const rows = Array.from({ length: 150 }, (_, place) => ({ id: `MADEUP${place}` }));
  if (paging.by === "nothing") return Response.json({ [wrapper]: rows });
  if (paging.by === "cursor") {
    const isSecond = searchParams.has(paging.parameter);
    const page = isSecond ? rows.slice(100) : rows.slice(0, 100);
    return Response.json({ [wrapper]: page, [paging.field]: isSecond ? null : "mark" });
  }
  const offset = Number(searchParams.get("offset") ?? 0);
  const limit = Number(searchParams.get("limit") ?? 25);
  const page = rows.slice(offset, offset + limit);
  const more = offset + limit < rows.length;
  return Response.json({ [wrapper]: page, offset, limit, more, total: rows.length });
}
