import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { runCli } from "../support/run-cli.ts";
import { runHere } from "../support/run-here.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { account, startOwnHosts, withPagerDutyOf, withPortOf } from "./own-hosts.ts";

test("the first line of a run names the account and the organisation, which are remembered", async () => {
  await using own = await startOwnHosts({ seed: "acme" });
  const { code, stderr } = await runHere(["sync"], { cwd: own.folder.path, env: own.env });
  expect(code).toBe(0);
  expect(stderr.split("\n", 1)).toEqual([
    "PagerDuty account acme-sandbox (acme-sandbox.pagerduty.com), Port organisation org_acme_sandbox.",
  ]);
  const name = readdirSync(own.folder.file("state")).find((one) => one.startsWith("pins_"));
  const text = readFileSync(own.folder.file(`state/${name}`), "utf8");
  expect(JSON.parse(text)).toEqual({
    account: "acme-sandbox.pagerduty.com",
    portOrg: "org_acme_sandbox",
  });
});

for (const args of [["sync"], ["sync", "--dry-run"], ["verify"], ["import", "--to", "port"]]) {
  test(`${args.join(" ")} of another account's token ends with 2 and writes nothing`, async () => {
    await using own = await startOwnHosts();
    await using other = await startSandbox({ ...account, seed: "other" });
    const before = own.catalog();
    const env = withPagerDutyOf(other, own.env);
    const { code, stderr, stdout } = await runCli(args, { cwd: own.folder.path, env });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(
      "error: PD_TOKEN is of other-sandbox (other-sandbox.pagerduty.com), and integration my-pagerduty-integration belongs to pagerport-sandbox.pagerduty.com: of 15 services that it knows, 0 are there. Nothing was written. Look at PD_TOKEN and PD_API_URL. Where the integration is to go over to that account: pagerport sync --new-account other-sandbox.\n",
    );
    expect(own.catalog()).toBe(before);
  });
}

test("another region of the same name is another account", async () => {
  await using own = await startOwnHosts();
  await using other = await startSandbox({
    ...account,
    seed: "other",
    subdomain: "pagerport-sandbox",
    region: "eu",
  });
  const before = own.catalog();
  const env = withPagerDutyOf(other, own.env);
  const { code, stderr } = await runHere(["sync"], { cwd: own.folder.path, env });
  expect([code, own.catalog() === before]).toEqual([2, true]);
  expect(stderr).toContain("PD_TOKEN is of pagerport-sandbox (pagerport-sandbox.eu.pagerduty.com)");
});

test("a pipeline without memory is kept from another account by what its integration has in Port", async () => {
  await using own = await startOwnHosts();
  await using other = await startSandbox({ ...account, seed: "other" });
  const before = own.catalog();
  const env = { ...own.env, PAGERPORT_STATE_DIR: own.folder.file("empty") };
  const foreign = await runHere(["sync"], {
    cwd: own.folder.path,
    env: withPagerDutyOf(other, env),
  });
  expect([foreign.code, own.catalog() === before]).toEqual([2, true]);
  expect(foreign.stderr).toContain("of 15 services that it knows, 0 are there");
  const same = await runHere(["sync"], { cwd: own.folder.path, env });
  expect([same.code, own.catalog() === before]).toEqual([0, true]);
});

for (const args of [
  ["sync"],
  ["init"],
  ["verify"],
  ["import", "--to", "port"],
  ["port-webhook", "install"],
]) {
  test(`${args.join(" ")} of another Port organisation ends with 2 and writes nothing`, async () => {
    await using own = await startOwnHosts();
    await using other = await startSandbox({ ...account, seed: "other" });
    const env = withPortOf(other, own.env);
    const { code, stderr } = await runHere(args, { cwd: own.folder.path, env });
    expect(code).toBe(2);
    expect(stderr).toContain(
      "error: PORT_CLIENT_ID is of the Port organisation org_other_sandbox, and integration my-pagerduty-integration belongs to org_pagerport_sandbox. Nothing was written. Look at PORT_CLIENT_ID and PORT_BASE_URL.",
    );
    const { byRoute } = other.requests.port;
    const writes = Object.keys(byRoute).filter((route) => !/^GET |access_token/.test(route));
    expect(writes).toEqual([]);
  });
}

test("restore of another Port organisation ends with 2 and puts nothing back", async () => {
  await using own = await startOwnHosts();
  await using other = await startSandbox({ ...account, seed: "other" });
  const entity = own.sandbox.port.entities("pagerdutyService")[0];
  const file = own.folder.file("deleted-1.ndjson");
  await Bun.write(file, `${JSON.stringify(entity)}\n`);
  const env = withPortOf(other, own.env);
  const { code, stderr } = await runHere(["restore", file], { cwd: own.folder.path, env });
  expect([code, other.port.entityCount]).toEqual([2, 0]);
  expect(stderr).toContain("Port organisation org_other_sandbox");
});

test("sync of a renamed account goes on, remembers the name and tells how to mend old addresses", async () => {
  await using own = await startOwnHosts();
  await using renamed = await startSandbox({ ...account, subdomain: "renamed" });
  const env = withPagerDutyOf(renamed, own.env);
  const first = await runHere(["sync"], { cwd: own.folder.path, env });
  expect(first.code).toBe(0);
  expect(first.stderr).toContain(
    "The PagerDuty account pagerport-sandbox.pagerduty.com is renamed.pagerduty.com now, by the objects that it has. Addresses of objects that no run reads again stay the old ones: 'pagerport import --to port --fresh' writes them anew.\n",
  );
  const second = await runHere(["sync"], { cwd: own.folder.path, env });
  expect([second.code, second.stderr.includes("by the objects that it has")]).toEqual([0, false]);
});

test("PAGERPORT_EXPECT_ACCOUNT is not guessed around: a renamed account ends with 2", async () => {
  await using own = await startOwnHosts();
  await using renamed = await startSandbox({ ...account, subdomain: "renamed" });
  const env = {
    ...withPagerDutyOf(renamed, own.env),
    PAGERPORT_EXPECT_ACCOUNT: "pagerport-sandbox",
  };
  const before = own.catalog();
  const { code, stderr } = await runHere(["sync"], { cwd: own.folder.path, env });
  expect([code, own.catalog() === before]).toEqual([2, true]);
  expect(stderr).toContain(
    "error: PD_TOKEN is of the PagerDuty account renamed (renamed.pagerduty.com), and PAGERPORT_EXPECT_ACCOUNT expects pagerport-sandbox. Nothing was written. Look at PD_TOKEN, PD_API_URL and PAGERPORT_EXPECT_ACCOUNT.",
  );
  const right = {
    ...env,
    PAGERPORT_EXPECT_ACCOUNT: "Renamed",
    PAGERPORT_EXPECT_PORT_ORG: "org_pagerport_sandbox",
  };
  expect((await runHere(["sync"], { cwd: own.folder.path, env: right })).code).toBe(0);
});

test("import to a webhook compares the account with PAGERPORT_EXPECT_ACCOUNT before it posts", async () => {
  await using sandbox = await startSandbox(account);
  await using own = await startOwnHosts();
  const env = {
    ...withPagerDutyOf(sandbox, own.env),
    PORT_URL: sandbox.ingestUrl,
    PAGERPORT_EXPECT_ACCOUNT: "acme",
  };
  const { code } = await runHere(["import"], { cwd: own.folder.path, env });
  expect([code, sandbox.requests.ingest.total]).toEqual([2, 0]);
});

test("--new-account lets an integration go over, once, to the account that it names", async () => {
  await using own = await startOwnHosts();
  await using other = await startSandbox({ ...account, seed: "other" });
  const env = withPagerDutyOf(other, own.env);
  const run = (...args: string[]) => runHere(["sync", ...args], { cwd: own.folder.path, env });
  const before = own.catalog();
  const wrong = await run("--new-account", "acme");
  expect([wrong.code, own.catalog() === before]).toEqual([2, true]);
  const over = await run("--new-account", "Other-Sandbox");
  expect(String(over.code)).toMatch(/^[03]$/);
  expect(own.sandbox.port.entities("pagerdutyService").length).toBe(30);
  const next = await run();
  expect(String(next.code)).toMatch(/^[03]$/);
});

test("sync --new-account with a name that the credentials are not of says whose they are", async () => {
  await using own = await startOwnHosts();
  const args = ["sync", "--new-account", "acme"];
  const { code, stderr } = await runHere(args, { cwd: own.folder.path, env: own.env });
  expect(code).toBe(2);
  expect(stderr).toContain(
    "error: --new-account acme: the credentials are not of acme, but of PagerDuty account pagerport-sandbox (pagerport-sandbox.pagerduty.com), Port organisation org_pagerport_sandbox. Nothing was written.",
  );
});

test("an account key and an application are the account's as a user's key is, and cost no question more", async () => {
  await using own = await startOwnHosts();
  for (const tokenOwner of ["app", null] as const) {
    own.sandbox.configure({ tokenOwner });
    const { stderr } = await runHere(["verify"], { cwd: own.folder.path, env: own.env });
    expect(stderr).toContain(
      "PagerDuty account pagerport-sandbox (pagerport-sandbox.pagerduty.com)",
    );
  }
});

test("whose hosts they are costs an unchanged sync one request to each host", async () => {
  await using own = await startOwnHosts();
  const countRequests = () => ({
    organisation: own.sandbox.requests.port.byRoute["GET /v1/organization"] ?? 0,
    services: own.sandbox.requests.pagerduty.byRoute["GET /services"] ?? 0,
  });
  const run = async (...args: string[]) => {
    const before = countRequests();
    await runHere(args, { cwd: own.folder.path, env: own.env });
    const after = countRequests();
    return {
      organisation: after.organisation - before.organisation,
      services: after.services - before.services,
    };
  };
  // One page of services is read for the catalog.
  expect(await run("sync")).toEqual({ organisation: 1, services: 2 });
  expect(await run("verify")).toEqual({ organisation: 1, services: 2 });
});
