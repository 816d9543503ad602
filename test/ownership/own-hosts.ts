import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { portEnvironment } from "../support/run-cli.ts";
import { runHere } from "../support/run-here.ts";
import { expect } from "bun:test";

/** A small account. */
export const account = { services: 15, users: 6, schedules: 2, incidents: 40 } as const;

/** An account that was brought to a Port, with all that a process remembers of it. */
export interface OwnHosts extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly folder: TemporaryFolder;
  readonly env: Record<string, string>;
  /** All that Port holds, to be compared. */
  readonly catalog: () => string;
}

/** Brings a small account to its own Port, once. */
export async function startOwnHosts(options: SandboxOptions = {}): Promise<OwnHosts> {
  const sandbox = await startSandbox({ ...account, ...options });
  const folder = new TemporaryFolder();
  const env = { ...portEnvironment(sandbox), PAGERPORT_STATE_DIR: folder.file("state") };
  const first = await runHere(["sync"], { cwd: folder.path, env });
  expect([first.code, sandbox.port.entities("pagerdutyService").length]).toEqual([0, 15]);
  return {
    sandbox,
    folder,
    env,
    catalog: () => JSON.stringify(sandbox.port.entities()),
    async [Symbol.asyncDispose]() {
      await sandbox[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** One address that leads to the PagerDuty of whichever sandbox is wanted, as one API has all accounts. */
export function startSharedHost(first: Sandbox) {
  let target = first;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const { pathname, search } = new URL(request.url);
      const { method, headers } = request;
      return fetch(`${target.pagerDutyUrl}${pathname}${search}`, { method, headers });
    },
  });
  return {
    url: server.url.href.replace(/\/$/, ""),
    leadTo: (sandbox: Sandbox) => {
      target = sandbox;
    },
    [Symbol.dispose]: () => void server.stop(true),
  };
}

/** The environment with PagerDuty's credentials of another sandbox. */
export function withPagerDutyOf(sandbox: Sandbox, env: Record<string, string>) {
  return { ...env, PD_TOKEN: sandbox.token, PD_API_URL: sandbox.pagerDutyUrl };
}

/** The environment with Port's credentials of another sandbox. */
export function withPortOf(sandbox: Sandbox, env: Record<string, string>) {
  return {
    ...env,
    PORT_CLIENT_ID: sandbox.portClientId,
    PORT_CLIENT_SECRET: sandbox.portClientSecret,
    PORT_BASE_URL: sandbox.portUrl,
  };
}
