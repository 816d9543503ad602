import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import type { JsonObject, ShadowReport, Store } from "@pagerport/core";
import { YAML } from "bun";
import { expect } from "bun:test";
import { behaveAsOcean, type Ocean, type OceanOptions } from "../support/behave-as-ocean.ts";
import { readBlueprints } from "../support/blueprints.ts";
import { type ShadowSetting, startShadowSetting } from "../support/run-shadow.ts";
import type { OceanMapping } from "../support/write-as-ocean.ts";

const second = 1000;
const minute = 60 * second;
/** The integration that writes. */
export const writer = "my-pagerduty-integration";
/** A Monday. */
const start = "2026-03-02T00:30:00Z";
/** Hours between resyncs of Ocean's. */
const resyncEvery = 6;

// Port takes no list with nulls, which Ocean's live events would make of the mapping as it is.
export const mappingText = (
  await Bun.file(`${import.meta.dir}/../support/ocean-mapping.yaml`).text()
).replace(".assignments | map(.assignee.email)", "'[.assignments[].assignee.email // empty]'");
const mapping = YAML.parse(mappingText) as JsonObject;

/** A shadow, and the Ocean that it stands beside. */
export interface Beside {
  readonly setting: ShadowSetting;
  readonly ocean: Ocean;
}

/** The differences of a part of a report: `pagerdutyUser (missing)`, with how many are so now. */
export function nameRows(rows: ShadowReport["toLookAt"]): Record<string, number> {
  return Object.fromEntries(
    rows.map(({ blueprint, place, now }) => [`${blueprint} ${place}`, now]),
  );
}

/** A shadow beside an Ocean that has resynced once. */
export async function startBeside(options: {
  readonly account: SandboxOptions;
  readonly fullResyncInterval?: number;
  readonly isSubscribed?: boolean;
  readonly store?: (options: { readonly shiftClock: () => number }) => Promise<Store>;
  /** Says what Ocean does wrong. */
  readonly plant?: (sandbox: Sandbox) => Promise<Partial<OceanOptions>>;
}): Promise<Beside> {
  const { plant, account, ...rest } = options;
  let ocean: Ocean | undefined;
  const setting = await startShadowSetting({
    ...rest,
    account: { now: start, years: 0.05, ...account },
    mapping: mappingText,
    writer,
    async prepare(sandbox) {
      for (const blueprint of readBlueprints()) sandbox.port.putBlueprint(blueprint);
      sandbox.port.setIntegrationConfig(writer, mapping, { resync: false });
      const planted = await plant?.(sandbox);
      ocean = await behaveAsOcean(sandbox, {
        mapping: mapping as unknown as OceanMapping,
        identifier: writer,
        ...planted,
      });
      await ocean.resync();
    },
  });
  if (ocean === undefined) throw new Error("It was prepared");
  return { setting, ocean };
}

/** Lets hours pass in which things happen, events reach Ocean, and it resyncs from time to time. */
export async function liveBeside(
  { setting, ocean }: Beside,
  options: {
    /** The first hour, and the last. @default first 1 */
    readonly first?: number;
    readonly hours: number;
    /** Minutes that the shadow's loop sees pass at a time. @default 20 */
    readonly stride?: number;
    readonly happen?: (sandbox: Sandbox, hour: number) => Promise<void> | void;
    /** A kind at which Ocean's resync in that hour fails. */
    readonly failing?: (hour: number) => string | undefined;
  },
): Promise<void> {
  const { first = 1, hours, stride = 20 } = options;
  const { sandbox } = setting;
  for (let hour = first; hour <= hours; hour++) {
    await options.happen?.(sandbox, hour);
    await ocean.catchUp();
    for (let passed = 0; passed < 60; passed += stride) await setting.pass(stride * minute);
    if (hour % resyncEvery !== 0) continue;
    await ocean.resync(options.failing?.(hour));
    // An account's time stands still by itself: what follows is to be later.
    await setting.pass(second);
  }
}

const question =
  /^(GET .*|POST .*\/entities\/search|POST .*\/datasource-entities|POST .*\/auth\/access_token|POST .*\/analytics\/.*)$/;
const ofSubscriptions = /^(POST|PUT|DELETE) .*\/webhook_subscriptions(\/[^/]+)*$/;

/** Nothing but questions was sent by the shadow; what both hosts were asked to change is Ocean's alone. */
export function expectReadsOnly({ setting: { sandbox, requests }, ocean }: Beside): void {
  const changes = requests.filter((request) => !question.test(request));
  expect(changes.filter((request) => !ofSubscriptions.test(request))).toEqual([]);
  expect(changes.map((request) => request.split(" ", 1)[0])).toEqual(["POST", "DELETE"]);
  const countChanges = (byRoute: Readonly<Record<string, number>>): number =>
    Object.entries(byRoute)
      .filter(([route]) => !question.test(route))
      .reduce((sum, [, count]) => sum + count, 0);
  expect(countChanges(sandbox.requests.port.byRoute)).toBe(ocean.countWrites());
  expect(countChanges(sandbox.requests.pagerduty.byRoute)).toBe(changes.length);
}

/** What goes on in any account. */
export async function happenOrdinarily({ pagerduty }: Sandbox, hour: number): Promise<void> {
  const services = [...pagerduty.allServices()].map(({ id }) => id);
  const serviceOf = (number: number): string => services[number % services.length] ?? "";
  const id = pagerduty.createIncident({ serviceId: serviceOf(hour) });
  if (hour % 3 !== 0) pagerduty.acknowledgeIncident(id);
  if (hour % 2 === 0) pagerduty.resolveIncident(id);
  if (hour % 5 === 1) pagerduty.renameService(serviceOf(hour * 3), `Renamed in hour ${hour}`);
  if (hour % 7 === 3) pagerduty.createUser();
  if (hour % 11 === 5) pagerduty.createService({ name: `Made in hour ${hour}` });
  if (hour % 17 === 4) pagerduty.deleteService(serviceOf(0));
  if (hour % 13 === 8) {
    const users = await pagerduty.list("/users");
    pagerduty.deleteUser(String(users.at(-1)?.["id"]));
  }
}
