import { expect, test } from "bun:test";
import { mockCredentials, mockServices } from "@backstage/backend-test-utils";
import { AuthorizeResult } from "@backstage/plugin-permission-common";
import { startSandbox } from "@pagerport/cli/sandbox";
import { signWebhook } from "@pagerport/core/testing";
import { describeEvent, portalDatabases, startPortal } from "../support/start-portal.ts";

const small = { services: 3, incidents: 20 };

for (const [sort, createDatabase] of portalDatabases) {
  test(`the webhook takes what is signed and nothing else, on ${sort}`, async () => {
    await using sandbox = await startSandbox(small);
    await using portal = await startPortal(sandbox, { database: await createDatabase() });
    const body = describeEvent("incident.triggered", "Q1", { service: { id: "P1" } });
    const unsigned = { "x-pagerduty-signature": "" };
    const wrong = { "x-pagerduty-signature": signWebhook(body, "another secret") };
    const answers = [
      await portal.post(body),
      await portal.post(body),
      await portal.post(body, unsigned),
      await portal.post(body, wrong),
      await portal.post(body, { "content-type": "text/plain" }),
      await portal.post("x".repeat(1_100_000)),
      await fetch(`${portal.url}/webhook`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 401, 401, 415, 413, 405]);
    expect(await answers[0]?.json()).toEqual({ outcome: "accepted" });
    expect(await answers[1]?.json()).toEqual({ outcome: "known" });
  });
}
