import type { Sandbox, WebhookEvent } from "@pagerport/cli/sandbox";
import type { JsonObject } from "@pagerport/core";
import { readAccount } from "../golden/catalog/read-account.ts";
import { createJqOracle } from "./jq-oracle.ts";
import {
  chunk,
  connect,
  flags,
  mapRows,
  type OceanEntity,
  type OceanMapping,
  readLists,
} from "./write-as-ocean.ts";

/** Rows of a list that the container reads. */
const longestList = 10_000;
/** Entities that it deletes in one request. */
const mostDeleted = 100;
/** The share of all that it owns that a resync may delete. */
const threshold = 0.9;
/** One version's token lasts shorter than a week. */
const tokenLasts = 30 * 60_000;

/** An entity as it is written. */
type Written = JsonObject & { readonly identifier: string; readonly blueprint: string };

export interface OceanOptions {
  readonly mapping: OceanMapping;
  readonly identifier: string;
  /** What a bug of its own makes of an entity; undefined = it is never written. @default the entity */
  readonly distort?: (entity: Written) => Written | undefined;
  /** Entities that each of its resyncs makes of nothing. */
  readonly adds?: readonly Written[];
}

/** Ocean's container beside whatever is tested, by what is known of how it behaves. */
export interface Ocean {
  /**
   * A resync: lists are read to their 10,000th row and written in chunks; then what it owns and has not made is
   * deleted, if nothing failed and it is no more than nine tenths. What kept objects relate to stays.
   *
   * @param failing a kind that fails: nothing is deleted then
   */
  resync(failing?: string): Promise<void>;
  /**
   * Handles what PagerDuty has told since it was called last: incidents are read without `include[]` and the
   * list's filters, services without analytics, and a deleted service is deleted at the event's word.
   */
  catchUp(): Promise<void>;
  /** Requests that it has sent to change something in Port. */
  countWrites(): number;
}

/** Starts one; its integration must be in Port. */
export async function behaveAsOcean(sandbox: Sandbox, options: OceanOptions): Promise<Ocean> {
  const { mapping, identifier, distort = (entity: Written) => entity, adds = [] } = options;
  const oracle = await createJqOracle();
  const events: WebhookEvent[] = [];
  sandbox.webhooks.onEvent((event) => void events.push(event));
  let writes = 0;
  let ask = await connect(sandbox, identifier);
  let connectedAt = sandbox.clock.now();

  const change = async (method: string, path: string, body: object): Promise<JsonObject> => {
    if (sandbox.clock.now() - connectedAt > tokenLasts) {
      ask = await connect(sandbox, identifier);
      connectedAt = sandbox.clock.now();
    }
    writes += 1;
    return ask(method, path, body);
  };

  const upsert = async (entities: readonly Written[]): Promise<void> => {
    const sent = entities.flatMap((entity) => distort(entity) ?? []);
    for (const [blueprint, own] of Map.groupBy(sent, (entity) => entity.blueprint)) {
      for (let at = 0; at < own.length; at += chunk) {
        await change("POST", `/blueprints/${blueprint}/entities/bulk?${flags}`, {
          entities: own.slice(at, at + chunk),
        });
      }
    }
  };

  const remove = async (entities: readonly Written[]): Promise<void> => {
    for (const [blueprint, own] of Map.groupBy(entities, (entity) => entity.blueprint)) {
      for (let at = 0; at < own.length; at += mostDeleted) {
        await change(
          "POST",
          `/blueprints/${blueprint}/bulk/entities/delete?delete_dependents=true`,
          {
            entities: own.slice(at, at + mostDeleted).map((entity) => entity.identifier),
          },
        );
      }
    }
  };

  const isOwned = (blueprint: string, name: string): boolean =>
    sandbox.port.entity(blueprint, name)?.datasource.endsWith(`/${identifier}/exporter`) === true;

  const map = (template: OceanEntity, rows: readonly object[]): Written[] =>
    rows.length === 0
      ? []
      : (mapRows(oracle, template, rows) as Written[]).filter(
          (entity) => Boolean(entity.identifier) && Boolean(entity.blueprint),
        );

  const resync = async (failing?: string): Promise<void> => {
    const state = `/integration/${identifier}/resync-state`;
    const startedAt = sandbox.clock.now();
    const start = new Date(startedAt).toISOString();
    await change("PATCH", state, {
      status: "running",
      lastResyncStart: start,
      lastResyncEnd: null,
    });
    const lists = await readLists(sandbox);
    const made = new Map<string, Written>();
    for (const { kind, selector, port } of mapping.resources) {
      if (kind === failing) continue;
      const { statuses } = selector.apiQueryParams ?? {};
      const rows = (lists[kind] ?? [])
        .filter((row) => statuses?.includes((row as JsonObject)["status"] as string) ?? true)
        .slice(0, longestList);
      const entities = map(port.entity.mappings, rows);
      await upsert(entities);
      for (const entity of entities) made.set(nameOf(entity), entity);
    }
    await upsert(adds);
    for (const entity of adds) made.set(nameOf(entity), entity);
    if (failing === undefined) await reconcile(made, startedAt);
    const end = new Date(sandbox.clock.now()).toISOString();
    const status = failing === undefined ? "completed" : "failed";
    await change("PATCH", state, { status, lastResyncEnd: end });
  };

  const reconcile = async (
    made: ReadonlyMap<string, Written>,
    startedAt: number,
  ): Promise<void> => {
    const owned = sandbox.port
      .entities()
      .filter(({ blueprint, identifier: name }) => isOwned(blueprint, name));
    const related = new Set(
      [...made.values()].flatMap(({ relations }) => Object.values(Object(relations)).flat()),
    );
    const gone = owned.filter(
      (entity) =>
        !made.has(nameOf(entity)) &&
        !related.has(entity.identifier) &&
        Date.parse(entity.updatedAt) < startedAt,
    );
    if (gone.length > threshold * owned.length) return;
    await remove(gone as readonly object[] as readonly Written[]);
  };

  const readLive = async (kind: string, id: string): Promise<object | undefined> => {
    if (kind === "incidents") return sandbox.pagerduty.incident(id);
    const service = [...sandbox.pagerduty.allServices()].find((one) => one.id === id);
    if (service === undefined) return undefined;
    const { oncallsNow } = await readAccount(sandbox);
    const { escalation_policy: policy } = service as unknown as {
      readonly escalation_policy: { readonly id: string };
    };
    const oncalls = oncallsNow.filter((oncall) => oncall.escalation_policy.id === policy.id);
    return { ...service, __oncall_user: oncalls };
  };

  const handle = async ({ event_type: type, data }: WebhookEvent): Promise<void> => {
    const kind = type.startsWith("service.") ? "services" : "incidents";
    const id: unknown = Reflect.get(Object(data), "id");
    if (typeof id !== "string") return;
    const templates = mapping.resources
      .filter((resource) => resource.kind === kind)
      .map(({ port }) => port.entity.mappings);
    if (type === "service.deleted") {
      const gone = templates.flatMap((template) => map(template, [Object(data)]));
      await remove(gone.filter((entity) => isOwned(entity.blueprint, entity.identifier)));
      return;
    }
    const object = await readLive(kind, id);
    if (object === undefined) return;
    for (const template of templates) await upsert(map(template, [object]));
  };

  return {
    resync,
    async catchUp() {
      for (const event of events.splice(0)) await handle(event);
    },
    countWrites: () => writes,
  };
}

function nameOf({ blueprint, identifier }: Pick<Written, "blueprint" | "identifier">): string {
  return `${blueprint}\n${identifier}`;
}
