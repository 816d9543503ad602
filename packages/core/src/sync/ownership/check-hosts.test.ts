import { expect, test } from "bun:test";
import { ForeignHostError, HttpError } from "../../errors.ts";
import type { PinMemory, Pins } from "../../store/pins/pins.ts";
import { recordProduced } from "../../store/produced.ts";
import { openTestStore } from "../../testing/open-test-store.ts";
import { ScriptedPagerDuty } from "../../testing/scripted-pagerduty.ts";
import { createSessionPins } from "../../store/pins/session-pins.ts";
import { ScriptedPort } from "../../testing/scripted-port.ts";
import { checkHosts, type ExpectedHosts } from "./check-hosts.ts";

const acme = (id: string) => ({ id, html_url: `https://acme.pagerduty.com/services/${id}` });
const ids = Array.from({ length: 10 }, (_, index) => `PS${index}`);

function remember(pins: Pins): PinMemory & { readonly kept: Pins[] } {
  const kept: Pins[] = [];
  return {
    kept,
    read: () => Promise.resolve(pins),
    keep: (more) => Promise.resolve(void kept.push(more)),
  };
}

/** Checks an account that lists some services, of an integration that knows ten. */
async function checkAccount(
  services: readonly Record<string, unknown>[],
  options: { readonly pins?: Pins; readonly expected?: ExpectedHosts } = {},
) {
  await using store = await openTestStore();
  const produced = ids.map((id) => ({
    object: `services/${id}`,
    resource: "services",
    entities: [{ blueprint: "service", identifier: id }],
  }));
  await recordProduced(store.sql, produced, 1);
  const pagerDuty = new ScriptedPagerDuty();
  pagerDuty.services = [...services];
  pagerDuty.lists = { users: [], escalation_policies: [], schedules: [], teams: [] };
  return await checkHosts({
    pagerDuty,
    pins: remember(options.pins ?? {}),
    expected: options.expected ?? {},
    integrationIdentifier: "mine",
    sql: store.sql,
  });
}

function checkPort(answer: object | number, pins: Pins, expected: ExpectedHosts = {}) {
  const port = new ScriptedPort(() => answer as never);
  return checkHosts({ port, pins: remember(pins), expected, integrationIdentifier: "mine" });
}

test("checkHosts() takes an account for the same whose objects tell no address, by what is known", async () => {
  const { account, warnings } = await checkAccount(ids.map((id) => ({ id, html_url: null })));
  expect([account, warnings]).toEqual([undefined, []]);
  const others = Array.from({ length: 10 }, (_, index) => ({ id: `PX${index}`, html_url: null }));
  expect(checkAccount(others)).rejects.toThrow(ForeignHostError);
  expect(checkAccount(others)).rejects.toThrow(
    "of 10 services that it knows, 0 are there. Nothing was written. Look at PD_TOKEN and PD_API_URL. No object there tells its name: for an account of its own use another integration identifier.",
  );
});

test("checkHosts() does not take a token that lists nothing for another account's", async () => {
  const pins = { account: "acme.pagerduty.com" };
  const { warnings } = await checkAccount([], { pins });
  expect(warnings).toEqual([
    "PagerDuty gives out nothing to PD_TOKEN by which one could tell whose account it is",
  ]);
  const expected = await checkAccount([], { pins, expected: { account: "acme" } });
  expect(expected.warnings).toEqual([
    "No object that PagerDuty lists tells whose account it is, so that PAGERPORT_EXPECT_ACCOUNT (acme) could not be compared",
  ]);
});

test("checkHosts() does not guess by next to nothing where another account is remembered", async () => {
  const pins = { account: "other.pagerduty.com" };
  expect(await checkAccount(ids.map(acme), { pins })).toMatchObject({
    account: { host: "acme.pagerduty.com" },
  });
  expect(checkAccount([acme("PX1")], { pins })).rejects.toThrow(
    "PD_TOKEN is of acme (acme.pagerduty.com), and integration mine belongs to other.pagerduty.com: of 10 services that it knows, 0 are there.",
  );
});

test("checkHosts() refuses a Port that does not tell whose it is, where a person expects one", async () => {
  for (const answer of [403, 404, { ok: true }]) {
    expect(checkPort(answer, {}, { portOrg: "org_1" })).rejects.toThrow(
      "PORT_CLIENT_ID whose it is (GET /v1/organization), and PAGERPORT_EXPECT_PORT_ORG expects org_1. Nothing was written.",
    );
    const { warnings } = await checkPort(answer, { portOrg: "org_1" });
    expect(warnings.join()).toContain("could not be compared with org_1");
    expect((await checkPort(answer, {})).warnings).toEqual([]);
  }
  expect(checkPort(401, {})).rejects.toThrow(HttpError);
});

test("checkHosts() does not bring back an account that another process has let go since", async () => {
  let known: Pins = { account: "acme.pagerduty.com", portOrg: "org_1" };
  const memory: PinMemory = {
    read: () => Promise.resolve(known),
    keep: (more) => {
      known = { account: more.account ?? known.account, portOrg: more.portOrg ?? known.portOrg };
      return Promise.resolve();
    },
  };
  const pins = createSessionPins(memory);
  const pagerDuty = new ScriptedPagerDuty();
  pagerDuty.services = ids.map(acme);
  const port = new ScriptedPort(() => ({ ok: true, organization: { id: "org_1", name: "One" } }));
  const look = () =>
    checkHosts({ pagerDuty, port, pins, expected: {}, integrationIdentifier: "mine" });
  const hosts = await look();
  expect(await hosts.isCurrent?.()).toBe(true);
  // sync --new-account beta, elsewhere.
  await memory.keep({ account: "beta.pagerduty.com" });
  expect(await hosts.isCurrent?.()).toBe(false);
  await hosts.remember();
  expect(known).toEqual({ account: "beta.pagerduty.com", portOrg: "org_1" });
  // Nor is it taken for the same account with another name, whatever is known of it.
  expect(look()).rejects.toThrow("integration mine belongs to beta.pagerduty.com");
});

test("checkHosts() remembers what nobody has said", async () => {
  const port = new ScriptedPort(() => ({ ok: true, organization: { id: "org_1", name: "One" } }));
  const pins = remember({});
  const both = { port, pins, integrationIdentifier: "mine" };
  await (await checkHosts({ ...both, expected: {} })).remember();
  await (await checkHosts({ ...both, expected: { portOrg: "org_1" } })).remember();
  expect(pins.kept).toEqual([
    { account: undefined, portOrg: "org_1" },
    { account: undefined, portOrg: undefined },
  ]);
});
