import { afterAll, expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { portEnvironment } from "../support/run-cli.ts";
import { runHere } from "../support/run-here.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

/**
 * What a person is told when something is wrong, word by word, is in `errors/`: command, stderr, exit code.
 * After a change of words: PAGERPORT_UPDATE_GOLDEN=1 bun test test/golden/errors.test.ts
 */
const folder = `${import.meta.dir}/errors`;
const isUpdate = process.env["PAGERPORT_UPDATE_GOLDEN"] === "1";

const sandbox = await startSandbox({ services: 2, incidents: 2, schedules: 1, users: 2, years: 1 });
const work = new TemporaryFolder();
writeFileSync(
  work.file("bad.yaml"),
  "resources:\n  - kind: servces\n    selector: { query: .a | }\n",
);
writeFileSync(work.file("pagerport.yaml"), "");
writeFileSync(work.file("wrong.yaml"), "rateBugdet: 0.5\npagerDutyToken: abc\n");
writeFileSync(work.file("empty.yaml"), "resources: []\n");
writeFileSync(work.file("no.ndjson"), "this is no journal\n");
afterAll(async () => {
  await sandbox.close();
  work[Symbol.dispose]();
});

const well = { ...portEnvironment(sandbox), PAGERPORT_STATE_DIR: work.file("state") };

interface Case {
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
}

const cases: Readonly<Record<string, Case>> = {
  "missing-settings": { args: ["sync"], env: {} },
  "missing-token-import": { args: ["import"], env: {} },
  "ocean-names-missing": { args: ["sync"], env: { OCEAN__INTEGRATION__IDENTIFIER: "x" } },
  "wrong-token": { args: ["sync"], env: { ...well, PD_TOKEN: "nobody-knows-it" } },
  "wrong-port-secret": { args: ["sync"], env: { ...well, PORT_CLIENT_SECRET: "nobody-knows-it" } },
  "two-words-token": { args: ["sync"], env: { ...well, PD_TOKEN: "Token token=abc" } },
  "bad-mapping": { args: ["sync", "--mapping", "bad.yaml"], env: well },
  "empty-mapping": { args: ["sync", "--mapping", "empty.yaml"], env: well },
  "missing-mapping": { args: ["sync", "--mapping", "none.yaml"], env: well },
  "not-an-address": { args: ["sync"], env: { ...well, PD_API_URL: "api.pagerduty.com" } },
  "wrong-option": { args: ["sync", "--dryrun"] },
  "wrong-command": { args: ["synch"] },
  "wrong-inner-command": { args: ["webhook", "crate"] },
  "missing-argument": { args: ["restore"] },
  "too-many-arguments": { args: ["sync", "now"] },
  "wrong-option-value": { args: ["verify", "--sample", "many"], env: well },
  "wrong-kind": { args: ["sync", "--kinds", "servces"], env: well },
  "options-that-exclude": { args: ["sync", "--dry-run", "--estimate"], env: well },
  "wrong-date": { args: ["import", "--no-port", "--since", "yesterday"], env: well },
  "wrong-settings-file": { args: ["sync", "--config", "wrong.yaml"], env: well },
  "missing-settings-file": { args: ["sync", "--config", "none.yaml"], env: well },
  "no-journal": { args: ["restore", "no.ndjson"], env: well },
  "no-store": { args: ["inbox", "list"], env: { ...well, PAGERPORT_STATE_DIR: "/nowhere" } },
  "no-address-for-webhooks": { args: ["webhook", "create"], env: well },
  "no-kind": { args: ["map"] },
};

test.each(Object.entries(cases))("%s is told as it should be", async (name, { args, env = {} }) => {
  const { code, stdout, stderr } = await runHere(args, { cwd: work.path, env });
  const told = [`$ pagerport ${args.join(" ")}`, stderr.trimEnd(), `exit ${code}`, ""].join("\n");
  const shown = told
    .replaceAll(sandbox.pagerDutyUrl, "http://sandbox")
    .replaceAll(work.path, "FOLDER")
    .replaceAll(/request id [0-9a-f]+/g, "request id …");
  expect(stdout).toBe("");
  const golden = `${folder}/${name}.txt`;
  if (isUpdate) await Bun.write(golden, shown);
  expect(shown).toBe(await Bun.file(golden).text());
});

test("errors/ has a file for every case, and no other", () => {
  const files = Object.keys(cases).map((name) => `${name}.txt`);
  expect(readdirSync(folder).toSorted()).toEqual(files.toSorted());
});
