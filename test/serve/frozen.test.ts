import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { loadStoreSettings, openStore, readBacklog, type Sql, type Store } from "@pagerport/core";
import { signWebhook } from "@pagerport/core/testing";
import { createPostgresDatabase } from "../../packages/core/src/testing/test-postgres.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { putBlueprints } from "../support/blueprints.ts";
import { withPreload } from "../support/child-process.ts";
import { freezeProcess, thawProcess } from "../support/freeze-process.ts";
import { startHostProxy } from "../support/host-proxy.ts";
import { runCli } from "../support/run-cli.ts";
import { serverEnvironment, type ServerProcess, startServer } from "../support/run-server.ts";
import { runtimes } from "../support/runtimes.ts";
import { bySize, isLong } from "../support/size.ts";

const secret = "hush";
/** Milliseconds for which a process is stopped: longer than a claim lasts. */
const standstill = 31_000;
/** Milliseconds of the machine; nothing is awaited so long but where something is broken. */
const timeout = bySize({ short: 60_000, long: 180_000 });

/** One request for each reading of an incident, and one for each writing of it. */
const mapping = `
resources:
  - kind: incidents
    selector: { query: "true" }
    port:
      entity:
        mappings:
          identifier: .id
          title: .title
          blueprint: '"pagerdutyIncident"'
          properties: { status: .status }
`;

/** What happens at the place where a process is stopped. */
interface Place {
  /** `read`: the object is read, and its answer on the way. `write`: the write is on its way. */
  readonly at: "read" | "write";
}

interface Written {
  readonly identifier: string;
  readonly title: string;
}

/** Servers of one store, one of which is stopped at a place. */
class Scene implements AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly folder: TemporaryFolder;
  readonly place: Place;
  readonly id: string;
  readonly key: string;
  readonly servers: ServerProcess[] = [];
  /** As the servers have it, whose way to both hosts leads through the test. */
  env: Record<string, string> = {};
  /** Titles of the incident that were sent to Port, in their order. */
  readonly written: string[] = [];
  readonly #stack = new AsyncDisposableStack();
  readonly #frozen = Promise.withResolvers<void>();
  #store: Store | undefined;
  #held: ServerProcess | undefined;
  #holding: PromiseWithResolvers<void> | undefined;

  private constructor(sandbox: Sandbox, folder: TemporaryFolder, place: Place) {
    this.sandbox = sandbox;
    this.folder = folder;
    this.place = place;
    const [incident] = [...sandbox.pagerduty.allIncidents()];
    this.id = String(incident?.id);
    this.key = `incidents/${this.id}`;
    this.#stack.defer(() => folder[Symbol.dispose]());
    this.#stack.use(sandbox);
  }

  static async create(place: Place, databaseUrl?: string): Promise<Scene> {
    const folder = new TemporaryFolder();
    const sandbox = await startSandbox({ services: 2, incidents: 5, schedules: 1, users: 2 });
    putBlueprints(sandbox);
    await Bun.write(folder.file("mapping.yaml"), mapping);
    const scene = new Scene(sandbox, folder, place);
    const isRead = (path: string): boolean => place.at === "read" && path.includes(scene.id);
    const pagerDuty = startHostProxy({
      target: sandbox.pagerDutyUrl,
      onAnswer: ({ path }) => (isRead(path) ? scene.#hold() : undefined),
    });
    const port = startHostProxy({
      target: sandbox.portUrl,
      onRequest({ path, body }) {
        if (!path.includes("/entities/bulk")) return undefined;
        const { entities = [] } = JSON.parse(body) as { entities?: Written[] };
        const own = entities.filter(({ identifier }) => identifier === scene.id);
        scene.written.push(...own.map(({ title }) => title));
        return place.at === "write" ? scene.#hold() : undefined;
      },
    });
    scene.#stack.use(pagerDuty);
    scene.#stack.use(port);
    scene.env = {
      ...serverEnvironment(sandbox, secret),
      PD_API_URL: pagerDuty.url,
      PORT_BASE_URL: port.url,
      PAGERPORT_EVENT_LISTENER: "WEBHOOKS_ONLY",
      PAGERPORT_MAPPING_FILE: folder.file("mapping.yaml"),
      ...(databaseUrl === undefined
        ? { PAGERPORT_STATE_DIR: folder.file("state") }
        : { PAGERPORT_DATABASE_URL: databaseUrl, PAGERPORT_STATE_DIR: "/proc/nowhere" }),
    };
    const settings = loadStoreSettings({ environment: scene.env }, folder.path);
    scene.#store = scene.#stack.use(await openStore(settings));
    return scene;
  }

  get sql(): Sql {
    if (this.#store === undefined) throw new Error("It is not open yet");
    return this.#store.sql;
  }

  get title(): unknown {
    return this.sandbox.port.entity("pagerdutyIncident", this.id)?.title;
  }

  /** Starts a server, and waits for what it does by itself. */
  async start(runtime: readonly string[]): Promise<ServerProcess> {
    const { env, folder } = this;
    const server = await startServer({
      cwd: folder.path,
      env: {
        ...env,
        PAGERPORT_TEST_LEAP: folder.file(`leap-${this.servers.length}`),
        PAGERPORT_TEST_LEAP_BY: String(isLong ? 0 : standstill),
      },
      runtime: withPreload(runtime, "leap-time.ts"),
    });
    this.servers.push(server);
    this.#stack.defer(() => server.kill("SIGKILL"));
    await server.waitFor(/^Resync ended/);
    return server;
  }

  /** Has a server work on an object, and resolves when it was stopped at the place, for as long as a claim lasts. */
  async freeze(server: ServerProcess): Promise<void> {
    this.#held = server;
    await this.change("Old", server);
    await this.#frozen.promise;
    if (isLong) await Bun.sleep(standstill);
  }

  async #hold(): Promise<void> {
    // Whoever comes later goes through.
    if (this.#held === undefined || this.#holding !== undefined) return;
    this.#holding = Promise.withResolvers();
    if (isLong) process.kill(this.#held.pid, "SIGSTOP");
    else await freezeProcess(this.sql, this.#held.pid);
    this.#frozen.resolve();
    await this.#holding.promise;
  }

  /** The title is another from here on, and a server is told. */
  async change(title: string, server: ServerProcess): Promise<void> {
    this.sandbox.pagerduty.changeObject(this.id, { title });
    const data = { id: this.id, type: "incident" };
    const event = { id: `event ${title}`, event_type: "incident.priority_updated", data };
    const body = JSON.stringify({ event });
    const headers = {
      "content-type": "application/json",
      "x-pagerduty-signature": signWebhook(body, secret),
    };
    const answer = await fetch(`${server.url}/webhook`, { method: "POST", headers, body });
    expect(answer.status).toBe(202);
  }

  /** So much time has passed as a claim lasts: what was on its way arrives, and the server goes on. */
  async thaw(server: ServerProcess): Promise<void> {
    await Bun.write(this.folder.file(`leap-${this.servers.indexOf(server)}`), "");
    this.#holding?.resolve();
    // A write arrives while its sender still stands still.
    if (this.place.at === "write") while (this.title !== "Old") await Bun.sleep(5);
    thawProcess(server.pid);
  }

  async untilDrained(): Promise<void> {
    while ((await readBacklog(this.sql)).waiting > 0) await Bun.sleep(20);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

async function readMetric(server: ServerProcess, name: string): Promise<string | undefined> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return text
    .split("\n")
    .find((line) => line.startsWith(`${name} `))
    ?.slice(name.length + 1);
}

const metric = 'pagerport_lost_claims_total{work="event"}';

test.each(["Bun", "Node 24", "Deno"])(
  "pagerport serve that was stopped between reading and writing leaves a newer state alone, PostgreSQL, %s",
  async (name) => {
    await using scene = await Scene.create({ at: "read" }, await createPostgresDatabase());
    const runtime = runtimes[name] ?? [];
    const frozen = await scene.start(runtime);
    await scene.freeze(frozen);
    const alive = await scene.start(runtime);
    await scene.change("Newest", alive);
    await scene.untilDrained();
    expect(scene.title).toBe("Newest");
    const before = scene.written.length;
    await scene.thaw(frozen);
    const warning = await frozen.waitFor(/^The claim on .* was lost/);
    expect(scene.written.slice(before)).toEqual([]);
    expect(warning).toMatchObject({ level: "warning", work: "event", mayBeWritten: false });
    expect(warning.message).toContain(scene.key);
    expect(Number(warning["sinceRenewedMs"])).toBeGreaterThanOrEqual(standstill - 1000);
    expect(await readMetric(frozen, metric)).toBe("1");
    expect(await readMetric(alive, metric)).toBe("0");
    await scene.untilDrained();
    expect(scene.title).toBe("Newest");
    // It goes on working.
    await scene.change("Later", frozen);
    while (scene.title !== "Later") await Bun.sleep(20);
  },
  timeout,
);

test(
  "pagerport serve that was stopped while a write was on its way has its object read again, PostgreSQL",
  async () => {
    await using scene = await Scene.create({ at: "write" }, await createPostgresDatabase());
    const runtime = runtimes["Bun"] ?? [];
    const frozen = await scene.start(runtime);
    await scene.freeze(frozen);
    const alive = await scene.start(runtime);
    await scene.change("Newest", alive);
    await scene.untilDrained();
    expect(scene.title).toBe("Newest");
    // The old state arrives late.
    await scene.thaw(frozen);
    const warning = await frozen.waitFor(/^The claim on .* was lost/);
    expect(warning).toMatchObject({ level: "warning", work: "event", mayBeWritten: true });
    expect(warning.message).toContain("it is queued again");
    await scene.untilDrained();
    expect(scene.title).toBe("Newest");
    expect(await readMetric(frozen, metric)).toBe("1");
  },
  timeout,
);

test.each([{ at: "read" }, { at: "write" }] as const)(
  "pagerport serve that was stopped at a $at over its claim's end beside pagerport sync leaves the newer state in Port, SQLite",
  async (place) => {
    await using scene = await Scene.create(place);
    const frozen = await scene.start(runtimes["Bun"] ?? []);
    await scene.freeze(frozen);
    scene.sandbox.pagerduty.changeObject(scene.id, { title: "Newest" });
    const { code, stderr } = await runCli(["sync"], { cwd: scene.folder.path, env: scene.env });
    expect([code, stderr]).toEqual([0, stderr]);
    expect(scene.title).toBe("Newest");
    const before = scene.written.length;
    await scene.thaw(frozen);
    const warning = await frozen.waitFor(/^The claim on .* was lost/);
    expect(warning).toMatchObject({ work: "event", mayBeWritten: place.at === "write" });
    await scene.untilDrained();
    // The event still waits: once it has lost its claim, the server reads the object anew.
    expect(scene.written.slice(before).filter((title) => title !== "Newest")).toEqual([]);
    expect(scene.title).toBe("Newest");
    expect(await readMetric(frozen, metric)).toBe("1");
  },
  timeout,
);
