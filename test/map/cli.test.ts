import { expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { runtimes } from "../support/runtimes.ts";
import { runCli } from "../support/run-cli.ts";
import { runHere } from "../support/run-here.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";

const folder = mkdtempSync(`${tmpdir()}/pagerport-map-`);
const golden = `${import.meta.dir}/../golden`;
const defaults = `${import.meta.dir}/../../packages/core/defaults`;

function run(...args: string[]) {
  return runHere(args, { cwd: folder });
}

function write(name: string, content: unknown): string {
  writeFileSync(
    `${folder}/${name}`,
    typeof content === "string" ? content : JSON.stringify(content),
  );
  return name;
}

const mapping = write(
  "mapping.yaml",
  `
resources:
  - kind: users
    selector:
      query: .id != "skip"
    port:
      entity:
        mappings:
          identifier: .id
          blueprint: '"user"'
          properties:
            name: .name | ascii_upcase
            initials: '[.name | splits(" ") | .[0:1]] | join("")'
`,
);

const users = [
  { id: "P1", name: "Ana Ivanova" },
  { id: "skip", name: "x" },
  { id: "P2", name: null },
];

test("pagerport map prints entities on stdout, problems on stderr, and exits with 3", async () => {
  const input = write("users.json", users);
  const { code, stdout, stderr } = await runCli(
    ["map", "--mapping", mapping, "--kind", "users", "--input", input],
    { cwd: folder },
  );
  expect(
    stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([
    {
      identifier: "P1",
      blueprint: "user",
      properties: { name: "ANA IVANOVA", initials: "AI" },
      relations: {},
    },
    {
      identifier: "P2",
      blueprint: "user",
      properties: { name: null, initials: null },
      relations: {},
    },
  ]);
  expect(stderr.split("\n")).toEqual([
    "users P2: properties.name: explode input must be a string",
    "users P2: properties.initials: null (null) cannot be matched, as it is not a string",
    "3 objects, 2 entities, 2 problems",
    "",
  ]);
  expect(code).toBe(3);
});

test.each([
  ["an object", JSON.stringify(users[0]), 1],
  ["an array", JSON.stringify(users.slice(0, 1)), 1],
  [
    "one object a line",
    users
      .slice(0, 2)
      .map((one) => JSON.stringify(one))
      .join("\n\n"),
    1,
  ],
  ["nothing", "[]", 0],
])("pagerport map takes %s", async (_, text, entities) => {
  const input = write("input.json", text);
  const { code, stdout } = await run(
    "map",
    "--mapping",
    mapping,
    "--kind",
    "users",
    "--input",
    input,
    "--json",
  );
  expect(JSON.parse(stdout)).toMatchObject({ problems: [] });
  expect((JSON.parse(stdout) as { entities: object[] }).entities).toHaveLength(entities);
  expect(code).toBe(0);
});

test("pagerport map --explain tells who evaluates what, and maps nothing", async () => {
  const { code, stdout } = await run("map", "--mapping", mapping, "--explain");
  expect(
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.replaceAll(/ {2,}/g, " | ")),
  ).toEqual([
    'users[0] | selector.query | native | .id != "skip"',
    "users[0] | identifier | native | .id",
    'users[0] | blueprint | literal | "user"',
    "users[0] | properties.name | native | .name | ascii_upcase",
    'users[0] | properties.initials | jq | [.name | splits(" ") | .[0:1]] | join("")',
  ]);
  expect(code).toBe(0);
});

test("pagerport map --webhook-config applies Port's own format", async () => {
  const { code, stdout } = await run(
    "map",
    "--webhook-config",
    `${defaults}/guide/webhook-mapper.json`,
    "--input",
    `${golden}/guide/webhook-event.json`,
  );
  expect(JSON.parse(stdout)).toMatchObject({
    identifier: "Q01J2OS7YBWLNY",
    blueprint: "pagerdutyIncident",
  });
  expect(code).toBe(0);
});

test.each([
  [["map", "--mapping", "none.yaml", "--kind", "users"], "Cannot read none.yaml"],
  [["map", "--mapping", mapping], "--kind is missing; the mapping has users"],
  [["map", "--mapping", mapping, "--kind", "teams"], "no resource of kind teams; it has users"],
  [
    ["map", "--mapping", mapping, "--kind", "users", "--input", write("bad.json", "{\n")],
    "bad.json is not JSON",
  ],
  [
    [
      "map",
      "--mapping",
      mapping,
      "--kind",
      "users",
      "--input",
      write("bad.ndjson", '{"id":1}\n{"id":}\n'),
    ],
    "bad.ndjson:2: not JSON",
  ],
  [
    ["map", "--mapping", mapping, "--kind", "users", "--input", write("number.json", "[1]")],
    "value 1 is not a JSON object",
  ],
  [
    ["map", "--mapping", `${golden}/mistakes/jq-syntax.yaml`, "--kind", "services"],
    "not valid jq: syntax error",
  ],
  [["map", "--webhook-config", mapping, "--kind", "users"], "--webhook-config goes with"],
  [["map", "--explian"], "--explain"],
  [["validate"], "missing required argument 'file'"],
] as const)("pagerport %j exits with 2 and says why", async (args, message) => {
  const { code, stdout, stderr } = await run(...args);
  expect(stderr).toContain(message);
  expect(stdout).toBe("");
  expect(code).toBe(2);
});

test("pagerport validate tells every mistake with its place and exits with 2", async () => {
  const file = `${golden}/mistakes/kind-singular.yaml`;
  const { code, stdout, stderr } = await run("validate", file);
  expect(stderr.split("\n")).toEqual([
    `${file}:2:11: resources[0].kind: "service" is not a list of PagerDuty; did you mean services?`,
    `${file}:5:7: resources[0].selector.serviceAnalitics: unknown key; did you mean serviceAnalytics?`,
    "2 mistakes",
    "",
  ]);
  expect([code, stdout]).toEqual([2, ""]);
  const asJson = await run("validate", "--json", file);
  expect(JSON.parse(asJson.stdout)).toMatchObject({
    valid: false,
    mistakes: [
      { line: 2, column: 11 },
      { line: 5, column: 7 },
    ],
  });
  expect(asJson.code).toBe(2);
});

test("pagerport validate exits with 0 for what is valid, in either format", async () => {
  expect((await run("validate", mapping)).code).toBe(0);
  expect(JSON.parse((await run("validate", "--json", mapping)).stdout)).toEqual({
    valid: true,
    mistakes: [],
  });
  const config = `${defaults}/guide/webhook-history-mapper.json`;
  expect((await run("validate", "--webhook-config", config)).code).toBe(0);
});

test.each(Object.entries(runtimes))(
  "an orphaned jq process ends by itself on %s",
  async (_, command) => {
    const child = Bun.spawn([...command, `${import.meta.dir}/../runtimes/orphan.ts`], {
      stdout: "pipe",
      stderr: "ignore",
    });
    const jqProcess = Number(await new Response(child.stdout).text());
    await child.exited;
    expect(jqProcess).toBeGreaterThan(0);
    const deadline = testClock.now() + 20_000;
    while (isRunning(jqProcess) && testClock.now() < deadline) await Bun.sleep(50);
    expect(isRunning(jqProcess)).toBe(false);
  },
);

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // Ended, but not yet collected by whoever adopted it, counts as ended.
  const { stdout } = Bun.spawnSync(["ps", "-o", "stat=", "-p", String(pid)]);
  return !stdout.toString().trim().startsWith("Z") && stdout.toString().trim() !== "";
}
