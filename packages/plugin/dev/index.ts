/**
 * A Backstage backend with the plugin, on an invented PagerDuty account and an invented Port: something
 * happens every few seconds, and the log shows what becomes of it. `bun run dev:portal` starts it.
 */
import process from "node:process";
import { createBackend } from "@backstage/backend-defaults";
import { mockServices } from "@backstage/backend-test-utils";
import { startSandbox } from "@pagerport/cli/sandbox";
import { systemClock } from "@pagerport/core";
import { pagerportPlugin } from "../src/index.ts";
import { provideSqlite } from "./sqlite-for-knex.ts";

const port = Number(process.env["PORTAL_PORT"] ?? "7007");
const baseUrl = `http://localhost:${port}`;
const publicUrl = `${baseUrl}/api/pagerport/webhook`;
/** Seconds between two things that happen. */
const pause = 5;

provideSqlite();
const sandbox = await startSandbox({ services: 10, incidents: 500 });
const { secrets } = sandbox.webhooks.subscribe({ url: publicUrl });

const backend = createBackend();
backend.add(
  mockServices.rootConfig.factory({
    data: {
      app: { baseUrl },
      backend: {
        baseUrl,
        listen: { host: "127.0.0.1", port },
        database: { client: "better-sqlite3", connection: ":memory:" },
      },
      pagerport: {
        pagerduty: {
          token: sandbox.token,
          apiUrl: sandbox.pagerDutyUrl,
          webhookSecrets: [...secrets],
        },
        port: {
          clientId: sandbox.portClientId,
          clientSecret: sandbox.portClientSecret,
          baseUrl: sandbox.portUrl,
        },
        allowActions: "user:default/mock",
        schedule: { frequency: { minutes: 1 }, timeout: { minutes: 1 } },
      },
    },
  }),
);
// Whoever asks is signed in.
backend.add(mockServices.auth.factory());
backend.add(mockServices.httpAuth.factory());
backend.add(mockServices.userInfo.factory());
backend.add(pagerportPlugin);
await backend.start();

process.stderr.write(`
Backstage's backend listens on ${baseUrl}; the sandbox's switchboard is ${sandbox.controlUrl}
  curl ${baseUrl}/api/pagerport/health
  curl ${baseUrl}/api/pagerport/status
  curl -X POST ${baseUrl}/api/pagerport/resync
  curl ${baseUrl}/api/pagerport/v1/deletions
Ctrl-C ends it.

`);
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => stopping.abort());
}
while (!stopping.signal.aborted) {
  await sandbox.playDay({ incidents: 1, hours: 0 });
  await systemClock.sleep(pause * 1000, stopping.signal).catch(() => undefined);
}
