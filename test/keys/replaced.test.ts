import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Clock } from "@pagerport/core";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { runCli } from "../support/run-cli.ts";
import { runHere } from "../support/run-here.ts";
import { fileEnvironment, keys, MountedSecret, startTwoAccounts } from "./two-accounts.ts";

const portSecret = "sandbox-port-secret";
const ownFiles = {
  "pd-token": keys.own.token,
  "port-id": keys.own.clientId,
  "port-secret": portSecret,
};

/** A clock by which a file is due for a look whenever a test says so. */
function createLookClock(): { clock: Clock; pass: () => void } {
  let shift = 0;
  return {
    clock: { now: () => testClock.now() + shift, sleep: (...asked) => testClock.sleep(...asked) },
    pass: () => {
      shift += 31_000;
    },
  };
}

/** Two accounts, of which the own one was brought to its Port once. */
async function start() {
  const accounts = await startTwoAccounts();
  const folder = new TemporaryFolder();
  const secret = new MountedSecret(folder.file("secret"), ownFiles);
  const env = {
    ...fileEnvironment(accounts.url, secret),
    PAGERPORT_STATE_DIR: folder.file("state"),
  };
  const first = await runHere(["sync"], { cwd: folder.path, env });
  expect([first.code, accounts.own.port.entities("pagerdutyService").length]).toEqual([0, 15]);
  return {
    ...accounts,
    folder,
    secret,
    env,
    async [Symbol.asyncDispose]() {
      await accounts[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

for (const args of [["sync"], ["import", "--to", "port"]]) {
  for (const isRevoked of [true, false]) {
    const how = isRevoked ? "the own one being revoked" : "the own one being good still";
    test(`${args.join(" ")} reads nothing with another account's token that comes within the run, ${how}`, async () => {
      await using setting = await start();
      const { own, other, secret, folder, env } = setting;
      const before = setting.catalogs();
      const { clock, pass } = createLookClock();
      let asked = 0;
      own.onRequest(({ side, method, path }) => {
        if (side !== "pagerduty" || method !== "GET" || !/^\/(services|incidents)\?/.test(path)) {
          return;
        }
        asked += 1;
        // The first of them is the look at the account.
        if (asked !== 3) return;
        secret.put({ "pd-token": keys.other.token });
        if (isRevoked) own.replaceKeys({ token: "own-key-2" });
        pass();
      });
      const { code, stderr } = await runHere(args, { cwd: folder.path, env, clock });
      expect(stderr).toContain("PD_TOKEN is of other-sandbox (other-sandbox.pagerduty.com)");
      expect(code).toBe(2);
      expect(setting.catalogs()).toEqual(before);
      // Other than to find out whose it is, it was not used.
      const routes = Object.keys(other.requests.pagerduty.byRoute);
      expect(routes.filter((route) => route.includes("incidents"))).toEqual([]);
    });
  }
}

test("the first run, which has nothing to compare with, does not mix two accounts either", async () => {
  await using accounts = await startTwoAccounts();
  using folder = new TemporaryFolder();
  const secret = new MountedSecret(folder.file("secret"), ownFiles);
  const env = {
    ...fileEnvironment(accounts.url, secret),
    PAGERPORT_STATE_DIR: folder.file("state"),
  };
  let asked = 0;
  accounts.own.onRequest(({ side, path }) => {
    if (side !== "pagerduty" || !path.startsWith("/services?")) return;
    asked += 1;
    if (asked !== 2) return;
    secret.put({ "pd-token": keys.other.token });
    accounts.own.replaceKeys({ token: "own-key-2" });
  });
  const { code, stderr } = await runCli(["sync"], { cwd: folder.path, env });
  expect([code, stderr]).toEqual([2, expect.stringContaining("PD_TOKEN is of other-sandbox")]);
  const hosts = new Set(
    accounts.own.port
      .entities("pagerdutyService")
      .map(({ properties }) => new URL(String(properties["url"])).host),
  );
  expect([...hosts].filter((host) => host.startsWith("other"))).toEqual([]);
});

for (const isRevoked of [true, false]) {
  test(`sync writes nothing with credentials of another organisation that come within the run (${isRevoked ? "revoked" : "still good"})`, async () => {
    await using setting = await start();
    const { own, other, secret, folder, env } = setting;
    own.pagerduty.renameService(String([...own.pagerduty.allServices()][0]?.id), "Renamed");
    const { clock, pass } = createLookClock();
    let asked = 0;
    own.onRequest(({ side, method, path }) => {
      if (side !== "pagerduty" || method !== "GET" || !path.startsWith("/services?")) return;
      asked += 1;
      if (asked !== 2) return;
      secret.put({ "port-id": keys.other.clientId });
      if (isRevoked) {
        own.port.replaceCredentials({ clientSecret: "another" });
        own.port.revokeTokens();
      }
      pass();
    });
    const before = setting.catalogs();
    const { code, stderr } = await runHere(["sync"], { cwd: folder.path, env, clock });
    expect(stderr).toContain("PORT_CLIENT_ID is of the Port organisation org_other_sandbox");
    expect([code, other.port.entityCount]).toEqual([2, 0]);
    expect(setting.catalogs()).toEqual(before);
  });
}

test("sync goes on with another key of the same account, and with other credentials of Port", async () => {
  await using setting = await start();
  const { own, secret, folder, env } = setting;
  const service = String([...own.pagerduty.allServices()][0]?.id);
  own.pagerduty.renameService(service, "Renamed");
  let asked = 0;
  own.onRequest(({ side, path }) => {
    if (side !== "pagerduty" || !path.startsWith("/services?")) return;
    asked += 1;
    if (asked !== 2) return;
    secret.put({ "pd-token": "own-key-2", "port-secret": "second" });
    own.replaceKeys({ token: "own-key-2" });
    own.port.replaceCredentials({ clientSecret: "second" });
    own.port.revokeTokens();
  });
  const { code, stderr } = await runCli(["sync"], { cwd: folder.path, env });
  expect(stderr).toContain("PD_TOKEN was replaced: the new one is used from here on");
  expect(stderr).toContain("PORT_CLIENT_SECRET was replaced: the new one is used from here on");
  expect([code, own.port.entity("pagerdutyService", service)?.title]).toEqual([0, "Renamed"]);
});

test("a file that is away, or empty, for a moment does not disturb a run, and is told once", async () => {
  await using setting = await start();
  const { own, secret, folder, env } = setting;
  const { clock, pass } = createLookClock();
  own.onRequest(({ side }) => {
    if (side !== "pagerduty") return;
    secret.put({ "pd-token": "" });
    pass();
  });
  const { code, stderr } = await runHere(["sync"], { cwd: folder.path, env, clock });
  expect([code, stderr.split("PD_TOKEN_FILE names a file that is empty").length]).toEqual([0, 2]);
});

test("import to a webhook of Port's does not go on with another account's token", async () => {
  await using accounts = await startTwoAccounts({ incidents: 400 });
  using folder = new TemporaryFolder();
  const secret = new MountedSecret(folder.file("secret"), ownFiles);
  let asked = 0;
  accounts.own.onRequest(({ side, path }) => {
    if (side !== "pagerduty" || !path.startsWith("/incidents?")) return;
    asked += 1;
    if (asked !== 2) return;
    secret.put({ "pd-token": keys.other.token });
    accounts.own.replaceKeys({ token: "own-key-2" });
  });
  const { PD_API_URL, PD_TOKEN_FILE } = fileEnvironment(accounts.url, secret);
  const env = { PD_API_URL: String(PD_API_URL), PD_TOKEN_FILE: String(PD_TOKEN_FILE) };
  const { code, stderr } = await runCli(["import", "--no-port"], { cwd: folder.path, env });
  expect([code, stderr]).toEqual([2, expect.stringContaining("PD_TOKEN is of other-sandbox")]);
  expect(readFileSync(folder.file("output.json"), "utf8")).not.toContain("other-sandbox");
});
