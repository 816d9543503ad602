import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sandbox } from "@pagerport/cli/sandbox";
import {
  connectIngest,
  createMapper,
  importHistory,
  type ImportHistoryOptions,
  type ImportReport,
  importToPort,
  type ImportToPortOptions,
  nameImportFiles,
  parseMapping,
  readDefaultFile,
  type RunEvent,
} from "@pagerport/core";
import {
  connectSandboxPagerDuty,
  connectSandboxPort,
  integrationIdentifier,
} from "./connect-sandbox.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";

/** A folder of its own for one test, removed when the test is over. */
export function createFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "pagerport-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export interface RunImportOptions extends Partial<ImportHistoryOptions> {
  readonly folder: string;
  readonly token?: string;
  readonly portSecret?: string;
  readonly noPort?: boolean;
  readonly requestsPerMinute?: number;
  /** Instead of the global one. */
  readonly fetch?: typeof globalThis.fetch;
}

/** What a run told, all but how many objects were written. */
interface RunEvents {
  readonly events: RunEvent[];
  readonly onEvent: (event: RunEvent) => void;
  readonly countRequests: () => ImportReport["requests"];
}

/** Imports a sandbox's account in this process, over real HTTP. */
export async function runImport(
  sandbox: Sandbox,
  options: RunImportOptions,
): Promise<ImportReport & { readonly events: readonly RunEvent[] }> {
  const { events, ...listening } = listen(options.onEvent);
  const { onEvent } = listening;
  const { token = sandbox.token, requestsPerMinute = 0 } = options;
  const { fetch = globalThis.fetch, clock = testClock } = options;
  const shared = { fetch, clock, random: () => 0.02, onEvent };
  const report = await importHistory({
    pagerDuty: connectSandboxPagerDuty(sandbox, {
      ...shared,
      token,
      requestsPerMinute,
      rateBudget: 0.9,
    }),
    sink:
      options.noPort === true
        ? undefined
        : connectIngest({ ...shared, url: sandbox.ingestUrl, secret: options.portSecret }),
    files: nameImportFiles(join(options.folder, "output.json")),
    fingerprint: { apiUrl: "sandbox", portUrl: "", kinds: "", since: "", until: "" },
    kinds: ["services", "incidents"],
    clock: testClock,
    pid: process.pid,
    ...options,
    ...listening,
  });
  return { ...report, events };
}

interface RunImportToPortOptions extends Partial<ImportToPortOptions> {
  readonly folder: string;
  /** YAML; the default mapping where not given. */
  readonly mappingText?: string;
  /** Instead of the global one. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Imports a sandbox's account to its Port in this process, over real HTTP; with a store that remembers
 * nothing where none is given.
 */
export async function runImportToPort(
  sandbox: Sandbox,
  options: RunImportToPortOptions,
): Promise<ImportReport & { readonly events: readonly RunEvent[] }> {
  const { events, ...listening } = listen(options.onEvent);
  const { onEvent } = listening;
  const { fetch = globalThis.fetch } = options;
  const text = options.mappingText ?? readDefaultFile("mapping.yaml");
  await using mapper = createMapper(await parseMapping(text));
  await using store = await openTestStore();
  const report = await importToPort({
    pagerDuty: connectSandboxPagerDuty(sandbox, { fetch, onEvent, rateBudget: 0.9 }),
    port: connectSandboxPort(sandbox, { fetch, onEvent }),
    mapper,
    store,
    integrationIdentifier,
    owner: "test",
    files: {
      progress: join(options.folder, "port-import.progress"),
      failed: join(options.folder, "port-import.failed.json"),
    },
    fingerprint: { apiUrl: "sandbox", portUrl: "", kinds: "", since: "", until: "" },
    kinds: ["services", "incidents"],
    clock: testClock,
    pid: process.pid,
    ...options,
    ...listening,
  });
  return { ...report, events };
}

function listen(told: ((event: RunEvent) => void) | undefined): RunEvents {
  const requests = { pagerduty: 0, port: 0 };
  const events: RunEvent[] = [];
  return {
    events,
    countRequests: () => requests,
    onEvent(event) {
      if (event.type === "request") requests[event.host === "Port" ? "port" : "pagerduty"] += 1;
      if (event.type !== "written") events.push(event);
      told?.(event);
    },
  };
}

/** One line of the output, as far as tests look into it. */
export interface Line {
  readonly event: {
    readonly event_type: string;
    readonly data: {
      readonly identifier: string;
      readonly title: string;
      readonly properties: Record<string, unknown>;
    };
  };
}

/** The lines of a folder's `output.json`. */
export function readOutput(folder: string): Line[] {
  const text = readFileSync(join(folder, "output.json"), "utf8");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}

/** Identifiers of lines, in their order. */
export function identifiersOf(lines: readonly Line[], type?: string): string[] {
  return lines
    .filter(({ event }) => type === undefined || event.event_type === type)
    .map(({ event }) => event.data.identifier);
}
