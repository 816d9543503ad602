import type { Sandbox } from "@pagerport/cli/sandbox";
import { loadStoreSettings, openStore, type Sql } from "@pagerport/core";
import { type FaultKind, faultKinds, type Faults } from "../../packages/cli/src/sandbox/faults.ts";
import { forgedHead, startFlood } from "../support/flood.ts";
import { freezeProcess } from "../support/freeze-process.ts";
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
  /** Times that a process stood still for longer than its claims last. */
  frozen: number;
  /** Connections of strangers: idle ones, and those whose bodies do not end. */
  strangers: number;
  /** Times that a clock was put forward or back. */
  jumps: number;
  /** Times that PagerDuty began to show, or to say, what is not so. */
  attacks: number;
  /** What went from Port, or became a stub, because it was gone. */
  deleted: number;
  /** Acknowledged events that had no effect. */
  lost: number;
  /** What went from Port, or became a stub, while its object was there. */
  wronglyDeleted: number;
  /** What was in Port in the end without an object in PagerDuty, stubs apart. */
  stale: number;
  /** Times that a person had to allow what was lost, where the storm took more than the share. */
  allowed: number;
}

export function createTally(): Tally {
  return {
    inputs: 0,
    faults: 0,
    kills: 0,
    frozen: 0,
    strangers: 0,
    jumps: 0,
    attacks: 0,
    deleted: 0,
    lost: 0,
    wronglyDeleted: 0,
    stale: 0,
    allowed: 0,
  };
}

/** A tenth of all requests go wrong, in every way that there is, and no side takes more than so many. */
export function raiseStorm(sandbox: Sandbox): void {
  const raise = (kinds: readonly FaultKind[]): Faults => ({ rate: 0.1, slowBodyMs: 20, kinds });
  const rate = { limit: 60, windowMs: 1000 };
  // To a deletion, and to a post to a webhook, Port itself says as little as a portal on the way does.
  const ofPort = faultKinds.filter((kind) => kind !== "200-empty" && kind !== "200-other");
  sandbox.configure({
    faults: raise(faultKinds),
    rate,
    ingest: { faults: raise(ofPort), rate },
    portApi: { faults: raise(ofPort), rate },
  });
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

/** What a storm may do to an account. */
export interface Changing {
  /** Services that it created, and that may be deleted. */
  readonly created: string[];
  /** What else may be deleted. */
  readonly mayGo: readonly MayGo[];
}

interface MayGo {
  readonly blueprint: string;
  readonly remove: (id: string) => void;
  /** In the order in which they go. */
  readonly ids: string[];
  /** How many there were, and how many have gone. */
  readonly held: number;
  gone: number;
}

/** Draws what a storm may delete: less than a blueprint's share in some storms, more in others. */
export async function drawChanging({ pagerduty }: Sandbox, random: Random): Promise<Changing> {
  const policies = await pagerduty.list("/escalation_policies");
  // A schedule that a policy names cannot be deleted.
  const named = JSON.stringify(policies);
  const draw = async (blueprint: string, list: string, remove: MayGo["remove"]): Promise<MayGo> => {
    const all = (await pagerduty.list(`/${list}`)).map(({ id }) => String(id));
    const first = drawBelow(random, all.length);
    const free = all.filter((id) => list !== "schedules" || !named.includes(id));
    const turned = [...free.slice(first), ...free.slice(0, first)];
    const most = drawBelow(random, Math.floor(all.length / 2) + 2);
    return { blueprint, remove, ids: turned.slice(0, most), held: all.length, gone: 0 };
  };
  return {
    created: [],
    mayGo: [
      await draw("pagerdutyService", "services", (id) => pagerduty.deleteService(id)),
      await draw("pagerdutyUser", "users", (id) => pagerduty.deleteUser(id)),
      await draw("pagerdutySchedule", "schedules", (id) => pagerduty.deleteSchedule(id)),
    ],
  };
}

/** The blueprints of which more has gone than may go within a week. */
export function listLargeLosses({ mayGo }: Changing): string[] {
  const isLarge = ({ held, gone }: MayGo): boolean =>
    gone > Math.max(Math.floor(0.2 * held), Math.min(5, Math.floor(held / 2)));
  return mayGo.filter(isLarge).map(({ blueprint }) => blueprint);
}

/** Makes a change to the account as they come every minute. */
export function changeAccount({ pagerduty }: Sandbox, random: Random, changing: Changing): void {
  const { created, mayGo } = changing;
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
    () => {
      const some = drawOne(random, mayGo);
      const gone = some.ids.pop();
      if (gone === undefined) return;
      some.remove(gone);
      some.gone += 1;
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

/** Stops a process, as if for so long that its claims and leases have lapsed. */
export async function standStill(
  env: Record<string, string>,
  folder: string,
  pid: number,
): Promise<void> {
  await using store = await openStore(loadStoreSettings({ environment: env }, folder));
  await freezeProcess(store.sql, pid);
}

/** Connections of each sort that strangers hold open, and what each body has. */
const strangers = 20;
const slowBodies = [20_000, 65_536, 1_048_576];

/** Opens connections to a server that ask for nothing, and others whose bodies never end. */
export function letStrangersIn(url: string, tally: Tally): Disposable {
  const port = Number(new URL(url).port);
  const floods = [
    startFlood({ port, count: strangers, head: "", bytes: 0 }),
    ...slowBodies.map((bytes) =>
      startFlood({ port, count: strangers, head: forgedHead(bytes), bytes: bytes - 1 }),
    ),
  ];
  tally.strangers += floods.length * strangers;
  return {
    [Symbol.dispose]() {
      for (const flood of floods) flood[Symbol.dispose]();
    },
  };
}

/** As if so many milliseconds had passed since the waiting events came: a false deletion is asked after for 30 s. */
export async function ageEvents(sql: Sql, milliseconds: number): Promise<void> {
  await sql.run(
    `UPDATE inbox SET received_at = received_at - ?, next_attempt = next_attempt - ?
    WHERE state = 'waiting'`,
    [milliseconds, milliseconds],
  );
}

/** Resolves when it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await Bun.sleep(5);
}
