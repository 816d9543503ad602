import type { Sandbox } from "@pagerport/cli/sandbox";
import { loadStoreSettings, openStore } from "@pagerport/core";
import { lapseLeases } from "../support/lapse-leases.ts";
import type { Random } from "../support/sample-objects.ts";
import { drawBelow, drawOne } from "./mutate.ts";

/** What a storm did, and what was lost in it. */
export interface Tally {
  /** Objects that were to be brought, and events. */
  inputs: number;
  /** Answers that went wrong: refused, broken off or cut in half. */
  faults: number;
  kills: number;
  /** Times that a clock was put forward or back. */
  jumps: number;
  /** Acknowledged events that had no effect. */
  lost: number;
}

export function createTally(): Tally {
  return { inputs: 0, faults: 0, kills: 0, jumps: 0, lost: 0 };
}

/** A tenth of all requests go wrong, in every way that there is, and no side takes more than so many. */
export function raiseStorm(sandbox: Sandbox): void {
  const faults = { rate: 0.1, slowBodyMs: 20 };
  const rate = { limit: 60, windowMs: 1000 };
  sandbox.configure({ faults, rate, ingest: { faults, rate }, portApi: { faults, rate } });
}

/** From now on nothing goes wrong. */
export function calmDown(sandbox: Sandbox): void {
  const calm = { faults: null, rate: null };
  sandbox.configure({ ...calm, ingest: calm, portApi: calm, webhooks: { losses: 0 } });
}

const wrong = ["408", "429", "500", "502", "reset"];

/** Answers of all sides so far that went wrong. */
export function countFaults({ requests }: Sandbox): number {
  const sides = [requests.pagerduty, requests.ingest, requests.port];
  const counts = sides.flatMap(({ byStatus }) => wrong.map((status) => byStatus[status] ?? 0));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Requests to all sides so far. */
export function countRequests({ requests }: Sandbox): number {
  return requests.pagerduty.total + requests.ingest.total + requests.port.total;
}

/** Makes a change to the account as they come every minute. */
export function changeAccount({ pagerduty }: Sandbox, random: Random, created: string[]): void {
  const services = [...pagerduty.allServices()].filter(({ id }) => !created.includes(id));
  const incidents = [...pagerduty.allIncidents()];
  const incident = drawOne(random, incidents.slice(-20)).id;
  const isOpen = pagerduty.incident(incident)?.status !== "resolved";
  const number = drawBelow(random, 1e6);
  drawOne(random, [
    () => pagerduty.createIncident({ serviceId: drawOne(random, services).id }),
    () => (isOpen ? pagerduty.resolveIncident(incident) : pagerduty.reopenIncident(incident)),
    () => pagerduty.prioritizeIncident(incident, drawOne(random, ["P1", "P2", null])),
    () => pagerduty.renameService(drawOne(random, services).id, `Renamed ${number}`),
    () => created.push(pagerduty.createService({ name: `New ${number}` })),
    () => {
      const gone = created.pop();
      if (gone !== undefined) pagerduty.deleteService(gone);
    },
  ])();
}

/** When a process's clock is put where: some minutes or hours forward and back, within its first second. */
export function drawJumps(random: Random): [number, number][] {
  const hour = 3_600_000;
  const draw = (): number => Math.round((random() - 0.5) * 6 * hour);
  return [
    [200 + drawBelow(random, 300), draw()],
    [500 + drawBelow(random, 300), draw()],
  ];
}

/** As if the lease of a process that was killed had lapsed by now. */
export async function freeLeases(
  env: Record<string, string>,
  folder: string,
  pid: number,
): Promise<void> {
  await using store = await openStore(loadStoreSettings({ environment: env }, folder));
  await lapseLeases(store.sql, pid);
}

/** Resolves when it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await Bun.sleep(5);
}

/** Ids of the services and incidents that there are: entities of theirs are deleted only by mistake. */
export function listObjects({ pagerduty }: Sandbox): string[] {
  return [...pagerduty.allServices(), ...pagerduty.allIncidents()].map(({ id }) => id);
}
