import { expect, test } from "bun:test";
import {
  createInboxWriter,
  createWebhookSecrets,
  readBacklog,
  receiveWebhook,
  type WebhookReceipt,
} from "@pagerport/core";
import { signWebhook } from "@pagerport/core/testing";
import { startServiceSetting } from "../support/run-service.ts";
import { createRandom, type Random } from "../support/sample-objects.ts";
import { bySize } from "../support/size.ts";
import { drawOne, mutateBytes, mutateJson, mutateText } from "./mutate.ts";
import { watchRejections } from "./watch-rejections.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";

const inputs = bySize({ short: 700, long: 35_000 });
const secret = "s3cret-of-the-subscription";

/** Bodies of a day of incidents, as PagerDuty sends them. */
async function collectBodies(): Promise<string[]> {
  const bodies: string[] = [];
  await using sandbox = await startSandbox({
    // Another account: what it sends is told apart from what the tested one sends.
    seed: "odd",
    incidents: 50,
    webhookFetch: async (request) => {
      bodies.push(await request.text());
      return new Response(null, { status: 202 });
    },
  });
  sandbox.webhooks.subscribe({ url: "http://pagerport.test/webhook" });
  await sandbox.playDay({ incidents: 15 });
  await sandbox.webhooks.settled();
  return bodies;
}

interface Input {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Record<string, string>;
  readonly isSigned: boolean;
}

function makeInput(random: Random, bodies: readonly string[]): Input {
  const text = drawOne(random, bodies);
  const encode = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);
  const body = drawOne(random, [
    () => encode(JSON.stringify(mutateJson(random, JSON.parse(text)))),
    () => encode(JSON.stringify(mutateJson(random, JSON.parse(text), 0.3))),
    () => encode(mutateText(random, text)),
    () => mutateBytes(random, encode(text)),
    () => encode(`${'{"event":'.repeat(2000)}1${"}".repeat(2000)}`),
  ])();
  const signature = drawOne(random, [
    signWebhook(body, secret),
    signWebhook(body, secret),
    signWebhook(body, "another"),
    mutateText(random, signWebhook(body, secret), 1).replaceAll(/[^\x20-\x7E]/g, "?"),
    "",
  ]);
  const type = drawOne(random, ["application/json", "application/json", "text/plain", ""]);
  return {
    body,
    headers: { "content-type": type, "x-pagerduty-signature": signature },
    isSigned:
      body.length > 0 && signature === signWebhook(body, secret) && type === "application/json",
  };
}

test(`receiveWebhook() of ${inputs} odd bodies never fails, and keeps all that is signed`, async () => {
  using rejections = watchRejections();
  const bodies = await collectBodies();
  expect(bodies.length).toBeGreaterThan(30);
  await using store = await openTestStore();
  const { sql } = store;
  const receipts: WebhookReceipt[] = [];
  const configured = [{ name: "PD_WEBHOOK_SECRET", value: secret }];
  const deps = {
    inbox: createInboxWriter({ sql, clock: testClock }),
    secrets: createWebhookSecrets({ sql, configured }),
    clock: testClock,
    onReceipt: (receipt: WebhookReceipt) => void receipts.push(receipt),
  };
  const random = createRandom(11);
  const statuses = new Map<number, number>();
  for (let count = 0; count < inputs; count += 1) {
    const { body, headers, isSigned } = makeInput(random, bodies);
    const url = "http://pagerport.test/webhook";
    const response = await receiveWebhook(
      new Request(url, { method: "POST", headers, body }),
      deps,
    );
    const answer = await response.text();
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    expect(answer).not.toContain(secret);
    // What is signed is PagerDuty's: whatever it is, it is kept.
    if (isSigned) expect([response.status, count]).toEqual([202, count]);
    else expect([400, 401, 415]).toContain(response.status);
  }
  expect(JSON.stringify(receipts)).not.toContain(secret);
  expect(receipts).toHaveLength(inputs);
  const { waiting, dead } = await readBacklog(sql);
  expect(waiting + dead).toBeGreaterThan(inputs / 10);
  expect(rejections.unhandled).toEqual([]);
});

/** What the clocks are moved on by while PagerDuty is asked again and again for what it does not have. */
const longerThanAnyPause = 600_000;

test("createSyncService() goes on whatever signed events contain", async () => {
  using rejections = watchRejections();
  const bodies = await collectBodies();
  let moved = 0;
  await using store = await openTestStore({ shiftClock: () => moved });
  const clock = { ...testClock, now: () => testClock.now() + moved };
  await using setting = await startServiceSetting({}, { store, clock });
  const { sql } = store;
  const inbox = createInboxWriter({ sql, clock: testClock });
  const secrets = createWebhookSecrets({ sql, configured: [{ name: "fuzz", value: secret }] });
  const random = createRandom(12);
  for (let count = 0; count < bySize({ short: 150, long: 5000 }); count += 1) {
    const body = JSON.stringify(mutateJson(random, JSON.parse(drawOne(random, bodies))));
    const signature = signWebhook(body, secret);
    const headers = { "content-type": "application/json", "x-pagerduty-signature": signature };
    const request = new Request("http://pagerport.test/webhook", { method: "POST", headers, body });
    const response = await receiveWebhook(request, { inbox, secrets, clock: testClock });
    expect(response.status).toBe(202);
  }
  setting.service.wake();
  // What is true of an incident reaches Port after all of it.
  const { pagerduty, port } = setting.sandbox;
  const [service] = [...pagerduty.allServices()];
  const title = "After the odd ones";
  const id = pagerduty.createIncident({ serviceId: service?.id ?? "", title });
  const settled = setting.settle();
  for (let isSettled = false; !isSettled; moved += longerThanAnyPause) {
    setting.service.wake();
    isSettled = await Promise.race([settled.then(() => true), Bun.sleep(50).then(() => false)]);
  }
  expect(port.entity("pagerdutyIncident", id)?.title).toBe(title);
  expect((await readBacklog(sql)).waiting).toBe(0);
  expect(rejections.unhandled).toEqual([]);
});
