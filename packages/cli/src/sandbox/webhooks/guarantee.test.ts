import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { startSandbox } from "../../testing/start-sandbox.ts";

const isLong = process.env["PAGERPORT_TEST_SIZE"] === "long";
const small = { services: 6, incidents: 0, now: "2026-06-30T12:00:00Z" } as const;

/** Answers of a subscriber that fails now and then, but never refuses. */
const answers = fc.array(fc.constantFrom(202, 202, 500, 429, 503, 0), {
  minLength: 1,
  maxLength: 40,
});

test("whatever fails, each event arrives at least once, and in order for its incident", async () => {
  const property = fc.asyncProperty(answers, fc.integer({ min: 1, max: 8 }), async (list, seed) => {
    let number = 0;
    const arrived: string[] = [];
    await using sandbox = await startSandbox({
      ...small,
      webhooks: { order: "mixed", concurrency: seed },
      webhookFetch: async (request) => {
        const status = list[number++ % list.length] ?? 202;
        const text = await request.text();
        // After so many answers it is well, or it never would be.
        if (status === 0 && number < 400) throw new Error("Connection refused");
        if (status !== 202 && number < 400) return new Response(null, { status });
        arrived.push(text);
        return new Response(null, { status: 202 });
      },
    });
    const { webhooks } = sandbox;
    webhooks.subscribe({ url: "http://subscriber.example/webhook" });
    await sandbox.playDay({ incidents: 8, services: 0, hours: 0, seed });
    await webhooks.settled();
    await webhooks.passTime(47 * 3_600_000);
    expect(webhooks.counts).toMatchObject({ waiting: 0, queued: 0, dropped: 0 });
    const sent = Map.groupBy(webhooks.deliveries(), ({ resource }) => resource);
    const ids = arrived.map((text) => String(JSON.parse(text).event.id));
    for (const deliveries of sent.values()) {
      const own = deliveries.map(({ eventId }) => eventId);
      expect(ids.filter((id) => own.includes(id))).toEqual(own);
    }
  });
  await fc.assert(property, { numRuns: isLong ? 500 : 25 });
});
