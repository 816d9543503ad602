import { expect, test } from "bun:test";
import { ask, readAll } from "./ask-sandbox.ts";
import { startSandbox } from "../testing/start-sandbox.ts";

const now = "2026-06-30T12:00:00Z";
const small = { services: 6, incidents: 300, now } as const;

/** All that an account of these options gives. */
async function pages(options: object): Promise<string> {
  await using sandbox = await startSandbox({ ...small, ...options });
  const services = (await ask(sandbox, "/services")).body;
  return JSON.stringify([services, await readAll(sandbox, { date_range: "all" })]);
}

test("the same options give the same account, and another seed another", async () => {
  const first = await pages({ seed: "a" });
  expect(await pages({ seed: "a", token: "renewed" })).toBe(first);
  const others = [await pages({ seed: "b" }), await pages({ seed: "a", accountId: "other" })];
  for (const other of others) {
    const ids = new Set(first.match(/"Q[0-9A-Z]{13}"/g));
    expect(other.match(/"Q[0-9A-Z]{13}"/g)?.some((id) => ids.has(id))).toBe(false);
  }
});

test("titles have what breaks careless programs in them", async () => {
  await using sandbox = await startSandbox({ ...small, incidents: 2000 });
  const titles = [...sandbox.pagerduty.allIncidents()].map(({ title }) => title).join("");
  for (const awkward of ['"', "\t", "\\", "$(", "🔥", "障", "ü"]) expect(titles).toContain(awkward);
});

test("incidents created during a run turn up at their time, resolved ones change", async () => {
  await using sandbox = await startSandbox(small);
  const { pagerduty, clock } = sandbox;
  const serviceId = [...pagerduty.allServices()][0]?.id ?? "";
  const late = pagerduty.createIncident({ serviceId, title: "now" });
  const early = pagerduty.createIncident({ serviceId, at: "2025-01-01T00:00:00Z" });
  const list = await readAll(sandbox, { date_range: "all" });
  expect(list.at(-1)?.id).toBe(late);
  expect(list.map(({ created_at: at }) => at)).toEqual(
    list.map(({ created_at: at }) => at).toSorted(),
  );
  expect(
    (await readAll(sandbox, { date_range: "all", sort_by: "incident_number" })).at(-1)?.id,
  ).toBe(early);

  clock.advance(60_000);
  pagerduty.acknowledgeIncident(late);
  expect(pagerduty.incident(late)?.status).toBe("acknowledged");
  pagerduty.resolveIncident(late);
  expect(pagerduty.incident(late)).toMatchObject({
    status: "resolved",
    title: "now",
    resolved_at: "2026-06-30T12:01:00Z",
  });
});

test("a deleted service is gone while its incidents still name it", async () => {
  await using sandbox = await startSandbox({ ...small, deletedServices: 3 });
  const { pagerduty } = sandbox;
  const listed = (): Set<string> => new Set([...pagerduty.allServices()].map(({ id }) => id));
  const named = new Set([...pagerduty.allIncidents()].map(({ service }) => service.id));
  expect(listed().size).toBe(6);
  expect([...named].filter((id) => !listed().has(id)).length).toBe(3);

  const created = pagerduty.createService({ name: "New one" });
  expect((await ask(sandbox, `/services/${created}`)).body.service.name).toBe("New one");
  pagerduty.deleteService(created);
  expect((await ask(sandbox, `/services/${created}`)).status).toBe(404);
  expect((await ask(sandbox, "/services", { query: "New one" })).body.services).toEqual([]);
});

test("onRequest() changes the data in the middle of a run", async () => {
  await using sandbox = await startSandbox(small);
  const serviceId = [...sandbox.pagerduty.allServices()][0]?.id ?? "";
  const stop = sandbox.onRequest(({ number }) => {
    if (number === 2) sandbox.pagerduty.createIncident({ serviceId });
  });
  const total = async (): Promise<number | null> =>
    (await ask(sandbox, "/incidents", { date_range: "all", total: "true" })).body.total;
  expect([await total(), await total(), await total()]).toEqual([300, 301, 301]);
  stop();
  expect(sandbox.requests.pagerduty).toMatchObject({
    total: 3,
    byStatus: { 200: 3 },
    byRoute: { "GET /incidents": 3 },
  });
});

test("the control path drives a sandbox of another process", async () => {
  await using sandbox = await startSandbox(small);
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await fetch(sandbox.controlUrl + path, init);
    return response.json();
  };
  const serviceId = [...sandbox.pagerduty.allServices()][0]?.id ?? "";
  const created = await call("POST", "/incidents", { serviceId, title: "by hand" });
  const id = String(Reflect.get(Object(created), "id"));
  expect(sandbox.pagerduty.incident(id)?.title).toBe("by hand");
  await call("POST", `/incidents/${id}/resolve`);
  expect(sandbox.pagerduty.incident(id)?.status).toBe("resolved");
  await call("POST", "/clock", { advanceMs: 1000 });
  expect(await call("GET", "/state")).toMatchObject({
    now: "2026-06-30T12:00:01.000Z",
    incidents: 301,
  });
  await call("POST", "/behaviour", { ingest: { status: 410 } });
  expect((await fetch(sandbox.ingestUrl, { method: "POST", body: "{}" })).status).toBe(410);
  await call("DELETE", `/services/${serviceId}`);
  expect((await ask(sandbox, `/services/${serviceId}`)).status).toBe(404);
  expect(await call("POST", "/behaviour", { speed: 1 })).toMatchObject({
    error: expect.stringContaining("'speed'"),
  });
});
