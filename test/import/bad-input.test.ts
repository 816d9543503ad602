import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { main, runCli, sandboxEnvironment, startCli } from "../support/run-cli.ts";
import { runHere } from "../support/run-here.ts";
import { createFolder, readOutput } from "../support/run-import.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const settings = { PD_TOKEN: "secret-token", PORT_URL: "https://ingest.example.com/secret-key" };

interface Mistake {
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  readonly says: readonly string[];
}

const mistakes: readonly Mistake[] = [
  { args: [], env: {}, says: ["PD_TOKEN is not set"] },
  { args: [], env: { PD_TOKEN: "" }, says: ["PD_TOKEN is not set"] },
  { args: [], env: { PD_TOKEN: "t" }, says: ["PORT_URL is not set", "--no-port"] },
  { args: [], env: { PD_TOKEN: "t", PORT_URL: "ingest" }, says: ["PORT_URL must be a URL"] },
  {
    args: ["--api-url", "api.pagerduty.com"],
    says: ["--api-url must be a URL", "'api.pagerduty.com'"],
  },
  { args: ["--since", "yesterday"], says: ["--since must be a date", "'yesterday'"] },
  { args: ["--until", "2026-02-31"], says: ["--until must be a date", "'2026-02-31'"] },
  { args: ["--since", "2026-01-01T10:00:00"], says: ["--since must be a date", "with a zone"] },
  {
    args: ["--since", "2026-02-01", "--until", "2026-01-01"],
    says: ["--since must be before --until", "2026-02-01 is not before 2026-01-01"],
  },
  { args: ["--kinds", "incident"], says: ["no kind 'incident'", "Did you mean incidents?"] },
  { args: ["--kinds", "teams"], says: ["no kind 'teams'", "services and incidents"] },
  { args: ["--sandbx"], says: ["unknown option '--sandbx'", "Did you mean --sandbox?"] },
  { args: ["--output", "-", "--json"], says: ["--output - and --json"] },
  { args: ["--output", ""], says: ["--output must be the name of a file"] },
  { args: ["--output", "."], says: ["--output must be the name of a file", "'.'"] },
  { args: ["--rate-budget", "2"], says: ["--rate-budget must be a number from 0.01 to 1", "'2'"] },
  { args: ["--config", "nowhere.yaml"], says: ["Cannot read", "nowhere.yaml"] },
  { args: [], env: { PD_TOKEN_FILE: "/nowhere" }, says: ["PD_TOKEN_FILE", "cannot be read"] },
  { args: ["incidents"], says: ["too many arguments"] },
];

for (const { args, env = settings, says } of mistakes) {
  test(`import ${args.join(" ")} with ${Object.keys(env).join(", ") || "no settings"} exits 2`, async () => {
    using folder = createFolder();
    const result = await runHere(["import", ...args], { cwd: folder.path, env });
    for (const text of says) expect(result.stderr).toContain(text);
    expect(result.stderr).not.toContain("secret-");
    expect(result.code).toBe(2);
    expect(result.stdout).toBe("");
  });
}

test("import names file, line and column of mistakes in pagerport.yaml", async () => {
  using folder = createFolder();
  writeFileSync(
    join(folder.path, "pagerport.yaml"),
    "rateBudgt: 0.5\npagerDutyToken: abc\nrequestsPerMinute: many\n",
  );
  const result = await runHere(["import"], { cwd: folder.path, env: settings });
  expect(result.code).toBe(2);
  expect(result.stderr).toContain("pagerport.yaml:1:1: there is no setting 'rateBudgt'");
  expect(result.stderr).toContain("Did you mean rateBudget?");
  expect(result.stderr).toContain("pagerport.yaml:2:1: pagerDutyToken is a secret");
  expect(result.stderr).not.toContain("abc");
});

test("import with a wrong token exits 4 at the first answer and names the setting", async () => {
  await using sandbox = await startSandbox({ incidents: 100 });
  using folder = createFolder();
  const result = await runCli(["import"], {
    cwd: folder.path,
    env: { ...sandboxEnvironment(sandbox), PD_TOKEN: "wrong-token" },
  });
  expect(result.code).toBe(4);
  expect(sandbox.requests.pagerduty.total).toBe(1);
  expect(result.stderr).toContain("PD_TOKEN");
  expect(result.stderr).toContain("PD_API_URL");
  expect(result.stderr).not.toContain("wrong-token");
  expect(sandbox.requests.ingest.total).toBe(0);
});

test("import works with a read-only token and with a team's token", async () => {
  await using sandbox = await startSandbox({ incidents: 500 });
  for (const token of [sandbox.readOnlyToken, sandbox.teamToken]) {
    using folder = createFolder();
    const result = await runHere(["import"], {
      cwd: folder.path,
      env: { ...sandboxEnvironment(sandbox), PD_TOKEN: token },
    });
    expect(result.code).toBe(0);
    expect(readOutput(folder.path).length).toBeGreaterThan(10);
  }
});

test("import of another account or range never mixes with what is there", async () => {
  await using sandbox = await startSandbox({ incidents: 300 });
  await using other = await startSandbox({ incidents: 300, seed: "other" });
  using folder = createFolder();
  const options = { cwd: folder.path, env: sandboxEnvironment(sandbox) };
  expect((await runHere(["import"], options)).code).toBe(0);

  const otherRange = await runHere(["import", "--since", "2026-01-01"], options);
  expect(otherRange.code).toBe(2);
  expect(otherRange.stderr).toContain("--since (then none, now 2026-01-01)");
  expect(otherRange.stderr).toContain("--fresh");

  // The same settings, but a token that opens another account.
  const port = new URL(sandbox.pagerDutyUrl).port;
  await sandbox.close();
  await using impostor = await startSandbox({ incidents: 300, seed: "other", port: Number(port) });
  const otherAccount = await runHere(["import"], options);
  expect(otherAccount.code).toBe(2);
  expect(otherAccount.stderr).toContain("another PagerDuty account");
  expect(impostor.requests.ingest.total + other.requests.ingest.total).toBe(0);
  expect(readOutput(folder.path)).toHaveLength(340);
});

test("import never overwrites a file that is not its own", async () => {
  await using sandbox = await startSandbox({ incidents: 10 });
  using folder = createFolder();
  writeFileSync(join(folder.path, "output.json"), "mine\n");
  const options = { cwd: folder.path, env: sandboxEnvironment(sandbox) };
  for (const args of [["import"], ["import", "--sandbox", "--fresh"]]) {
    const result = await runHere(args, options);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("--fresh");
  }
  expect((await runHere(["import", "--fresh"], options)).code).toBe(0);
  expect(readOutput(folder.path)).toHaveLength(50);
});

test("import in a folder where one runs exits 2 and names it", async () => {
  await using sandbox = await startSandbox({
    incidents: 3000,
    ingest: { latency: { minMs: 20, maxMs: 30 } },
  });
  using folder = createFolder();
  const options = { cwd: folder.path, env: sandboxEnvironment(sandbox) };
  const first = startCli(["import"], options);
  while (sandbox.ingest.received.total < 20) await Bun.sleep(5);
  const second = await runHere(["import"], options);
  expect(second.code).toBe(2);
  expect(second.stderr).toMatch(/Another import is running here: process \d+/);
  first.kill("SIGINT");
  expect((await first.finished).code).toBe(130);
});

test("import says what it cannot write, and what is safe", async () => {
  await using sandbox = await startSandbox({ incidents: 100 });
  using folder = createFolder();
  mkdirSync(join(folder.path, "output.json.progress"));
  const result = await runCli(["import", "--fresh"], {
    cwd: folder.path,
    env: sandboxEnvironment(sandbox),
  });
  expect(result.code).toBe(1);
  expect(result.stderr).toContain("Cannot write");
  expect(result.stderr).toContain("output.json");
  expect(result.stderr).not.toContain("    at ");
});

test("import from a host that does not answer exits 5", async () => {
  using folder = createFolder();
  const result = await runCli(["import"], {
    cwd: folder.path,
    env: { ...settings, PD_API_URL: "http://127.0.0.1:9" },
  });
  expect(result.code).toBe(5);
  expect(result.stderr).toContain("PagerDuty did not answer");
  expect(result.stderr).toContain("http://127.0.0.1:9");
});

test("import --estimate counts, writes nothing and posts nothing", async () => {
  await using sandbox = await startSandbox({ incidents: 5000 });
  using folder = createFolder();
  const options = { cwd: folder.path, env: sandboxEnvironment(sandbox) };
  const result = await runHere(["import", "--estimate", "--json"], options);
  expect(result.code).toBe(0);
  const estimate = JSON.parse(result.stdout);
  expect(estimate.objects).toEqual({ services: 40, incidents: 5000 });
  expect(estimate.hosts.port.requests).toBe(5040);
  expect(sandbox.requests.ingest.total).toBe(0);

  const before = sandbox.requests.pagerduty.total;
  expect((await runHere(["import"], options)).code).toBe(0);
  const really = sandbox.requests.pagerduty.total - before;
  expect(Math.abs(estimate.hosts.pagerduty.requests - really)).toBeLessThanOrEqual(really * 0.1);
});

test("import --output - prints the lines on stdout and nothing else", async () => {
  await using sandbox = await startSandbox({ incidents: 200 });
  using folder = createFolder();
  const result = await runHere(["import", "--output", "-", "--no-port"], {
    cwd: folder.path,
    env: sandboxEnvironment(sandbox),
  });
  expect(result.code).toBe(0);
  const lines = result.stdout.trim().split("\n");
  expect(lines).toHaveLength(240);
  expect(() => lines.map((line) => JSON.parse(line))).not.toThrow();
  expect(sandbox.requests.ingest.total).toBe(0);
});

test("import --output - whose reader goes away ends without a word of it, and is not done", async () => {
  await using sandbox = await startSandbox({ incidents: 20_000 });
  using folder = createFolder();
  const child = Bun.spawn(
    [
      "sh",
      "-c",
      '{ "$0" "$1" import --output -; echo $? >code; } | head -n 1',
      process.execPath,
      main,
    ],
    {
      cwd: folder.path,
      env: { PATH: process.env["PATH"] ?? "", ...sandboxEnvironment(sandbox) },
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const told = await new Response(child.stderr).text();
  const lines = await new Response(child.stdout).text();
  expect(lines).toEndWith("}\n");
  expect(readFileSync(`${folder.path}/code`, "utf8")).toBe("1\n");
  expect(told).not.toContain("error");
  expect(told).not.toContain("EPIPE");
});

test("import --output - keeps no file of what Port refused, and promises none", async () => {
  await using sandbox = await startSandbox({ incidents: 20, ingest: { status: 422 } });
  using folder = createFolder();
  const result = await runHere(["import", "--output", "-"], {
    cwd: folder.path,
    env: sandboxEnvironment(sandbox),
  });
  expect(result.code).toBe(3);
  expect(result.stderr).toContain("Port refused 60 objects, see above.");
  expect(existsSync(join(folder.path, "-.failed"))).toBe(false);
});

test("import after the demo replaces its invented data", async () => {
  await using sandbox = await startSandbox({ incidents: 50 });
  using folder = createFolder();
  const options = { cwd: folder.path, env: sandboxEnvironment(sandbox) };
  const demo = await runHere(["import", "--sandbox", "--since", "2026-10-01"], options);
  expect(demo.code).toBe(0);
  expect((await runHere(["import"], options)).code).toBe(0);
  expect(readOutput(folder.path)).toHaveLength(90);
});

test("import --fresh with a wrong token gives up nothing that was written before", async () => {
  await using sandbox = await startSandbox({ incidents: 50 });
  using folder = createFolder();
  const options = { cwd: folder.path, env: sandboxEnvironment(sandbox) };
  expect((await runHere(["import"], options)).code).toBe(0);
  const wrong = { ...options, env: { ...options.env, PD_TOKEN: "wrong" } };
  const refused = await runHere(["import", "--fresh", "--json"], wrong);
  expect(refused.code).toBe(4);
  expect(JSON.parse(refused.stdout)).toMatchObject({
    complete: false,
    kinds: { services: { fetched: 0 }, incidents: { fetched: 0 } },
  });
  expect(readOutput(folder.path)).toHaveLength(90);
});

test("import --estimate does not need to know where to post", async () => {
  await using sandbox = await startSandbox({ incidents: 50 });
  using folder = createFolder();
  const { PORT_URL: _unused, ...env } = sandboxEnvironment(sandbox);
  const result = await runHere(["import", "--estimate"], { cwd: folder.path, env });
  expect(result.code).toBe(0);
  expect(result.stdout).toContain("40 services, 50 incidents");
  expect(result.stdout).toContain("90 requests");
});
