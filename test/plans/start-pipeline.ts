import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { createPostgresDatabase } from "../../packages/core/src/testing/test-postgres.ts";
import { putBlueprints } from "../support/blueprints.ts";
import { portEnvironment, runCli } from "../support/run-cli.ts";

const account = {
  services: 15,
  incidents: 0,
  users: 6,
  schedules: 2,
  now: "2026-06-30T12:00:00Z",
} as const;
/** Milliseconds. */
export const hour = 3_600_000;

/** An account of which eight services are gone, after three runs. */
export async function startPipeline(environment: Record<string, string> = {}, gone = 8) {
  const sandbox = await startSandbox(account);
  putBlueprints(sandbox);
  const folder = new TemporaryFolder();
  const env = {
    ...portEnvironment(sandbox),
    PAGERPORT_STATE_DIR: folder.file("state"),
    ...environment,
  };
  const run = (...args: string[]) => {
    sandbox.clock.advance(hour);
    return runCli(args, { cwd: folder.path, env });
  };
  const ids = [...sandbox.pagerduty.allServices()].map(({ id }) => id);
  const lose = (lost: readonly string[]): void =>
    sandbox.configure({ unlisted: lost, missing: lost });
  const lost = ids.slice(0, gone);
  return {
    sandbox,
    folder,
    env,
    run,
    lose,
    ids,
    lost,
    async loseSome() {
      const codes = [(await run("sync")).code];
      lose(lost);
      await run("sync");
      codes.push((await run("sync")).code);
      if (codes.join() !== "0,3") throw new Error(`The runs ended with ${codes.join()}`);
    },
    countServices: () =>
      [...sandbox.port.entities()].filter(({ blueprint }) => blueprint === "pagerdutyService")
        .length,
    async [Symbol.asyncDispose]() {
      await sandbox[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** Where the store of a process may be, as its environment says it. */
export const storeEnvironments: readonly (readonly [
  string,
  () => Promise<Record<string, string>>,
])[] = [
  ["SQLite", () => Promise.resolve({})],
  ["PostgreSQL", async () => ({ PAGERPORT_DATABASE_URL: await createPostgresDatabase() })],
];
