import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../errors.ts";
import { TemporaryFolder } from "../testing/temporary-folder.ts";
import { findConfigFile, readConfigFile } from "./config-file.ts";
import { loadSetting, requireSetting, type SettingSources } from "./load-settings.ts";

function errorOf(work: () => unknown): ConfigError {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("It did not fail");
}

function withFile(text: string): { path: string; folder: TemporaryFolder } {
  const folder = new TemporaryFolder();
  const path = folder.file("pagerport.yaml");
  writeFileSync(path, text);
  return { path, folder };
}

test("findConfigFile() finds the nearest upward", () => {
  using folder = new TemporaryFolder();
  const deep = join(folder.path, "a", "b");
  mkdirSync(deep, { recursive: true });
  writeFileSync(folder.file("pagerport.yaml"), "");
  expect(findConfigFile(deep)).toBe(folder.file("pagerport.yaml"));
  writeFileSync(join(folder.path, "a", "pagerport.yaml"), "");
  expect(findConfigFile(deep)).toBe(join(folder.path, "a", "pagerport.yaml"));
});

test.each([
  ["", []],
  ["# nothing yet\n", []],
  [
    "pagerDutyApiUrl: https://api.eu.pagerduty.com\nrateBudget: 0.5\n",
    ["https://api.eu.pagerduty.com", "0.5"],
  ],
  ['{"requestsPerMinute": 100}', ["100"]],
])("readConfigFile() reads %j", (text, values) => {
  const { path, folder } = withFile(text);
  using _ = folder;
  expect([...readConfigFile(path).entries.values()].map((entry) => entry.text)).toEqual(values);
});

test.each([
  ["rateBugdet: 0.5", "1:1: there is no setting 'rateBugdet'. Did you mean rateBudget?"],
  ["\n  \nxyz: 1", "3:1: there is no setting 'xyz'; 'pagerport config show' names all"],
  ["- a\n- b", "1:1: must be settings, one 'name: value' a line"],
  ["just text", "1:1: must be settings, one 'name: value' a line"],
  ["rateBudget:", "1:1: rateBudget must have one value"],
  ["rateBudget: [1]", "1:1: rateBudget must have one value"],
  ["rateBudget: {a: 1}", "1:1: rateBudget must have one value"],
  [
    "pagerDutyToken: abc",
    "1:1: pagerDutyToken is a secret and does not belong in this file. Set PD_TOKEN in the environment, or PD_TOKEN_FILE to the path of a file that holds it",
  ],
  ["rateBudget: 1\nrateBudget: 1", "2:1: Map keys must be unique"],
  ["rateBudget: 'open", "1:18: Missing closing 'quote"],
  ["? [a]\n: 1", "1:1: there is no setting ''; 'pagerport config show' names all"],
  ["maping: a.yaml", "1:1: there is no setting 'maping'. Did you mean mapping?"],
  ["mapping: [a]", "1:1: mapping must be a mapping or the name of a file that holds one"],
  ["mapping:", "1:1: mapping must be a mapping or the name of a file that holds one"],
  ["mappingFile: a.yaml\nmapping: {}", "2:1: the same as mappingFile, which is given too"],
  ["mappingFile: {}", "1:1: mappingFile must have one value"],
])("readConfigFile() of %j says file:line:col: %s", (text, told) => {
  const { path, folder } = withFile(text);
  using _ = folder;
  expect(errorOf(() => readConfigFile(path)).message).toBe(`${path}:${told}`);
});

test("readConfigFile() keeps a whole mapping, or the name of one's file", () => {
  const text = "rateBudget: 0.5\nmapping:\n  resources: []\n";
  const whole = withFile(text);
  using _ = whole.folder;
  const file = readConfigFile(whole.path);
  expect(file.inlineMapping).toEqual({ text, within: ["mapping"] });
  expect([...file.entries.keys()]).toEqual(["rateBudget"]);
  writeFileSync(whole.path, "\n mapping: maps/a.yaml");
  const named = readConfigFile(whole.path);
  expect(named.inlineMapping).toBeUndefined();
  expect(named.entries.get("mappingFile")).toEqual({
    text: "maps/a.yaml",
    place: `${whole.path}:2:2`,
  });
});

test("readConfigFile() tells every mistake at once", () => {
  const { path, folder } = withFile(
    "rateBugdet: 0.5\nportUrl: https://x.test\nrateBudget: 1\nfoo: 1\n",
  );
  using _ = folder;
  const lines = errorOf(() => readConfigFile(path)).message.split("\n");
  expect(lines.map((line) => line.slice(path.length, path.length + 5))).toEqual([
    ":1:1:",
    ":2:1:",
    ":4:1:",
  ]);
});

test("readConfigFile() names a file that is not there", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("missing.yaml");
  expect(errorOf(() => readConfigFile(path)).message).toStartWith(`Cannot read ${path}: ENOENT`);
});

test("loadSetting() takes the flag before the environment, before the file, before the default", () => {
  const { path, folder } = withFile("rateBudget: 0.2\nrequestsPerMinute: 20");
  using _ = folder;
  const file = readConfigFile(path);
  const environment = { PAGERPORT_RATE_BUDGET: "0.3" };
  expect(loadSetting("rateBudget", { flags: { rateBudget: "0.4" }, environment, file })).toBe(0.4);
  expect(loadSetting("rateBudget", { flags: {}, environment, file })).toBe(0.3);
  expect(loadSetting("rateBudget", { environment: {}, file })).toBe(0.2);
  expect(loadSetting("rateBudget", { environment: {} })).toBeUndefined();
  expect(loadSetting("requestsPerMinute", { environment: {} })).toBe(960);
  expect(loadSetting("requestsPerMinute", { environment: {}, file })).toBe(20);
  expect(loadSetting("pagerDutyApiUrl", { environment: {} })).toBe("https://api.pagerduty.com");
  expect(loadSetting("portWebhookSecret", { environment: {} })).toBeUndefined();
});

test("loadSetting() reads a secret from the file that *_FILE names", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("token");
  writeFileSync(path, "from-file\n");
  const named = { PD_TOKEN_FILE: path };
  expect(loadSetting("pagerDutyToken", { environment: named })).toBe("from-file");
  expect(loadSetting("pagerDutyToken", { environment: { ...named, PD_TOKEN: "own" } })).toBe("own");
  expect(
    loadSetting("pagerDutyToken", { environment: { ...named, PAGERDUTY_TOKEN: "other" } }),
  ).toBe("from-file");
  expect(loadSetting("pagerDutyToken", { environment: { PAGERDUTY_TOKEN_FILE: path } })).toBe(
    "from-file",
  );
  // Only secrets: a path in the place of an address is a mistake.
  expect(loadSetting("pagerDutyApiUrl", { environment: { PD_API_URL_FILE: path } })).toBe(
    "https://api.pagerduty.com",
  );
});

test("loadSetting() takes an empty variable as unset", () => {
  const environment = { PD_TOKEN: "", PD_TOKEN_FILE: "", PAGERDUTY_TOKEN: "other", PD_API_URL: "" };
  expect(loadSetting("pagerDutyToken", { environment })).toBe("other");
  expect(loadSetting("pagerDutyApiUrl", { environment })).toBe("https://api.pagerduty.com");
});

const brokenSources: [
  string,
  SettingSources,
  "rateBudget" | "portUrl" | "pagerDutyApiUrl",
  string,
  string,
][] = [
  [
    "a flag",
    { flags: { rateBudget: "2" }, environment: {} },
    "rateBudget",
    "--rate-budget",
    "--rate-budget must be a number from 0.01 to 1: current value is '2'",
  ],
  [
    "a variable",
    { environment: { PD_API_URL: "nowhere" } },
    "pagerDutyApiUrl",
    "PD_API_URL",
    "PD_API_URL must be a URL that begins with https:// (or http://): current value is 'nowhere'",
  ],
  [
    "a secret",
    { environment: { PORT_URL: "hush" } },
    "portUrl",
    "PORT_URL",
    "PORT_URL must be a URL that begins with https:// (or http://)",
  ],
];

test.each(brokenSources)(
  "loadSetting() names %s that is wrong",
  (_what, sources, name, setting, message) => {
    const error = errorOf(() => loadSetting(name, sources));
    expect(error.message).toBe(message);
    expect(error.setting).toBe(setting);
  },
);

test("loadSetting() names file, line and column of a value that is wrong", () => {
  const { path, folder } = withFile("requestsPerMinute: 10\nrateBudget: much");
  using _ = folder;
  const error = errorOf(() =>
    loadSetting("rateBudget", { environment: {}, file: readConfigFile(path) }),
  );
  expect(error.message).toBe(
    `${path}:2:1: rateBudget must be a number from 0.01 to 1: current value is 'much'`,
  );
});

test("loadSetting() names a secret's file that cannot be read, or is empty", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("secret");
  const environment = { PORT_WEBHOOK_SECRET_FILE: path };
  const missing = errorOf(() => loadSetting("portWebhookSecret", { environment }));
  expect(missing.message).toStartWith(
    "PORT_WEBHOOK_SECRET_FILE names a file that cannot be read: ENOENT",
  );
  expect(missing.setting).toBe("PORT_WEBHOOK_SECRET_FILE");
  writeFileSync(path, "\n");
  const empty = errorOf(() => loadSetting("portWebhookSecret", { environment }));
  expect(empty.message).toBe(`PORT_WEBHOOK_SECRET_FILE names a file that is empty: ${path}`);
});

test("requireSetting() says what a setting is that is set nowhere", () => {
  const error = errorOf(() => requireSetting("pagerDutyToken", { environment: {} }));
  expect(error.message).toBe(
    "PD_TOKEN is not set: PagerDuty API key or OAuth token; read-only is enough for all but webhook subscriptions",
  );
  expect(error.setting).toBe("PD_TOKEN");
});
