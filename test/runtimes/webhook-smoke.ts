/**
 * Receives webhooks over HTTP as a server does. Started by the tests on every runtime, unbuilt; its
 * argument is what `openStore()` takes, as JSON. Prints what was answered.
 */
import { connect } from "node:net";
import process from "node:process";
import { listen } from "../../packages/cli/src/listen.ts";
import { systemClock } from "../../packages/core/src/clock.ts";
import { bodyTimeLimit, largestBody } from "../../packages/core/src/server/read-body.ts";
import { receiveWebhook } from "../../packages/core/src/server/receive-webhook.ts";
import { createWebhookSecrets } from "../../packages/core/src/server/webhook-secrets.ts";
import { completeClaim } from "../../packages/core/src/store/claims.ts";
import { readBacklog } from "../../packages/core/src/store/inbox-events.ts";
import { claimJobs, endEvents } from "../../packages/core/src/store/inbox-jobs.ts";
import { createInboxWriter } from "../../packages/core/src/store/inbox-writer.ts";
import { openStore } from "../../packages/core/src/store/open-store.ts";
import { FakeClock } from "../../packages/core/src/testing/fake-clock.ts";
import { signWebhook } from "../../packages/core/src/testing/index.ts";

const store = await openStore(JSON.parse(process.argv[2] ?? "{}") as object);
const { sql } = store;
const clock = new FakeClock();
const deps = {
  clock,
  inbox: createInboxWriter({ sql, clock: systemClock }),
  secrets: createWebhookSecrets({ sql, configured: [{ name: "test", value: "s" }] }),
};
const server = await listen((request) => receiveWebhook(request, deps), {
  host: "127.0.0.1",
  port: 0,
});
const data = { id: "Q1", type: "incident", title: "Zażółć 🔥", service: { id: "PS1" } };
const event = { id: "01F", event_type: "incident.resolved", resource_type: "incident", data };
const body = JSON.stringify({ event });

const signature = signWebhook(body, "s");
const answers = [
  await post(body, signature),
  await post(body, signature),
  await post(inPieces([body.slice(0, 9), body.slice(9)]), signature),
  await post(body, signWebhook(body, "other")),
  await post("x".repeat(largestBody + 1), signature),
  await postTooMuch(),
  await postForEver(),
];
const jobs = await claimJobs(sql, { owner: "smoke", most: 5 });
for (const job of jobs) {
  await completeClaim(sql, job.claim, (inside) => endEvents(inside, job));
}
const { waiting } = await readBacklog(sql);
process.stdout.write(
  JSON.stringify({ answers, keys: jobs.map(({ key }) => key).toSorted(), waiting }),
);
await server.close();
await store[Symbol.asyncDispose]();
process.exit(0);

async function post(sent: BodyInit, header: string): Promise<unknown> {
  const headers = { "content-type": "application/json", "x-pagerduty-signature": header };
  const init = { method: "POST", headers, body: sent, duplex: "half" };
  try {
    const response = await fetch(`${server.url}/webhook`, init);
    const { outcome } = (await response.json()) as { outcome: unknown };
    return [response.status, outcome];
  } catch (error) {
    return String(error);
  }
}

function inPieces(pieces: readonly string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
}

/** A body that nobody announced, larger than it may be. */
function postTooMuch(): Promise<string> {
  const chunk = `${largestBody.toString(16)}\r\n${"x".repeat(largestBody)}\r\n`;
  return postRaw("transfer-encoding: chunked", `${chunk}${chunk}`, async () => undefined);
}

/** A body of which the end does not come. */
function postForEver(): Promise<string> {
  return postRaw("content-length: 9", "{", async () => {
    while (clock.sleeping === 0) await clock.settle();
    await clock.advance(bodyTimeLimit);
  });
}

async function postRaw(header: string, sent: string, wait: () => Promise<void>): Promise<string> {
  const socket = connect(server.port, "127.0.0.1");
  const answered = new Promise<string>((resolve) => {
    socket.once("data", (answer) => resolve(answer.toString().slice(0, 12)));
    socket.once("error", (error) => resolve(String(error)));
  });
  socket.write("POST /webhook HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n");
  socket.write(`x-pagerduty-signature: ${signature}\r\n`);
  socket.write(`${header}\r\n\r\n${sent}`);
  await wait();
  const answer = await answered;
  socket.destroy();
  return answer;
}
