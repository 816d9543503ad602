import { expect, test } from "bun:test";
import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import type { PagerDutyClient, PortClient, PortRequest, Store } from "@pagerport/core";
import { putBlueprints } from "../support/blueprints.ts";
import { connectSandboxPagerDuty, connectSandboxPort } from "../support/connect-sandbox.ts";
import { resyncSandbox, type SyncOptions } from "../support/resync-sandbox.ts";
import { followSandbox } from "../support/sandbox-clock.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";

const hour = 3_600_000;

interface Account extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly store: Store;
  /** Lets an hour pass and runs. */
  readonly run: (options?: SyncOptions) => ReturnType<typeof resyncSandbox>;
  /** Names of the services in Port. */
  readonly held: () => string[];
}

/** An account whose Port was filled by a first run. */
async function startAccount(options: SandboxOptions): Promise<Account> {
  const sandbox = await startSandbox({ now: "2026-03-02T00:30:00Z", ...options });
  putBlueprints(sandbox);
  const store = await openTestStore();
  const clock = followSandbox(sandbox);
  const run = (given: SyncOptions = {}): ReturnType<typeof resyncSandbox> => {
    sandbox.clock.advance(hour);
    return resyncSandbox(sandbox, { store, clock, ...given });
  };
  await run();
  return {
    sandbox,
    store,
    run,
    held: () => sandbox.port.entities("pagerdutyService").map(({ identifier }) => identifier),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

function countDeleted({ blueprints }: Awaited<ReturnType<typeof resyncSandbox>>): number {
  return blueprints.reduce((sum, { deleted }) => sum + deleted, 0);
}

/** A mapping of services, with the flags of a test. */
function mapServices(flags: Readonly<Record<string, unknown>> = {}): string {
  const mappings = {
    identifier: ".id",
    title: ".name",
    blueprint: '"pagerdutyService"',
    properties: { status: ".status" },
  };
  const selector = { query: "true" };
  return JSON.stringify({
    ...flags,
    resources: [{ kind: "services", selector, port: { entity: { mappings } } }],
  });
}

test("a list that is empty once takes nothing, of few entities either (F1)", async () => {
  await using account = await startAccount({ services: 15, schedules: 2, users: 6, incidents: 0 });
  const { sandbox, run, held } = account;
  const mapping = mapServices();
  await run({ mapping });
  const client = connectSandboxPagerDuty(sandbox, { clock: followSandbox(sandbox) });
  const pagerDuty: PagerDutyClient = {
    ask: (...request) => client.ask(...request),
    get: async (path, ...rest) => {
      const answer = await client.get(path, ...rest);
      const empty = { services: [], limit: 100, offset: 0, more: false, total: 0 };
      return path === "/services" ? { ...answer, body: empty } : answer;
    },
  };
  for (let again = 0; again < 3; again += 1) {
    const report = await run({ mapping, pagerDuty });
    expect(countDeleted(report)).toBe(0);
    // A person is told.
    expect(report.unfinished).not.toEqual([]);
  }
  expect(held()).toHaveLength(15);
});

test("a service that is gone, and that incidents name which stay, does not stay active (F3)", async () => {
  await using account = await startAccount({ services: 5, users: 6, schedules: 1, incidents: 40 });
  const { sandbox, run } = account;
  const [incident] = sandbox.port.entities("pagerdutyIncident");
  const id = String(incident?.relations["pagerdutyService"]);
  expect(sandbox.port.entity("pagerdutyService", id)?.properties["status"]).toBe("active");
  sandbox.pagerduty.deleteService(id);
  await run();
  sandbox.clock.advance(60 * 24 * hour);
  await run();
  const left = sandbox.port.entity("pagerdutyService", id);
  expect(left?.properties["status"]).not.toBe("active");
  expect(left?.properties["oncall"] ?? "").toBe("");
  // What names it is not touched.
  const name = { blueprint: "pagerdutyIncident", identifier: String(incident?.identifier) };
  const still = sandbox.port.entity(name.blueprint, name.identifier);
  expect(still?.relations["pagerdutyService"]).toBe(id);
});

/** A blueprint of a person's, each of whose entities requires a service. */
const noteBlueprint = {
  identifier: "note",
  title: "Note",
  schema: { properties: {}, required: [] },
  relations: {
    service: { title: "Service", target: "pagerdutyService", required: true, many: false },
  },
};

test.each([true, false])(
  "a person's entity that requires a service stays, where deleteDependentEntities is %p (F4)",
  async (deleteDependentEntities) => {
    await using account = await startAccount({
      services: 15,
      users: 6,
      schedules: 1,
      incidents: 0,
    });
    const { sandbox, run, held } = account;
    const mapping = mapServices({ deleteDependentEntities, createMissingRelatedEntities: false });
    const [id = ""] = held();
    sandbox.port.putBlueprint(noteBlueprint);
    sandbox.port.editEntity("note", "by-hand", { relations: { service: id } });
    await run({ mapping });
    sandbox.pagerduty.deleteService(id);
    const report = await run({ mapping });
    expect(sandbox.port.entity("note", "by-hand")).toBeDefined();
    expect(held()).toContain(id);
    expect(report.unfinished).not.toEqual([]);
  },
);

test("what Port's search does not find though Port lists it is no deletion (F5)", async () => {
  await using account = await startAccount({ services: 15, users: 6, schedules: 1, incidents: 0 });
  const { sandbox, run, held } = account;
  const mapping = mapServices();
  await run({ mapping });
  const [id = ""] = held();
  sandbox.pagerduty.deleteService(id);
  const client = connectSandboxPort(sandbox, { clock: followSandbox(sandbox) });
  const port: PortClient = {
    send: async (request) => {
      const answer = await client.send(request);
      if (!isSearchFor(request, id)) return answer;
      return { ...answer, body: { ...answer.body, entities: [] } };
    },
  };
  expect(countDeleted(await run({ mapping, port }))).toBe(0);
  expect(held()).toContain(id);
  // Once the search finds it again, it goes.
  expect(countDeleted(await run({ mapping }))).toBe(1);
  expect(held()).not.toContain(id);
});

function isSearchFor({ path, body }: PortRequest, id: string): boolean {
  return path.includes("search") && JSON.stringify(body ?? {}).includes(`"${id}"`);
}
