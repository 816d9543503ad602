import { expect, test } from "bun:test";
import { createApi, createTokenGate } from "@pagerport/core";
import { Command } from "commander";
import { failureOf } from "../../core/src/testing/failure-of.ts";
import { FakeClock } from "../../core/src/testing/fake-clock.ts";
import { createFakeOperations } from "../../core/src/testing/fake-operations.ts";
import { chooseExitCode } from "./exit-code.ts";
import {
  addServerOption,
  type OpenedOperations,
  openOperations,
  serverSettingNames,
} from "./open-operations.ts";
import { reportError } from "./report-error.ts";
import { createContext } from "./testing/create-context.ts";

const secret = "canary-0123456789-0123456789";

/** A server's API, on a socket. */
function serveApi() {
  const clock = new FakeClock();
  const operations = createFakeOperations(clock.now());
  const api = createApi({
    operations,
    gate: createTokenGate({
      readTokens: () => [{ name: "alice", rights: new Set(["read", "act"]), secret }],
      listenHost: "127.0.0.1",
      isShared: false,
      hosts: [],
      clock,
    }),
    audit: { run: (_action, _peer, work) => work(), refuse: async () => undefined },
    clock,
  });
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, bun) => api.handle(request, { address: bun.requestIP(request)?.address }),
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    operations,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

test("openOperations() opens a server's, by --url or PAGERPORT_URL", async () => {
  await using server = serveApi();
  expect(serverSettingNames).toEqual(["apiToken"]);
  const { url, operations } = server;
  for (const [flags, env] of [
    [{ url }, { PAGERPORT_API_TOKEN: secret }],
    [{}, { PAGERPORT_API_TOKEN: secret, PAGERPORT_URL: url }],
    [{ url }, { PAGERPORT_API_TOKEN: secret, PAGERPORT_URL: "http://127.0.0.1:1" }],
  ] as const) {
    const context = createContext(env);
    await using opened = await openOperations(flags, context);
    expect(opened.place).toBe(url);
    expect(await opened.operations.listPlans()).toEqual(await operations.listPlans());
    expect(await opened.operations.approvePlan(7, { by: "me" })).toMatchObject({ changed: 2 });
    expect(context.told).toEqual([]);
  }
});

test("openOperations() opens a store's where no server is named, and says what to name where there is none", async () => {
  const operations = createFakeOperations(0);
  const store: OpenedOperations = {
    operations,
    place: "a store",
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const openStore = async (): Promise<OpenedOperations> => store;
  expect(await openOperations({}, createContext(), { openStore })).toBe(store);
  const failure = await failureOf(openOperations({}, createContext()));
  expect(String(failure)).toContain("PAGERPORT_URL is not set");
  expect(chooseExitCode(failure)).toBe(2);
});

test.each([
  [
    "a wrong token",
    "canary-9876543210-9876543210",
    "",
    4,
    "is of no token in PAGERPORT_API_TOKENS",
  ],
  ["no token", "", "", 4, "PAGERPORT_API_TOKEN"],
  ["another path", secret, "/elsewhere/v1", 2, "There is nothing here"],
  ["a port where nobody is", secret, undefined, 5, "Is 'pagerport serve' running"],
])(
  "a command with --url and %s ends with a code and what to do",
  async (_what, token, path, code, told) => {
    await using server = serveApi();
    const url = path === undefined ? "http://127.0.0.1:1" : `${server.url}${path}`;
    const context = createContext({ PAGERPORT_API_TOKEN: token });
    let flags: { readonly url?: string } = {};
    const command = addServerOption(new Command("status").action((given) => void (flags = given)));
    command.parse(["--url", url], { from: "user" });
    await using opened = await openOperations(flags, context);
    const failure = await failureOf(opened.operations.status());
    expect(reportError(failure, context)).toBe(code);
    expect(context.told.join("")).toContain(told);
    expect(context.told.join("")).not.toMatch(/canary|doctor/);
  },
);

test("openOperations() warns of a token that others can read on its way", async () => {
  const warnOf = async (url: string): Promise<readonly string[]> => {
    const context = createContext({ PAGERPORT_API_TOKEN: secret });
    await openOperations({ url }, context);
    return context.told;
  };
  expect((await warnOf("http://pagerport.example:8010")).join("")).toContain("unencrypted");
  for (const url of ["https://pagerport.example", "http://localhost:8010", "http://[::1]:8010"]) {
    expect(await warnOf(url)).toEqual([]);
  }
});
