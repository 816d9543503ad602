import { expect, test } from "bun:test";
import { createMapper } from "../map/mapper.ts";
import { parseMapping } from "../map/parse/parse-mapping.ts";
import { addEvents } from "../store/inbox.ts";
import { listEvents, readEvent, retryEvents } from "../store/inbox-events.ts";
import { claimJobs } from "../store/inbox-jobs.ts";
import type { Sql } from "../store/sql.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { createEvent } from "../testing/inbox-event.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import type { JobOutcome } from "./end-job.ts";
import { processJob } from "./process-job.ts";
import type { ProcessedEvent, PublishEvent } from "./publish-processed.ts";

const nobody = (): Promise<never> => Promise.reject(new Error("Nobody is to be asked"));
/** Of no kind that the catalog knows: no host is needed to see to it. */
const key = "events/01A";

async function processOne(sql: Sql, publish: PublishEvent): Promise<JobOutcome> {
  const [job] = await claimJobs(sql, { owner: "a test", most: 1 });
  if (job === undefined) throw new Error("There is nothing to do");
  await using mapper = createMapper(await parseMapping({ resources: [] }));
  return processJob(job, {
    pagerDuty: { get: nobody, ask: nobody },
    port: { send: nobody },
    sql,
    clock: new FakeClock(),
    mapper,
    journal: { append: () => undefined, flush: () => Promise.resolve() },
    integrationIdentifier: "mine",
    publish,
  });
}

for (const [name, createDatabase] of databaseSorts) {
  test(`processJob() hands on what it has seen to, payload and all, before it is noted, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await addEvents(sql, [
      createEvent("01A", { key, others: ["events/01A-more"] }),
      createEvent("01B", { key, type: "pagey.ping" }),
      createEvent("00D", { key, state: "dead", error: "Port refused it" }),
    ]);
    const published: (Omit<ProcessedEvent, "payload"> & { payload: string; state: unknown })[] = [];
    const publish: PublishEvent = async ({ payload, ...event }) => {
      const { state } = (await readEvent(sql, event.id)) ?? {};
      published.push({ ...event, payload: new TextDecoder().decode(payload), state });
    };
    await processOne(sql, publish);
    await processOne(sql, publish);
    const outcome = "ignored";
    const type = "incident.triggered";
    const told = published.toSorted((one, other) => one.id.localeCompare(other.id));
    expect(told).toEqual([
      { id: "00D", type, outcome, state: "dead", payload: `{"event":{"id":"00D"}}` },
      { id: "01A", type, outcome, state: "waiting", payload: `{"event":{"id":"01A"}}` },
      {
        id: "01B",
        type: "pagey.ping",
        outcome,
        state: "waiting",
        payload: `{"event":{"id":"01B"}}`,
      },
    ]);
    expect(await listEvents(sql, { states: ["waiting", "dead"], limit: 9 })).toEqual([]);
  });

  test(`processJob() lets events wait that nobody takes, and hands them on again, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await addEvents(sql, [createEvent("01A", { key })]);
    const broken = await processOne(sql, () => Promise.reject(new Error("The bus is down")));
    expect(broken).toMatchObject({
      outcome: "postponed",
      error: "The event was not handed on: The bus is down",
    });
    const [event] = await listEvents(sql, { limit: 1 });
    expect(event).toMatchObject({ state: "waiting", attempts: 0 });
    await retryEvents(sql);
    const published: string[] = [];
    await processOne(sql, async ({ id }) => void published.push(id));
    expect(published).toEqual(["01A"]);
    expect((await readEvent(sql, "01A"))?.state).toBe("done");
  });
}
