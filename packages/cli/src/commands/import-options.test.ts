import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "@pagerport/core";
import { createContext } from "../testing/create-context.ts";
import { identifyImport, type ImportFlags, loadHosts, planImport } from "./import-options.ts";

const flags: ImportFlags = { output: "output.json", port: true };

function errorOf(work: () => unknown): ConfigError {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("It did not fail");
}

test("planImport() without flags is everything, to a file in the current folder", () => {
  expect(planImport(flags, createContext())).toEqual({
    kinds: ["services", "incidents"],
    since: undefined,
    until: undefined,
    output: "/nowhere/at/all/output.json",
  });
});

test("planImport() takes kinds in the order of delivery, and times as times", () => {
  const plan = planImport(
    {
      ...flags,
      output: "-",
      kinds: " incidents, services",
      since: "2024-01-31",
      until: "2024-02-01T00:00+01:00",
    },
    createContext(),
  );
  expect(plan).toEqual({
    kinds: ["services", "incidents"],
    since: Date.UTC(2024, 0, 31),
    until: Date.UTC(2024, 0, 31, 23),
    output: undefined,
  });
});

test.each([
  [
    { kinds: "service" },
    "--kinds",
    "there is no kind 'service' to import; there are services and incidents. Did you mean services?",
  ],
  [
    { kinds: "incidents,xyz" },
    "--kinds",
    "there is no kind 'xyz' to import; there are services and incidents",
  ],
  [{ kinds: "" }, "--kinds", "there is no kind ''"],
  [
    { since: "yesterday" },
    "--since",
    "--since must be a date (2024-01-31) or a time with a zone (2024-01-31T08:00:00Z): current value is 'yesterday'",
  ],
  [{ until: "2024-02-30" }, "--until", "--until must be a date"],
  [
    { since: "2024-02-01", until: "2024-01-01" },
    "--since",
    "--since must be before --until: 2024-02-01 is not before 2024-01-01",
  ],
  [
    { since: "2024-02-01", until: "2024-02-01T00:00Z" },
    "--since",
    "--since must be before --until",
  ],
  [{ output: "-", json: true as const }, "--json", "--output - and --json cannot be used together"],
])("planImport() refuses %j", (wrong, setting, message) => {
  const error = errorOf(() => planImport({ ...flags, ...wrong }, createContext()));
  expect(error.setting).toBe(setting);
  expect(error.message).toContain(message);
});

test("planImport() lets an estimate be JSON on stdout", () => {
  const estimate = { ...flags, output: "-", json: true, estimate: true } as const;
  expect(planImport(estimate, createContext()).output).toBeUndefined();
});

const environment = { PD_TOKEN: "token", PORT_URL: "https://ingest.getport.io/abc" };

test("loadHosts() takes the two settings that the script had", () => {
  expect(loadHosts(flags, createContext(environment))).toMatchObject({
    token: "token",
    apiUrl: "https://api.pagerduty.com",
    portUrl: "https://ingest.getport.io/abc",
    portSecret: undefined,
    requestsPerMinute: 960,
    rateBudget: 0.9,
  });
});

test("loadHosts() takes flags before the environment, and the environment before the file", () => {
  const folder = mkdtempSync(join(tmpdir(), "pagerport-test-"));
  try {
    writeFileSync(join(folder, "pagerport.yaml"), "rateBudget: 0.1\nrequestsPerMinute: 10\n");
    const context = createContext({ ...environment, PAGERPORT_RATE_BUDGET: "0.2" }, folder);
    expect(loadHosts(flags, context)).toMatchObject({ rateBudget: 0.2, requestsPerMinute: 10 });
    const given = {
      ...flags,
      rateBudget: "0.3",
      apiUrl: "http://127.0.0.1:1/",
      requestsPerMinute: "0",
    };
    expect(loadHosts(given, context)).toMatchObject({
      rateBudget: 0.3,
      requestsPerMinute: 0,
      apiUrl: "http://127.0.0.1:1",
    });
    writeFileSync(join(folder, "other.yaml"), "rateBudget: 0.4\n");
    const other = { ...flags, config: "other.yaml" };
    expect(loadHosts(other, createContext(environment, folder)).rateBudget).toBe(0.4);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("loadHosts() names what is missing, and how to do without", () => {
  const noToken = errorOf(() =>
    loadHosts(flags, createContext({ PORT_URL: environment.PORT_URL })),
  );
  expect(noToken.message).toStartWith("PD_TOKEN is not set: ");
  const noPort = errorOf(() =>
    loadHosts(flags, createContext({ PD_TOKEN: "token", PORT_URL: "" })),
  );
  expect(noPort).toMatchObject({ setting: "PORT_URL" });
  expect(noPort.message).toStartWith("PORT_URL is not set: ");
  expect(noPort.message).toContain("--no-port");
  const wrong = errorOf(() =>
    loadHosts(flags, createContext({ ...environment, PORT_URL: "secret" })),
  );
  expect(wrong.message).toStartWith("PORT_URL must be a URL");
  expect(wrong.message).not.toContain("secret");
  expect(
    loadHosts({ ...flags, port: false }, createContext({ PD_TOKEN: "t" })).portUrl,
  ).toBeUndefined();
});

test("loadHosts() never reads PORT", () => {
  const error = errorOf(() =>
    loadHosts(flags, createContext({ PD_TOKEN: "token", PORT: "https://ingest.getport.io/abc" })),
  );
  expect(error.message).toStartWith("PORT_URL is not set");
});

test("identifyImport() tells imports apart, and keeps no secret", () => {
  const context = createContext(environment);
  const plan = planImport(flags, context);
  const hosts = loadHosts(flags, context);
  const identity = identifyImport(flags, plan, hosts);
  expect(identity).toMatchObject({
    apiUrl: "https://api.pagerduty.com",
    kinds: "services,incidents",
    since: "",
    until: "",
  });
  expect(JSON.stringify(identity)).not.toMatch(/abc|token/);
  expect(
    identifyImport(flags, plan, { ...hosts, portUrl: "https://ingest.getport.io/abd" }).portUrl,
  ).not.toBe(identity.portUrl);
  expect(identifyImport(flags, plan, { ...hosts, portUrl: undefined }).portUrl).toBe("");
  expect(identifyImport({ ...flags, since: "2024-01-01" }, plan, hosts).since).toBe("2024-01-01");
  // The sandbox listens on another port each time.
  expect(identifyImport({ ...flags, sandbox: true }, plan, hosts)).toMatchObject({
    apiUrl: "sandbox",
    portUrl: "",
  });
});
