import { expect, test } from "bun:test";
import type { EventState } from "../../packages/core/src/store/inbox.ts";
import { listEvents, readBacklog } from "../../packages/core/src/store/inbox-events.ts";
import { databaseSorts } from "../../packages/core/src/testing/test-databases.ts";
import { startServiceSetting } from "../support/run-service.ts";

/** What PagerDuty never sent so far, each with what becomes of it. */
const odd: readonly (readonly [type: string, data: unknown, state: EventState])[] = [
  ["incident.triggered", null, "dead"],
  ["incident.triggered", [], "dead"],
  ["incident.triggered", { type: "incident", id: 7 }, "dead"],
  ["incident.triggered", { type: "incident", id: "" }, "dead"],
  ["incident.role.assigned", { incident_role_assignments: [null] }, "dead"],
  ["service.updated", "PS1", "dead"],
  ["incident.forgotten", { type: "incident", id: "Q1" }, "done"],
  ["alert.triggered", null, "done"],
];

for (const [name, createDatabase] of databaseSorts) {
  test(`whatever PagerDuty sends is taken, and ends in Port or as a dead letter, on ${name}`, async () => {
    await using database = await createDatabase();
    const store = await database.open();
    const small = { services: 3, incidents: 5, schedules: 1, users: 3 };
    await using setting = await startServiceSetting(small, { store });
    const { sandbox } = setting;
    const [service] = sandbox.pagerduty.allServices();
    const serviceId = String(service?.id);
    const states = new Map<string, EventState>();
    for (const [type, data, state] of odd) {
      states.set(sandbox.webhooks.send({ type, data }).id, state);
    }
    const id = sandbox.pagerduty.createIncident({ serviceId, title: "a\0b \uD800 ü 🔥" });
    const other = sandbox.pagerduty.createIncident({ serviceId, title: "Disk full" });
    // As large as PagerDuty's largest.
    const large = { type: "incident", id: other, title: "x".repeat(261_000) };
    states.set(sandbox.webhooks.send({ type: "incident.triggered", data: large }).id, "done");
    await setting.settle();

    const undelivered = sandbox.webhooks
      .deliveries()
      .filter(({ status, attempts }) => status !== "delivered" || attempts[0]?.status !== 202);
    expect(undelivered).toEqual([]);
    const known = await listEvents(store.sql, { limit: 100 });
    const found = known.filter((event) => states.has(event.id));
    expect(Object.fromEntries(found.map((event) => [event.id, event.state]))).toEqual(
      Object.fromEntries(states),
    );
    const dead = [...states.values()].filter((state) => state === "dead").length;
    expect(await readBacklog(store.sql)).toMatchObject({ waiting: 0, dead });
    expect(sandbox.port.entity("pagerdutyIncident", id)?.title).toContain("ü 🔥");
    expect(sandbox.port.entity("pagerdutyIncident", other)?.title).toBe("Disk full");
  });
}
