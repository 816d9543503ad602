import { expect, test } from "bun:test";
import { request as requestOverHttp } from "node:http";
import { listAudit, loadStoreSettings, openStore } from "@pagerport/core";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { runCli } from "../support/run-cli.ts";
import { serverEnvironment, type ServerProcess, startServer } from "../support/run-server.ts";
import { endOptions, runtimes } from "../support/runtimes.ts";

const small = { services: 3, incidents: 5, schedules: 1, users: 2 } as const;
const webhookSecret = "hush-canary";
const secretOf = (name: string): string => `canary-${name}-0123456789-0123456789`;
const tokens = `alice:read+act:${secretOf("alice")},bob:read:${secretOf("bob")}`;

interface Asked {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Asks with the very headers that are given, Host among them, which `fetch` makes itself. */
function ask(
  base: string,
  path: string,
  { method = "GET", token, headers = {}, body }: Asked = {},
): Promise<{ status: number; body: string }> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const type = method === "POST" ? { "content-type": "application/json" } : {};
  const options = { method, headers: { ...authorization, ...type, ...headers } };
  return new Promise((resolve, reject) => {
    const request = requestOverHttp(`${base}${path}`, options, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    request.on("error", reject);
    request.end(method === "POST" ? (body ?? "{}") : undefined);
  });
}

async function findApi(server: ServerProcess): Promise<string> {
  const { port } = await server.waitFor(/^The API is on/);
  return `http://127.0.0.1:${String(port)}`;
}

async function findFreePort(): Promise<number> {
  const probe = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const { port = 0 } = probe;
  await probe.stop(true);
  return port;
}

const act: Asked = { method: "POST", body: JSON.stringify({ scope: "all", reason: "a test" }) };

for (const [name, runtime] of Object.entries(runtimes)) {
  test(
    `the API of pagerport serve holds against attacks, and records what is done, unbuilt on ${name}`,
    async () => {
      using folder = new TemporaryFolder();
      await using sandbox = await startSandbox(small);
      const env = { ...serverEnvironment(sandbox, webhookSecret), PAGERPORT_API_TOKENS: tokens };
      const server = await startServer({ cwd: folder.path, env, runtime });
      const api = await findApi(server);
      const [alice, bob] = [secretOf("alice"), secretOf("bob")];
      const evil = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
      const form = { "content-type": "application/x-www-form-urlencoded" };
      const attacks: readonly (readonly [number, string, Asked])[] = [
        [401, "/api/v1/status", {}],
        [401, "/api/v1/pause", act],
        [401, "/api/v1/status", { token: "wrong" }],
        [403, "/api/v1/pause", { ...act, token: bob }],
        [403, "/api/v1/deletions/7/approve", { method: "POST", token: bob }],
        [421, "/api/v1/status", { token: alice, headers: { host: "evil.example" } }],
        [421, "/api/v1/pause", { ...act, token: alice, headers: { host: "evil.example" } }],
        [403, "/api/v1/pause", { ...act, token: alice, headers: evil }],
        [415, "/api/v1/pause", { ...act, token: alice, headers: form }],
        [413, "/api/v1/pause", { ...act, token: alice, body: "x".repeat(1_100_000) }],
        [400, "/api/v1/pause", { ...act, token: alice, body: "{" }],
        [404, "/api/v1/deletions/7", { token: alice }],
        [405, "/api/v1/status", { method: "POST", token: alice }],
        [404, "/webhook", { method: "POST", token: alice }],
        [404, "/metrics", { token: alice }],
      ];
      for (const [status, path, asked] of attacks) {
        const answer = await ask(api, path, asked);
        expect([path, asked, answer.status]).toEqual([path, asked, status]);
        expect(JSON.parse(answer.body)).toMatchObject({ status, type: expect.any(String) });
        expect(answer.body).not.toContain("canary");
      }
      // Where webhooks come, there is no API.
      for (const path of ["/api/v1/status", "/api/v1/pause"]) {
        expect(await ask(server.url, path, { token: alice })).toMatchObject({ status: 404 });
      }
      expect(await ask(api, "/api/v1/pause", { token: bob })).toMatchObject({
        status: 200,
        body: `{"pause":null,"pending":[]}\n`,
      });
      expect((await ask(api, "/api/v1/pause", { ...act, token: alice })).status).toBe(200);
      const paused = await ask(api, "/api/v1/pause", { token: bob });
      expect(JSON.parse(paused.body)).toMatchObject({ pause: { scope: "all", by: "alice" } });
      const told = await server.waitFor(/^By hand/);
      expect(told).toMatchObject({ who: "bob", from: "127.0.0.1", action: "pause" });

      server.kill("SIGTERM");
      expect((await server.finished).code).toBe(0);
      expect(JSON.stringify(server.log)).not.toContain("canary");
      const { name: store } = loadStoreSettings({ environment: env }, folder.path);
      const stateDir = `${folder.path}/.local/state/pagerport`;
      await using opened = await openStore({ stateDir, name: store });
      const from = "127.0.0.1";
      expect(await listAudit(opened.sql, 10)).toMatchObject([
        {
          who: "alice",
          from,
          action: "pause",
          what: expect.stringMatching(/^all/),
          outcome: "done",
        },
        {
          who: "bob",
          from,
          action: "approve",
          what: "plan 7",
          outcome: expect.stringMatching(/^refused/),
        },
        { who: "bob", from, action: "pause", outcome: expect.stringMatching(/^refused/) },
      ]);
    },
    endOptions(name),
  );
}

test("the API of pagerport serve without tokens shows states on loopback, and nothing elsewhere", async () => {
  using folder = new TemporaryFolder();
  await using sandbox = await startSandbox(small);
  const env = serverEnvironment(sandbox, webhookSecret);
  {
    const server = await startServer({ cwd: folder.path, env });
    const api = await findApi(server);
    expect((await ask(api, "/api/v1/status")).status).toBe(200);
    const refused = await ask(api, "/api/v1/pause", act);
    expect([refused.status, refused.body]).toEqual([
      403,
      expect.stringContaining("set PAGERPORT_API_TOKENS"),
    ]);
    server.kill("SIGTERM");
    await server.finished;
    expect(server.log.some(({ message }) => message.includes("answers nobody"))).toBe(false);
  }
  const open = { ...env, PAGERPORT_API_LISTEN: "0.0.0.0:0" };
  const server = await startServer({ cwd: folder.path, env: open });
  const { level } = await server.waitFor(/answers nobody: .* Set PAGERPORT_API_TOKENS/);
  expect(level).toBe("warning");
  const api = await findApi(server);
  expect((await ask(api, "/api/v1/status")).status).toBe(403);
  server.kill("SIGTERM");
  await server.finished;
});

test("pagerport serve has its API on the webhook's address where it is told so, and then shows nothing without a token", async () => {
  using folder = new TemporaryFolder();
  await using sandbox = await startSandbox(small);
  const address = `127.0.0.1:${await findFreePort()}`;
  const shared = {
    ...serverEnvironment(sandbox, webhookSecret),
    PAGERPORT_API_LISTEN: address,
    PAGERPORT_PATH_PREFIX: "/pagerport",
  };
  for (const env of [shared, { ...shared, PAGERPORT_API_TOKENS: tokens }]) {
    const server = await startServer({ cwd: folder.path, env, listen: ["--listen", address] });
    await server.waitFor(/^The API is on the webhook's address/);
    const hasTokens = "PAGERPORT_API_TOKENS" in env;
    for (const path of ["/api/v1/status", "/pagerport/api/v1/status"]) {
      expect((await ask(server.url, path)).status).toBe(hasTokens ? 401 : 403);
      const withToken = await ask(server.url, path, { token: secretOf("bob") });
      expect(withToken.status).toBe(hasTokens ? 200 : 403);
    }
    expect((await ask(server.url, "/health/live")).status).toBe(200);
    expect((await ask(server.url, "/pagerport/webhook", { method: "POST" })).status).toBe(401);
    server.kill("SIGTERM");
    await server.finished;
  }
});

test("pagerport serve goes on without an API where something has its usual address, and ends where a person set it", async () => {
  using folder = new TemporaryFolder();
  await using sandbox = await startSandbox(small);
  const env = serverEnvironment(sandbox, webhookSecret);
  // Whoever has it already is as good.
  let busy: ReturnType<typeof Bun.serve> | undefined;
  try {
    busy = Bun.serve({ hostname: "127.0.0.1", port: 8010, fetch: () => new Response() });
  } catch {
    busy = undefined;
  }
  try {
    const usual = { ...env, PAGERPORT_API_LISTEN: "" };
    const server = await startServer({ cwd: folder.path, env: usual });
    const told = await server.waitFor(/^There is no API: .*127\.0\.0\.1:8010/);
    expect(told.level).toBe("warning");
    expect((await ask(server.url, "/health/live")).status).toBe(200);
    server.kill("SIGTERM");
    expect((await server.finished).code).toBe(0);
    const args = ["serve", "--listen", "127.0.0.1:0", "--api-listen", "127.0.0.1:8010"];
    const { code, stderr } = await runCli(args, { cwd: folder.path, env });
    expect(code).toBe(2);
    expect(stderr).toContain("Cannot listen on 127.0.0.1:8010");
  } finally {
    await busy?.stop(true);
  }
});

test("pagerport serve reads the tokens of its API from a file, again when that changes, and ends where one is wrong, telling no secret", async () => {
  using folder = new TemporaryFolder();
  await using sandbox = await startSandbox(small);
  const env = {
    ...serverEnvironment(sandbox, webhookSecret),
    PAGERPORT_API_TOKENS_FILE: folder.file("tokens"),
  };
  await Bun.write(folder.file("tokens"), tokens.replace(",", "\n"));
  const server = await startServer({ cwd: folder.path, env });
  const api = await findApi(server);
  const statusOf = async (name: string): Promise<number> =>
    (await ask(api, "/api/v1/status", { token: secretOf(name) })).status;
  expect([await statusOf("bob"), await statusOf("carol")]).toEqual([200, 401]);
  // As soon as the file has others, those count; while it has none, the last ones do.
  await Bun.write(folder.file("tokens"), `carol:read:${secretOf("carol")}\n`);
  expect([await statusOf("bob"), await statusOf("carol")]).toEqual([401, 200]);
  await Bun.write(folder.file("tokens"), tokens.replace("read+act", "write"));
  expect([await statusOf("bob"), await statusOf("carol")]).toEqual([401, 200]);
  await server.waitFor(/^Tokens of the API stay as they were/);
  server.kill("SIGTERM");
  await server.finished;
  expect(JSON.stringify(server.log)).not.toContain("canary");
  const { code, stderr } = await runCli(["serve", "--listen", "127.0.0.1:0"], {
    cwd: folder.path,
    env,
  });
  expect(code).toBe(2);
  expect(stderr).toContain("PAGERPORT_API_TOKENS_FILE must give the token 'alice' rights out of");
  expect(stderr).not.toContain("canary");
});
