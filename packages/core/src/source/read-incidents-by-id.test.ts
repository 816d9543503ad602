import { expect, test } from "bun:test";
import { HttpError } from "../errors.ts";
import { ScriptedPagerDuty } from "../testing/scripted-pagerduty.ts";
import type { Incident } from "./objects.ts";
import { readIncidentsById } from "./read-incidents-by-id.ts";

function createHost(count: number): ScriptedPagerDuty {
  const host = new ScriptedPagerDuty();
  host.incidents = Array.from({ length: count }, (_, place) => ({
    id: `Q${place}`,
    incident_number: place,
    created_at: "2024-01-01T00:00:00Z",
    status: place % 2 === 0 ? "triggered" : "resolved",
  }));
  return host;
}

async function collect(incidents: AsyncIterable<Incident>): Promise<string[]> {
  const ids: string[] = [];
  for await (const incident of incidents) ids.push(incident.id);
  return ids;
}

test("readIncidentsById() gives incidents in the order of their ids, open or not", async () => {
  const host = createHost(200);
  const wanted = Array.from({ length: 100 }, (_, place) => `Q${(place * 37) % 200}`);
  expect(await collect(readIncidentsById(host, wanted))).toEqual(wanted);
  // Those that are open come from one list: one page of 100. The others are asked for one by one.
  const resolved = wanted.filter((id) => Number(id.slice(1)) % 2 === 1).length;
  expect(host.requests).toHaveLength(1 + resolved);
});

test("readIncidentsById() leaves out what PagerDuty does not show", async () => {
  const host = createHost(3);
  expect(await collect(readIncidentsById(host, ["QGONE", "Q1", "Q2"]))).toEqual(["Q1", "Q2"]);
});

test("readIncidentsById() leaves out what has moved out of the token's sight", async () => {
  const host = createHost(3);
  const get = host.get.bind(host);
  host.get = (path, ...rest) => {
    if (path !== "/incidents/QHIDDEN") return get(path, ...rest);
    const options = { host: "PagerDuty", method: "GET", url: path, status: 403, reason: "" };
    return Promise.reject(new HttpError("PagerDuty answered 403", options));
  };
  expect(await collect(readIncidentsById(host, ["QHIDDEN", "Q1"]))).toEqual(["Q1"]);
});

test("readIncidentsById() asks nothing where there is nothing to ask for", async () => {
  const host = createHost(3);
  expect(await collect(readIncidentsById(host, []))).toEqual([]);
  expect(host.requests).toEqual([]);
});
