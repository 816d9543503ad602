import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { readDotEnv } from "../../packages/cli/src/dot-env.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { runHere } from "../support/run-here.ts";

test("config show tells value and origin of every setting, masks secrets, and names the unknown", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.file("pagerport.yaml"), "requestsPerMinute: 100\n");
  writeFileSync(folder.file(".env"), "PD_TOKEN=hush-hush\nPORT_URL=https://x.test/hush\n");
  const env = {
    PD_TOKEN: "hush-hush",
    PD_API_URL: "https://api.eu.pagerduty.com",
    OCEAN__PORT: '{"clientSecret":"hush","clientSecrt":"hush"}',
    PAGERPORT_RATE_BUGDET: "hush",
  };
  const shown = await runHere(["config", "show", "--rate-budget", "0.2"], {
    cwd: folder.path,
    env,
  });
  expect(shown.code).toBe(0);
  expect(shown.stdout + shown.stderr).not.toContain("hush");
  const lines = shown.stdout.split("\n").map((line) => line.trim().replaceAll(/ {2,}/g, " | "));
  expect(lines).toContain("pagerDutyToken | (secret, 9 characters) | PD_TOKEN in .env");
  expect(lines).toContain("rateBudget | 0.2 | --rate-budget");
  expect(lines).toContain("portClientSecret | (secret, 4 characters) | OCEAN__PORT (clientSecret)");
  expect(lines).toContain("clientTimeout | 60 | PAGERPORT_CLIENT_TIMEOUT");
  expect(shown.stdout).toContain(`${folder.path}/pagerport.yaml:1:1`);
  expect(shown.stderr).toContain(
    "PAGERPORT_RATE_BUGDET is not known, and is ignored. Did you mean PAGERPORT_RATE_BUDGET?",
  );
  expect(shown.stderr).toContain(
    "OCEAN__PORT (clientSecrt) is not known, and is ignored. Did you mean OCEAN__PORT__CLIENT_SECRET?",
  );
  expect(shown.stderr).toContain(
    "PORT_URL is in .env, which nobody has read: only Bun reads it by itself.",
  );
});

test("config show --json is one document, and a mistake ends it with 2", async () => {
  const env = { PAGERPORT_LISTEN: "nowhere", OCEAN__PORT: "no json", PD_TOKEN: "hush" };
  const { code, stdout } = await runHere(["config", "show", "--json"], { cwd: "/nowhere", env });
  const document = JSON.parse(stdout) as { mistakes: string[]; settings: { name: string }[] };
  expect(code).toBe(2);
  expect(document.mistakes).toEqual([
    "OCEAN__PORT must be a JSON object",
    "PAGERPORT_LISTEN must be a port or host:port (0.0.0.0:8000): current value is 'nowhere'",
  ]);
  expect(document.settings.find(({ name }) => name === "pagerDutyToken")).toMatchObject({
    value: "(secret, 4 characters)",
    source: "environment",
    origin: "PD_TOKEN",
    mistake: null,
  });
});

test("readDotEnv() tells which file gave a variable, and which nobody has read", () => {
  using folder = new TemporaryFolder();
  writeFileSync(
    folder.file(".env"),
    "PD_TOKEN=a\nPD_API_URL='x y' # c\nPORT_CLIENT_ID=id\nEMPTY=\n",
  );
  writeFileSync(folder.file(".env.local"), "PD_TOKEN=b\n");
  const env = { PD_TOKEN: "b", PD_API_URL: "of the shell" };
  const { originOf, unread } = readDotEnv({ env, cwd: folder.path });
  expect(originOf("PD_TOKEN")).toBe(".env.local");
  expect(originOf("PD_API_URL")).toBeUndefined();
  expect([...unread]).toEqual([["PORT_CLIENT_ID", ".env"]]);
});
