import { ConfigError } from "@pagerport/core";
import { kindKey, type Person, type Reference } from "../account-data.ts";
import { shortId } from "../ids.ts";
import type { IncidentChangeType, IncidentDetails } from "../incident-details.ts";
import { type Instant, instantOf } from "../incident-times.ts";
import { incidentData } from "../webhooks/incident-event.ts";
import type { EventType } from "../webhooks/event-types.ts";
import type { World } from "../world.ts";
import { formatUtc } from "../zoned-time.ts";

/** What every change to an incident is made with: it finds it, logs the change and tells subscribers. */
export class IncidentEditor {
  readonly world: World;
  readonly #counts = new Map<string, number>();

  constructor(world: World) {
    this.world = world;
  }

  /** The index of an incident that there must be. */
  indexOf(id: string): number {
    const index = this.world.incidents.find(id);
    if (index === undefined) throw new ConfigError(`Cannot find incident ${id} in the sandbox`);
    return index;
  }

  /** A person that there must be; one that is drawn where none is named. */
  person(id: string | undefined, index: number): Person {
    const { account, directory, incidents } = this.world;
    if (id === undefined) {
      // The next one in the list: not who was called first.
      const { index: called } = incidents.data.person(index);
      const count = incidents.details(index)?.responders?.length ?? 0;
      const next = account.users[(called + 1 + count) % account.users.length];
      return next ?? incidents.data.person(index);
    }
    const found = directory.findUser(id);
    if (found === undefined) throw new ConfigError(`Cannot find user ${id} in the sandbox`);
    return found;
  }

  /** Seconds since 1970; the clock's now where nothing is said. */
  second(at: Instant | undefined): number {
    return Math.floor((at === undefined ? this.world.clock.now() : instantOf(at)) / 1000);
  }

  /** Changes something else than the status, and tells of it. */
  change(
    index: number,
    at: Instant | undefined,
    change: {
      readonly type: IncidentChangeType;
      readonly event: EventType;
      readonly details?: IncidentDetails;
      readonly text?: string;
      /** @default the incident itself */
      readonly data?: () => object;
    },
  ): void {
    const { type, event, details, text, data } = change;
    this.world.incidents.change({ index, at: this.second(at), type, text }, details);
    this.publish(index, event, at, data);
  }

  /** Tells subscribers of what has happened to an incident. */
  publish(
    index: number,
    event: EventType,
    at: Instant | undefined,
    data: () => object = () => incidentData(this.world, index),
  ): void {
    const { incidents, edits, webhooks, clock } = this.world;
    const id = incidents.data.id(index);
    // What was changed by hand stays, but is no longer the latest change.
    if (edits.of(id) !== undefined) edits.change(id, { updated_at: formatUtc(this.second(at)) });
    const service = incidents.service(index);
    const scope = {
      resource: `incidents/${id}`,
      serviceId: service.id,
      teamId: service.team?.id,
    };
    webhooks.publish(event, scope, at === undefined ? clock.now() : instantOf(at), data);
  }

  /** The id of the next thing of a kind: of a note, a task … */
  nextId(kind: string): string {
    const count = this.#counts.get(kind) ?? 0;
    this.#counts.set(kind, count + 1);
    return shortId(kindKey(this.world.account.key, kind), count);
  }

  /** Names something that the sandbox has no list of: a workflow, an action … */
  reference(kind: string, path: string, summary: string): Reference {
    const { key, apiUrl, webUrl } = this.world.account;
    const id = shortId(kindKey(key, `${kind} ${summary}`), 0);
    return {
      id,
      type: `${kind}_reference`,
      summary,
      self: `${apiUrl}/${path}/${id}`,
      html_url: `${webUrl}/${path}/${id}`,
    };
  }
}
