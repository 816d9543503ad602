/** What a command line that is packed in some way has to do wherever it is run: checks beside the tests. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

/** A way to run the packed `pagerport`. */
export interface PackedCommand {
  /** For the report. */
  readonly name: string;
  /** What comes before the arguments of `pagerport`. */
  readonly command: readonly string[];
  /** The folder it runs in, as this process sees it. */
  readonly folder: string;
  /** What that folder is called for the command, where its root is another one. */
  readonly inside?: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Incidents of the built-in account before 2024; what an import of them has to write. */
const until = "2024-01-01";

/** One native field, one that only jq can do, and one that never ends. */
const mapping = `resources:
  - kind: services
    selector: { query: "true" }
    port:
      entity:
        mappings:
          identifier: .id
          title: .name | gsub("a"; "o")
          blueprint: '"service"'
`;
const endless = mapping.replace('.name | gsub("a"; "o")', "last(repeat(.))");
/** Needs the zones, which are loaded only when one is asked for. */
const zoned = mapping
  .replace("kind: services", "kind: incidents")
  .replace('"true"', '"true", apiQueryParams: { time_zone: Europe/Berlin }');
const wrong = mapping.replace("selector:", "selektor:");

/** Tries `--version`, `--help`, `validate`, `map` and `import --sandbox`. @throws Error naming what differs */
export async function tryCommandLine(packed: PackedCommand, version: string): Promise<void> {
  const startedAt = performance.now();
  const { folder, inside = folder } = packed;
  await mkdir(folder, { recursive: true });
  const files = {
    "mapping.yaml": mapping,
    "endless.yaml": endless,
    "wrong.yaml": wrong,
    "zoned.yaml": zoned,
  };
  for (const [name, text] of Object.entries(files)) await Bun.write(join(folder, name), text);
  await Bun.write(join(folder, "service.json"), '{"id":"P1","name":"banana"}');
  const path = (name: string): string => join(inside, name);
  const map = (name: string): string[] =>
    ["map", "--kind", "services", "--mapping", path(name), "--input"].concat(path("service.json"));

  await expectRun(packed, ["--version"], { code: 0, stdout: `${version}\n` });
  await expectRun(packed, ["sync", "--help"], { code: 0, stdout: "Usage: pagerport sync" });
  await expectRun(packed, ["validate", path("mapping.yaml")], { code: 0, stderr: "is valid" });
  await expectRun(packed, ["validate", path("zoned.yaml")], { code: 0, stderr: "is valid" });
  await expectRun(packed, ["validate", path("wrong.yaml")], { code: 2, stderr: "selector" });
  await expectRun(packed, map("mapping.yaml"), { code: 0, stdout: '"title":"bonono"' });
  await expectRun(packed, map("endless.yaml"), { code: 3, stderr: "1 problems" });
  const output = ["--output", path("output.json")];
  const args = ["import", "--sandbox", "--fresh", "--until", until, ...output];
  await expectRun(packed, args, { code: 0, stderr: "Delivered 40 services and" });
  const lines = (await Bun.file(join(folder, "output.json")).text()).trim().split("\n");
  if (new Set(lines).size !== lines.length || lines.length < 40) {
    throw new Error(`${packed.name}: output.json has ${lines.length} lines`);
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stderr.write(`ok: ${packed.name}: ${lines.length} objects, all in ${seconds} s\n`);
}

interface Expected {
  readonly code: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

async function expectRun(
  { name, command, folder, env }: PackedCommand,
  args: readonly string[],
  expected: Expected,
): Promise<void> {
  const child = Bun.spawn([...command, ...args], {
    cwd: folder,
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const { stdout: data = "", stderr: told = "" } = expected;
  if (code === expected.code && stdout.includes(data) && stderr.includes(told)) return;
  throw new Error(
    `${name}: pagerport ${args.join(" ")}\nexit ${code} instead of ${expected.code}\n${stdout}\n${stderr}`,
  );
}
