import { expect, test } from "bun:test";
import { ConfigError } from "@pagerport/core";
import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { listen } from "../listen.ts";
import { addSandboxCommand } from "./sandbox.ts";
import { testClock } from "../../../core/src/testing/test-clock.ts";

interface Printed {
  readonly context: CliContext;
  readonly stop: () => void;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

function output(write: (text: string) => void): CliContext["stdout"] {
  return { write, isTTY: false, columns: 80 };
}

function printing(): Printed {
  const controller = new AbortController();
  let stdout = "";
  let stderr = "";
  const context: CliContext = {
    env: {},
    cwd: "/",
    clock: testClock,
    stdin: new ReadableStream<Uint8Array>(),
    stdout: output((text) => void (stdout += text)),
    stderr: output((text) => void (stderr += text)),
    signal: controller.signal,
    exitCode: 0,
  };
  return { context, stop: () => controller.abort(), stdout: () => stdout, stderr: () => stderr };
}

function run(context: CliContext, ...flags: string[]): Promise<Command> {
  const program = new Command("pagerport").exitOverride();
  addSandboxCommand(program, context);
  return program.parseAsync(["sandbox", ...flags], { from: "user" });
}

test("pagerport sandbox prints the environment to use and runs until it is stopped", async () => {
  const { context, stop, stdout } = printing();
  const running = run(context, "--incidents", "10", "--ingest-secret", "it's one", "--years", "1");
  while (stdout() === "") await Bun.sleep(1);
  const url = /PD_API_URL=(.+)/.exec(stdout())?.[1] ?? "";
  expect(
    stdout()
      .replaceAll(url, "URL")
      .replace(/ingest\/\w+/, "ingest/KEY"),
  ).toBe(
    [
      "export PD_TOKEN=sandbox-token",
      "export PD_API_URL=URL",
      "export PORT_URL=URL/ingest/KEY",
      String.raw`export PORT_WEBHOOK_SECRET='it'\''s one'`,
      "export PORT_BASE_URL=URL",
      "export PORT_CLIENT_ID=sandbox-port-client",
      "export PORT_CLIENT_SECRET=sandbox-port-secret",
      "export PAGERPORT_REQUESTS_PER_MINUTE=0",
      "",
    ].join("\n"),
  );
  expect((await fetch(`${url}/__sandbox/state`)).status).toBe(200);
  stop();
  await running;
  expect(fetch(`${url}/__sandbox/state`)).rejects.toThrow();
});

test("pagerport sandbox with a limit does not switch the import's pacing off", async () => {
  const { context, stop, stdout } = printing();
  const running = run(context, "--incidents", "0", "--rate", "960/60s", "--ingest-rate", "100/5s");
  while (stdout() === "") await Bun.sleep(1);
  expect(stdout()).not.toContain("PAGERPORT_REQUESTS_PER_MINUTE");
  stop();
  await running;
});

test("pagerport sandbox --day lets a day of incidents happen, with so many people and schedules", async () => {
  const { context, stop, stdout, stderr } = printing();
  const size = ["--services", "4", "--incidents", "0", "--users", "3", "--schedules", "2"];
  let caught = 0;
  const server = await listen(() => Response.json((caught += 1)), {
    host: "127.0.0.1",
    port: 0,
  });
  const day = ["--day", "20", "--speed", "asap", "--subscriber", server.url];
  const running = run(context, ...size, ...day);
  while (!stderr().includes("The day is over")) await Bun.sleep(1);
  const url = /PD_API_URL=(.+)/.exec(stdout())?.[1] ?? "";
  const headers = { authorization: "Token token=sandbox-token" };
  for (const [kind, total] of [
    ["users", 3],
    ["schedules", 2],
    ["incidents", 20],
  ] as const) {
    const response = await fetch(`${url}/${kind}?total=true`, { headers });
    expect([kind, await response.json()]).toEqual([kind, expect.objectContaining({ total })]);
  }
  expect(/PD_WEBHOOK_SECRET=(.+)/.exec(stdout())?.[1]?.length).toBeWithin(64, 70);
  const events = Number(/The day is over: (\d+) events/.exec(stderr())?.[1]);
  expect(stderr()).toContain(`webhooks: ${events} delivered, 0 dropped, 0 waiting`);
  expect(caught).toBe(events);
  stop();
  await running;
  await server.close();
});

test("pagerport sandbox refuses a wrong value, naming flag, value and what is valid", async () => {
  const table: [string, string, string][] = [
    ["--services", "none", "a whole number of at least 1"],
    ["--incidents", "-1", "a whole number of at least 0"],
    ["--years", "0", "a number of at least 0.01"],
    ["--rate", "960", "such as 960/60s"],
    ["--rate", "0/60s", "such as 960/60s"],
    ["--latency", "2000-300", "such as 300 or 300-2000"],
    ["--faults", "5%", "a share from 0 to 1"],
    ["--ingest-rate", "fast", "such as 960/60s"],
    ["--account-time-zone", "Mars/Base", "such as Europe/Oslo"],
    ["--port", "70000", "from 0 to 65535"],
    ["--users", "0", "a whole number of at least 1"],
    ["--schedules", "many", "a whole number of at least 0"],
    ["--day", "all", "a whole number of at least 0"],
    ["--subscriber", "string", "such as http://127.0.0.1:8000/webhook"],
    ["--speed", "0", "a number above 0, or asap"],
    ["--webhook-duplicates", "2", "a share from 0 to 1"],
    ["--webhook-delay", "soon", "such as 300 or 300-2000"],
    ["--creation-lag", "-1", "a number of at least 0"],
  ];
  for (const [flag, value, valid] of table) {
    const error = await run(printing().context, flag, value).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    const message = error instanceof ConfigError ? error.message : "";
    expect(message).toStartWith(`${flag} must be `);
    expect(message).toContain(valid);
    expect(message).toEndWith(`current value is '${value}'`);
  }
});
