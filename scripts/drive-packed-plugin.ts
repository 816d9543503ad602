/**
 * Starts the backend that `check-packed-plugin.sh` has installed, and sees whether what happens in
 * PagerDuty reaches Port through it. Arguments: its folder, Node's major version, what else is in it, how
 * many starts to measure.
 */
import { join } from "node:path";
import { startSandbox } from "@pagerport/cli/sandbox";
import { systemClock } from "@pagerport/core";
import { createPostgresDatabase } from "../packages/core/src/testing/test-postgres.ts";
import { measurePortalStart } from "./measure-portal-start.ts";

const [folder = "", major = "22", besidePagerDuty = "", runs = ""] = process.argv.slice(2);
const node = join(import.meta.dir, `../node_modules/node-${major}/bin/node`);
const port = findFreePort();
/** Milliseconds that all of it may take. */
const timeLimit = 120_000;

const sandbox = await startSandbox({ services: 10, incidents: 100 });
const url = `http://127.0.0.1:${port}/api/pagerport`;
const { secrets } = sandbox.webhooks.subscribe({ url: `${url}/webhook` });
const database = new URL(await createPostgresDatabase());
await Bun.write(
  join(folder, "app-config.local.yaml"),
  JSON.stringify({
    app: { baseUrl: `http://127.0.0.1:${port}` },
    backend: {
      baseUrl: `http://127.0.0.1:${port}`,
      listen: { host: "127.0.0.1", port },
      auth: { externalAccess: [{ type: "static", options: { token: "operator", subject: "me" } }] },
      database: {
        client: "pg",
        pluginDivisionMode: "schema",
        connection: {
          host: database.hostname,
          port: Number(database.port),
          user: database.username,
          password: database.password,
          database: database.pathname.slice(1),
        },
      },
    },
    // The sandbox's addresses; the rest is the README's.
    pagerport: {
      pagerduty: { apiUrl: sandbox.pagerDutyUrl },
      port: { baseUrl: sandbox.portUrl },
    },
    ...(besidePagerDuty === ""
      ? {}
      : { pagerDuty: { apiToken: sandbox.token, apiBaseUrl: sandbox.pagerDutyUrl } }),
  }),
);

const printed = await run(["node_modules/@pagerport/cli/dist/main.js", "--version"]);
if (!/^\d+\.\d+\.\d+$/.test(printed)) throw new Error(`The packed command printed ${printed}`);
// jq runs in a process of its own, whose file must be found where it is built.
const jq = await run([
  "--input-type=module",
  "--eval",
  `import { createJqEngine } from "@pagerport/core";
  const engine = createJqEngine();
  const answer = await engine.run('gsub("a"; "b")', ['"banana"'], 5000);
  console.log(JSON.stringify(answer));
  await engine.close();`,
]);
if (!jq.includes("bbnbnb")) throw new Error(`jq in the packed library answered ${jq}`);

/** What `index.js` prints when it has started. */
const untouched = "Web globals untouched";
const configs = ["app-config.yaml", "app-config.local.yaml"];
const command = [node, "index.js", ...configs.flatMap((file) => ["--config", file])];
const env = {
  ...process.env,
  NODE_ENV: "production",
  PD_TOKEN: sandbox.token,
  PD_WEBHOOK_SECRET: secrets.join(","),
  PORT_CLIENT_ID: sandbox.portClientId,
  PORT_CLIENT_SECRET: sandbox.portClientSecret,
  BESIDE_PAGERDUTY: besidePagerDuty,
};
const begun = performance.now();
const child = Bun.spawn(command, {
  cwd: folder,
  // All that it can say: no secret may be in any of it.
  env: { ...env, LOG_LEVEL: "debug" },
  stdout: "pipe",
  stderr: "pipe",
});
let log = "";
void collect(child.stdout);
void collect(child.stderr);

try {
  await waitFor("the backend to start", async () => (await ask("/health")) === 200);
  const started = Math.round(performance.now() - begun);
  await waitFor("the first resync", () => sandbox.port.entities("pagerdutyService").length === 10);
  const [service] = sandbox.pagerduty.allServices();
  const id = sandbox.pagerduty.createIncident({ serviceId: service?.id ?? "" });
  sandbox.pagerduty.acknowledgeIncident(id);
  await waitFor(
    "the webhook's incident",
    () => sandbox.port.entity("pagerdutyIncident", id)?.properties["status"] === "acknowledged",
  );
  const refused = await fetch(`${url}/webhook`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  if (refused.status !== 401) throw new Error(`What is not signed was answered ${refused.status}`);
  if (!log.includes("debug")) throw new Error("The log does not tell everything");
  if (!log.includes(untouched)) throw new Error("The host's globals were replaced");
  for (const secret of [sandbox.token, sandbox.portClientSecret, ...secrets]) {
    if (log.includes(secret)) throw new Error("A secret is in the log");
  }
  if (besidePagerDuty !== "" && !log.includes("'pagerduty'")) {
    throw new Error("PagerDuty's own plugin did not start");
  }
  child.kill("SIGTERM");
  const code = await child.exited;
  process.stderr.write(
    `ok: Node ${major}, answering after ${started} ms, exit ${code} on SIGTERM\n`,
  );
  if (runs !== "") {
    const options = { command, cwd: folder, env, started: untouched, runs: Number(runs) };
    process.stderr.write(`${await measurePortalStart(options)}\n`);
  }
} catch (error) {
  process.stderr.write(`${log.slice(-6000)}\n${String(error)}\n`);
  child.kill("SIGKILL");
  process.exitCode = 1;
}
process.exit();

function findFreePort(): number {
  const probe = Bun.serve({ port: 0, fetch: () => new Response() });
  const free = probe.port ?? 0;
  void probe.stop(true);
  return free;
}

async function run(given: readonly string[]): Promise<string> {
  const script = Bun.spawn([node, ...given], { cwd: folder, stdout: "pipe", stderr: "inherit" });
  return (await new Response(script.stdout).text()).trim();
}

async function ask(path: string): Promise<number> {
  const headers = { authorization: "Bearer operator" };
  try {
    return (await fetch(`${url}${path}`, { headers })).status;
  } catch {
    return 0;
  }
}

async function waitFor(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) {
    if (child.exitCode !== null) throw new Error(`The backend ended while waiting for ${what}`);
    if (performance.now() - begun > timeLimit) throw new Error(`Waited in vain for ${what}`);
    await systemClock.sleep(50);
  }
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) log += decoder.decode(chunk, { stream: true });
}
