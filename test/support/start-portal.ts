import { randomUUID } from "node:crypto";
import { databaseServiceFactory } from "@backstage/backend-defaults/database";
import type { BackendFeature } from "@backstage/backend-plugin-api";
import {
  mockCredentials,
  mockServices,
  startTestBackend,
  type TestBackend,
} from "@backstage/backend-test-utils";
import { pagerportPlugin } from "@pagerport/backstage-plugin-pagerport-backend";
import { type Sandbox, type SandboxOptions, startSandbox } from "@pagerport/cli/sandbox";
import { systemClock } from "@pagerport/core";
import { signWebhook } from "@pagerport/core/testing";
import { createPostgresDatabase } from "../../packages/core/src/testing/test-postgres.ts";
import { provideSqlite } from "../../packages/plugin/dev/sqlite-for-knex.ts";

/** What webhooks are signed with. */
/** The webhook's secret of a portal that makes no subscription of its own. */
export const portalWebhookSecret = "portal-webhook-secret";

/** The databases that Backstage may be configured with, each real; a new one with each call. */
export const portalDatabases: readonly (readonly [string, () => Promise<object>])[] = [
  ["SQLite", async () => ({ client: "better-sqlite3", connection: ":memory:" })],
  [
    "PostgreSQL",
    async () => {
      const { hostname, port, username, password, pathname } = new URL(
        await createPostgresDatabase(),
      );
      const database = pathname.slice(1);
      const connection = { host: hostname, port: Number(port), user: username, password, database };
      return { client: "pg", pluginDivisionMode: "schema", connection };
    },
  ],
];

/** A sandbox whose webhooks go to a portal that may be started later, and to another after that. */
export interface PortalSandbox extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** Where webhooks go, in turn; none answers while there is none. */
  deliverTo(...portals: readonly Pick<Portal, "url">[]): void;
}

/** Starts a sandbox, with a subscription unless that is not wanted. */
export async function startPortalSandbox(
  options: SandboxOptions,
  { isSubscribed = true }: { readonly isSubscribed?: boolean } = {},
): Promise<PortalSandbox> {
  let targets: readonly Pick<Portal, "url">[] = [];
  let turn = 0;
  const sandbox = await startSandbox({
    ...options,
    webhookFetch: async (request) => {
      turn += 1;
      const { method, headers } = request;
      const body = await request.arrayBuffer();
      // As a load balancer does: where one does not answer, the next is asked.
      for (let place = 0; place < targets.length; place += 1) {
        const target = targets[(turn + place) % targets.length];
        try {
          return await fetch(`${target?.url}/webhook`, { method, headers, body });
        } catch {
          continue;
        }
      }
      return new Response(null, { status: 503 });
    },
  });
  if (isSubscribed) {
    sandbox.webhooks.subscribe({ url: "http://portal.test/api/pagerport/webhook" });
  }
  return {
    sandbox,
    deliverTo: (...portals) => {
      targets = portals;
    },
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
}

export interface PortalOptions {
  /** `backend.database`. */
  readonly database: object;
  /** More of `pagerport`, or in its place. */
  readonly pagerport?: object;
  /** The rest of the app's configuration. */
  readonly config?: object;
  readonly features?: readonly BackendFeature[];
}

/** What a portal has to know of a sandbox. */
export interface SandboxAddresses extends Pick<
  Sandbox,
  "token" | "pagerDutyUrl" | "portClientId" | "portClientSecret" | "portUrl"
> {
  /** What its subscriptions sign with. */
  readonly secrets: readonly string[];
}

/** What can be told to another process. */
export function describeSandbox(sandbox: Sandbox): SandboxAddresses {
  const { token, pagerDutyUrl, portClientId, portClientSecret, portUrl, webhooks } = sandbox;
  const secrets = webhooks.subscriptions().flatMap((subscription) => subscription.secrets);
  return { token, pagerDutyUrl, portClientId, portClientSecret, portUrl, secrets };
}

/** A Backstage backend with the plugin, on a sandbox. */
export interface Portal extends AsyncDisposable {
  /** The plugin's routes: `http://localhost:1234/api/pagerport`. */
  readonly url: string;
  readonly backend: TestBackend;
  /** Posts an event that is signed unless another signature is given. */
  post(body: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

/** Starts a backend with the plugin, configured for a sandbox. */
export async function startPortal(
  given: Sandbox | SandboxAddresses,
  options: PortalOptions,
): Promise<Portal> {
  provideSqlite();
  const sandbox = "webhooks" in given ? describeSandbox(given) : given;
  const isManaged = JSON.stringify(options.pagerport ?? {}).includes(`"manage":true`);
  const backend = await startTestBackend({
    features: [
      pagerportPlugin,
      databaseServiceFactory,
      mockServices.rootConfig.factory({
        data: {
          backend: { database: options.database },
          pagerport: {
            pagerduty: {
              token: sandbox.token,
              apiUrl: sandbox.pagerDutyUrl,
              webhookSecrets: isManaged ? [] : [portalWebhookSecret, ...sandbox.secrets],
            },
            port: {
              clientId: sandbox.portClientId,
              clientSecret: sandbox.portClientSecret,
              baseUrl: sandbox.portUrl,
            },
            ...options.pagerport,
          },
          ...options.config,
        },
      }),
      ...(options.features ?? []),
    ],
  });
  const url = `http://localhost:${backend.server.port()}/api/pagerport`;
  return {
    url,
    backend,
    post: (body, headers) =>
      fetch(`${url}/webhook`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-pagerduty-signature": signWebhook(body, portalWebhookSecret),
          ...headers,
        },
        body,
      }),
    [Symbol.asyncDispose]: () => backend.stop(),
  };
}

/** What the plugin tells whoever is signed in. */
export interface PortalStatus {
  readonly lastRuns: readonly {
    readonly type: string;
    readonly outcome: string;
    readonly startedAt: number;
    readonly endedAt: number;
  }[];
  readonly subscription?: { readonly state?: string };
  readonly backlog: { readonly waiting: number; readonly dead: number };
  readonly nextRunAt?: number;
  readonly deadLetters: readonly object[];
}

/** `GET /status`, as somebody who is signed in. */
export async function readStatus({ url }: Pick<Portal, "url">): Promise<PortalStatus> {
  const headers = { authorization: mockCredentials.user.header() };
  const response = await fetch(`${url}/status`, { headers });
  return (await response.json()) as PortalStatus;
}

/** Resolves when it is so, however long that takes. */
export async function waitUntil(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await systemClock.sleep(10);
}

/** An event of PagerDuty's, as its webhook tells of it. */
export function describeEvent(type: string, id: string, data: object = {}): string {
  const resource = type.split(".")[0];
  const event = { id: `01${randomUUID()}`, event_type: type, resource_type: resource };
  return JSON.stringify({ event: { ...event, data: { id, type: resource, ...data } } });
}
