import { afterAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { startSandbox } from "@pagerport/cli/sandbox";
import { connectPagerDuty, listObjects } from "@pagerport/core";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { portEnvironment } from "../support/run-cli.ts";
import { endOptions, runtimes } from "../support/runtimes.ts";
import { machineTime } from "../support/child-process.ts";

/** Those that an example may be read for in a minute, the comment above it apart. */
const mostLines = 32;

const examples = `${import.meta.dir}/../../examples`;
const sandbox = await startSandbox({
  services: 4,
  incidents: 60,
  schedules: 2,
  users: 4,
  years: 1,
});
const work = new TemporaryFolder();
afterAll(async () => {
  await sandbox.close();
  work[Symbol.dispose]();
});

sandbox.port.putBlueprint({
  identifier: "tiered",
  title: "Tiered",
  schema: { properties: { tier: { type: "string" } } },
});
const { token, pagerDutyUrl: apiUrl } = sandbox;
const pagerDuty = connectPagerDuty({ token, apiUrl, requestsPerMinute: 0 });
const services = await Array.fromAsync(listObjects(pagerDuty, "services"));
const all = { apiQueryParams: { date_range: "all" } } as const;
const incidents = await Array.fromAsync(listObjects(pagerDuty, "incidents", { selector: all }));

const mapping = `resources:
  - kind: services
    selector: { query: "true" }
    port:
      entity:
        mappings:
          identifier: .id
          blueprint: '"tiered"'
          title: .name
          properties: { tier: .__tier }
`;
writeFileSync(work.file("mapping.yaml"), mapping);
writeFileSync(work.file("services.json"), JSON.stringify(services));
writeFileSync(
  work.file("tiers.json"),
  JSON.stringify(Object.fromEntries(services.map(({ name }) => [String(name), "gold"]))),
);

async function run(runtime: string, example: string, args: readonly string[] = []) {
  using folder = new TemporaryFolder();
  const child = Bun.spawn([...(runtimes[runtime] ?? []), `${examples}/${example}`, ...args], {
    cwd: folder.path,
    env: {
      ...machineTime(),
      PATH: process.env["PATH"] ?? "",
      HOME: work.path,
      ...portEnvironment(sandbox),
      PAGERPORT_INTEGRATION_IDENTIFIER: "example",
    },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

// Whatever runs in one is the same file.
const both = ["Bun", "Deno"];

test.each(both)(
  "incidents-to-csv.ts writes every incident of one service, on %s",
  async (runtime) => {
    const id = String(services[0]?.["id"]);
    const lines = (await run(runtime, "incidents-to-csv.ts", [id])).trimEnd().split("\n");
    const own = incidents.filter(({ service }) => (service as { id: string }).id === id);
    expect(own.length).toBeGreaterThan(0);
    expect(lines.length).toBe(own.length + 1);
    expect(lines[1]).toStartWith(`"${String(own[0]?.["incident_number"])}",`);
  },
  endOptions("Deno"),
);

test.each(both)(
  "map-file.ts makes entities of a file, on %s",
  async (runtime) => {
    const args = [work.file("mapping.yaml"), "services", work.file("services.json")];
    const entities = (await run(runtime, "map-file.ts", args)).trimEnd().split("\n");
    expect(entities.map((line) => (JSON.parse(line) as { identifier: string }).identifier)).toEqual(
      services.map(({ id }) => String(id)),
    );
  },
  endOptions("Deno"),
);

test.each(both)(
  "sync-with-own-data.ts brings what only its user knows to Port, on %s",
  async (runtime) => {
    const args = [work.file("mapping.yaml"), work.file("tiers.json")];
    expect(await run(runtime, "sync-with-own-data.ts", args)).toBe("done\n");
    const written = sandbox.port.entities("tiered");
    expect(written.map(({ properties }) => properties["tier"])).toEqual(services.map(() => "gold"));
  },
  endOptions("Deno"),
);

test.each(both)(
  "custom-sink.ts takes the whole history, on %s",
  async (runtime) => {
    const counts = JSON.parse(await run(runtime, "custom-sink.ts")) as Record<string, number>;
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(incidents.length);
  },
  endOptions("Deno"),
);

test("no example is longer than one can see at once", () => {
  for (const name of readdirSync(examples).filter((one) => one.endsWith(".ts"))) {
    const code = readFileSync(`${examples}/${name}`, "utf8").replace(/^\/\*\*.*?\*\/\n/s, "");
    expect({ name, lines: code.trimEnd().split("\n").length <= mostLines }).toEqual({
      name,
      lines: true,
    });
  }
});
