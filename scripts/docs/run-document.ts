import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSandbox } from "../../packages/cli/src/sandbox/index.ts";
import { matchesJson, matchesText } from "./compare-output.ts";
import type { Block, Document } from "./read-document.ts";
import { type Values, writeScript } from "./write-script.ts";

/** What a document's folder has of a clone's. */
const cloned = [
  "package.json",
  "bun.lock",
  "packages",
  "scripts",
  "schema",
  "docs",
  "node_modules",
];

/** Milliseconds that a document may take. */
const timeLimit = 120_000;

/** What went wrong with a document, one text each. */
export async function runDocument(
  document: Document,
  root: string,
  skipped: readonly Block[],
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "pagerport-docs-"));
  await using sandbox = await startSandbox({
    services: 12,
    incidents: 600,
    users: 10,
    schedules: 3,
  });
  try {
    const [work, steps, bin] = ["work", "steps", "bin"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    for (const path of [work, steps, bin]) mkdirSync(path);
    for (const name of cloned) symlinkSync(join(root, name), join(work, name));
    writeCommands(bin, root);
    const address = `127.0.0.1:${findFreePort()}`;
    const values: Values = {
      PD_TOKEN: sandbox.token,
      PD_WEBHOOK_TOKEN: sandbox.token,
      PD_WEBHOOK_SECRET: "a-secret-of-forty-characters-or-thereabouts",
      PORT_URL: sandbox.ingestUrl,
      PORT_CLIENT_ID: sandbox.portClientId,
      PORT_CLIENT_SECRET: sandbox.portClientSecret,
      PORT_WEBHOOK_SECRET: "another-secret",
      PAGERPORT_BASE_URL: `http://${address}`,
      OCEAN__INTEGRATION__CONFIG__TOKEN: sandbox.token,
      OCEAN__PORT__CLIENT_ID: sandbox.portClientId,
      OCEAN__PORT__CLIENT_SECRET: sandbox.portClientSecret,
    };
    const script = writeScript(document, { values, address, skipped });
    const child = Bun.spawn(["bash", "-c", script.text], {
      cwd: work,
      // What says where the hosts are, and nothing else: tokens are for the document to name.
      env: {
        PATH: `${bin}:${process.env["PATH"] ?? ""}`,
        HOME: folder,
        STEPS: steps,
        PD_API_URL: sandbox.pagerDutyUrl,
        PORT_BASE_URL: sandbox.portUrl,
        PAGERPORT_REQUESTS_PER_MINUTE: "0",
        PAGERPORT_STATE_DIR: join(folder, "state"),
        PAGERPORT_LISTEN: address,
      },
      stdout: "inherit",
      stderr: "inherit",
      timeout: timeLimit,
    });
    const code = await child.exited;
    const read = (at: number, what: "out" | "err"): string => {
      const path = join(steps, `${at}.${what}`);
      return existsSync(path) ? readFileSync(path, "utf8") : "";
    };
    if (code !== 0) {
      const at = Number(readFileSync(join(steps, "at"), "utf8"));
      const block = document.blocks[at];
      return [`${nameOf(document, block)} failed:\n${read(at, "out")}${read(at, "err")}`];
    }
    return document.blocks.flatMap((shown, index) => {
      if (!shown.words.has("output")) return [];
      const at = [...script.steps.keys()].findLast((one) => one < index);
      if (at === undefined) return [`${nameOf(document, shown)} is the output of nothing`];
      const isJson = shown.language === "json";
      const printed = isJson ? read(at, "out") : read(at, "out") + read(at, "err");
      const isRight = (isJson ? matchesJson : matchesText)(printed, shown.text);
      return isRight ? [] : [`${nameOf(document, shown)} is not what is printed:\n${printed}`];
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function nameOf(document: Document, block: Block | undefined): string {
  return `${document.path}:${block?.line ?? 0}`;
}

/** The command, Bun, and `npx` for the one thing that it is asked for, which is at hand. */
function writeCommands(bin: string, root: string): void {
  const commands = {
    pagerport: `exec ${process.execPath} ${join(root, "packages/cli/src/main.ts")} "$@"`,
    bun: `exec ${process.execPath} "$@"`,
    npx: `shift 2; exec ${process.execPath} "$@"`,
  };
  for (const [name, line] of Object.entries(commands)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`);
    chmodSync(join(bin, name), 0o755);
  }
}

function findFreePort(): number {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const { port } = server;
  void server.stop(true);
  return port ?? 0;
}
