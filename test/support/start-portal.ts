import { randomUUID } from "node:crypto";
import { databaseServiceFactory } from "@backstage/backend-defaults/database";
import type { BackendFeature } from "@backstage/backend-plugin-api";
import { mockServices, startTestBackend, type TestBackend } from "@backstage/backend-test-utils";
import { pagerportPlugin } from "@pagerport/backstage-plugin-pagerport-backend";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { signWebhook } from "@pagerport/core/testing";
import { createPostgresDatabase } from "../../packages/core/src/testing/test-postgres.ts";
import { provideSqlite } from "../../packages/plugin/dev/sqlite-for-knex.ts";

/** What webhooks are signed with. */
export const webhookSecret = "portal-webhook-secret";

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

export interface PortalOptions {
  /** `backend.database`. */
  readonly database: object;
  /** More of `pagerport`, or in its place. */
  readonly pagerport?: object;
  /** The rest of the app's configuration. */
  readonly config?: object;
  readonly features?: readonly BackendFeature[];
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
export async function startPortal(sandbox: Sandbox, options: PortalOptions): Promise<Portal> {
  provideSqlite();
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
              webhookSecrets: [webhookSecret],
            },
            port: {
              clientId: sandbox.portClientId,
              clientSecret: sandbox.portClientSecret,
              baseUrl: sandbox.portUrl,
            },
            ...options.pagerport,
          },
          ...options.config,
        } as never,
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
          "x-pagerduty-signature": signWebhook(body, webhookSecret),
          ...headers,
        },
        body,
      }),
    [Symbol.asyncDispose]: () => backend.stop(),
  };
}

/** An event of PagerDuty's, as its webhook tells of it. */
export function describeEvent(type: string, id: string, data: object = {}): string {
  const resource = type.split(".")[0];
  const event = { id: `01${randomUUID()}`, event_type: type, resource_type: resource };
  return JSON.stringify({ event: { ...event, data: { id, type: resource, ...data } } });
}
