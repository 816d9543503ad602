import { mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

/** A small account, the same as that of `test/ownership`. */
const account = { services: 15, users: 6, schedules: 2, incidents: 40 } as const;

/** Two accounts, each with its Port, behind one address: who is asked follows from the key, as it does outside. */
export interface TwoAccounts extends AsyncDisposable {
  readonly own: Sandbox;
  readonly other: Sandbox;
  /** For `PD_API_URL` and `PORT_BASE_URL`. */
  readonly url: string;
  /** Requests to PagerDuty that changed something, or would have, by key. */
  readonly changes: readonly { readonly key: string; readonly request: string }[];
  /** All that the Ports hold, to be compared. */
  catalogs(): { readonly own: string; readonly other: string };
}

/** Keys and credentials of both, of which each has its own. */
export const keys = {
  own: { token: "own-key", readOnlyToken: "own-reader", clientId: "own-client" },
  other: { token: "other-key", readOnlyToken: "other-reader", clientId: "other-client" },
} as const;

/** Starts both. */
export async function startTwoAccounts(options: SandboxOptions = {}): Promise<TwoAccounts> {
  const start = (name: "own" | "other"): Promise<Sandbox> => {
    const { clientId: portClientId, ...tokens } = keys[name];
    return startSandbox({ ...account, ...options, ...tokens, portClientId, seed: name });
  };
  const [own, other] = await Promise.all([start("own"), start("other")]);
  const changes: { key: string; request: string }[] = [];
  const ofOther = new Set<string>();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const { method, headers } = request;
      const body = method === "GET" ? "" : await request.text();
      const key = (headers.get("authorization") ?? "").replace(/^(Token token=|Bearer )/, "");
      const isToken = pathname === "/v1/auth/access_token";
      const isOther =
        key.startsWith("other-") || ofOther.has(key) || (isToken && body.includes("other-client"));
      const isPort = pathname.startsWith("/v1/");
      if (!isPort && method !== "GET" && !pathname.startsWith("/analytics/")) {
        changes.push({ key, request: `${method} ${pathname}` });
      }
      const response = await fetch(`${(isOther ? other : own).pagerDutyUrl}${pathname}${search}`, {
        method,
        headers,
        ...(body === "" ? {} : { body }),
      });
      if (!isToken || !response.ok) return response;
      const answer = (await response.json()) as { readonly accessToken: string };
      if (isOther) ofOther.add(answer.accessToken);
      return Response.json(answer);
    },
  });
  return {
    own,
    other,
    url: server.url.href.replace(/\/$/, ""),
    changes,
    catalogs: () => ({
      own: JSON.stringify(own.port.entities()),
      other: JSON.stringify(other.port.entities()),
    }),
    async [Symbol.asyncDispose]() {
      await server.stop(true);
      await own[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    },
  };
}

/** Secrets as Kubernetes mounts them: files are links through `..data`, which is replaced as a whole. */
export class MountedSecret {
  readonly #folder: string;
  #files: Readonly<Record<string, string>>;
  #version = 0;

  constructor(folder: string, files: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#files = files;
    mkdirSync(folder);
    this.#swap();
    for (const name of Object.keys(files)) symlinkSync(join("..data", name), this.path(name));
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  /** Replaces some. */
  put(files: Readonly<Record<string, string>>): void {
    this.#files = { ...this.#files, ...files };
    this.#swap();
  }

  #swap(): void {
    this.#version += 1;
    const name = `..version_${this.#version}`;
    mkdirSync(this.path(name));
    for (const [file, text] of Object.entries(this.#files)) {
      writeFileSync(join(this.path(name), file), text);
    }
    const before = this.#version === 1 ? undefined : readlinkSync(this.path("..data"));
    symlinkSync(name, this.path("..data_tmp"));
    renameSync(this.path("..data_tmp"), this.path("..data"));
    if (before !== undefined) rmSync(this.path(before), { recursive: true });
  }
}

/** The environment of a process that has all of its secrets from files. */
export function fileEnvironment(url: string, secret: MountedSecret): Record<string, string> {
  return {
    PD_API_URL: url,
    PORT_BASE_URL: url,
    PD_TOKEN_FILE: secret.path("pd-token"),
    PORT_CLIENT_ID_FILE: secret.path("port-id"),
    PORT_CLIENT_SECRET_FILE: secret.path("port-secret"),
    PAGERPORT_REQUESTS_PER_MINUTE: "0",
  };
}
