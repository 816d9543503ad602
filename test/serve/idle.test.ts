import { expect, test } from "bun:test";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { systemClock } from "../../packages/core/src/clock.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { main } from "../support/run-cli.ts";
import { withTestTime } from "../support/child-process.ts";
import { startFlood } from "../support/flood.ts";
import { serverEnvironment, startServer } from "../support/run-server.ts";
import { runtimes } from "../support/runtimes.ts";
import { isLong } from "../support/size.ts";

const limit = 128;
const askNothing = "GET /nothing HTTP/1.1\r\nhost: a\r\n\r\n";

// On Bun it waits until they end by themselves, which takes a minute.
for (const name of isLong
  ? (["Bun", "Deno", "Node 22"] as const)
  : (["Deno", "Node 22"] as const)) {
  const waits = name === "Bun";
  test(`idle connections up to the limit of open files: ${name} says so, and answers again`, async () => {
    using folder = new TemporaryFolder();
    await using sandbox = await startSandbox({ services: 3, incidents: 5 });
    const command = [...withTestTime(runtimes[name] ?? []), main];
    const server = await startServer({
      cwd: folder.path,
      env: serverEnvironment(sandbox, "hush"),
      // Runtimes raise the soft limit to the hard one.
      command: ["sh", "-c", `ulimit -n ${limit}; exec "$@"`, "sh", ...command],
    });
    await server.waitFor(/^Resync ended/);
    const port = Number(new URL(server.url).port);
    using idle = startFlood({ port, count: limit * 2, head: askNothing, bytes: 0 });
    const startedAt = performance.now();
    await systemClock.sleep(1500);
    let answered = false;
    while (!answered && performance.now() - startedAt < 70_000) {
      answered = await isLive(server.url);
    }
    const seconds = (performance.now() - startedAt) / 1000;
    if (process.env["PAGERPORT_TEST_FIGURES"] === "1")
      process.stdout.write(`${name} ${JSON.stringify({ seconds, open: idle.open })}\n`);
    expect(answered).toBe(true);
    expect(seconds).toBeLessThan(waits ? 66 : 10);
    if (name !== "Node 22") await server.waitFor(/limit of open files|Three quarters/);
    server.kill("SIGKILL");
    await server.finished;
  }, 90_000);
}

async function isLive(url: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(2000);
    const response = await fetch(`${url}/health/live`, { signal, keepalive: false });
    return response.status === 200;
  } catch {
    await systemClock.sleep(200);
    return false;
  }
}
