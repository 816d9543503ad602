import { expect, test } from "bun:test";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { measureFlooded } from "../support/flooded-webhook.ts";
import { serverEnvironment, startServer } from "../support/run-server.ts";
import { runtimes } from "../support/runtimes.ts";
import { bySize } from "../support/size.ts";

const secret = "hush";
const strangers = bySize({ short: 300, long: 999 });
const events = bySize({ short: 15, long: 60 });
/**
 * MB that the server may take. Bun is what the container runs. Unbuilt, Node and Deno begin with 160; Deno
 * has 400 kB for each connection whose body it was not asked for.
 */
const most: Readonly<Record<string, number>> = { Bun: 200, Deno: 550, "Node 22": 300 };
/** Milliseconds. Beside other tests it is the machine that is slow: there it is judged that none waits for a body. */
const longestAnswer = (name: string): number =>
  bySize({ short: 4900, long: name === "Deno" ? 2000 : 1000 });

for (const [name, limit] of Object.entries(most)) {
  test(`signed events are taken while ${strangers} forged bodies do not end, on ${name}`, async () => {
    using folder = new TemporaryFolder();
    await using sandbox = await startSandbox({ services: 3, incidents: 5 });
    const env = serverEnvironment(sandbox, secret);
    const server = await startServer({ cwd: folder.path, env, runtime: runtimes[name] ?? [] });
    await server.waitFor(/^Resync ended/);
    const { pid } = server;
    const url = `${server.url}/webhook`;
    const measure = await measureFlooded({ url, pid, secret, strangers, events });
    if (process.env["PAGERPORT_TEST_FIGURES"] === "1")
      process.stdout.write(`${name} ${JSON.stringify(measure)}\n`);
    expect(new Set(measure.answers)).toEqual(new Set([202]));
    expect(measure.slowest).toBeLessThan(longestAnswer(name));
    expect(measure.highest).toBeLessThan(limit);
    expect(measure.refusals).not.toContain(401);
    server.kill("SIGKILL");
    await server.finished;
  }, 60_000);
}
