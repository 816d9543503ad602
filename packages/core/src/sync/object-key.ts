import { createHash } from "node:crypto";
import { findKind, type KindName, kindNames, readId } from "../source/kinds.ts";
import type { PagerDutyObject } from "../source/objects.ts";
import type { ObjectKey } from "../store/freshness.ts";

/** Longer ones are hashed: an on-call has no id, and is told from others by six fields. */
const longestIdentity = 100;

/** Kinds that live events write too: what a run does to their objects needs a claim. */
const liveKinds: ReadonlySet<KindName> = new Set(["incidents", "services"]);

/** Whether live events write objects of a kind. */
export function isLive(kind: KindName): boolean {
  return liveKinds.has(kind);
}

/** The name of an object in the store: `incidents/Q1…`. */
export function nameObject(kind: KindName, object: PagerDutyObject): ObjectKey {
  const identity = findKind(kind).identify(object);
  return identity.length <= longestIdentity
    ? `${kind}/${identity}`
    : `${kind}/#${createHash("sha256").update(identity).digest("base64url")}`;
}

/** The id of an object that its name holds. */
export function readObjectId(key: ObjectKey): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

/** Whether live events write the object of a name. */
export function isLiveKey(key: ObjectKey): boolean {
  return [...liveKinds].some((kind) => isOfKind(key, kind));
}

/** Whether a name is that of an object of a kind. */
export function isOfKind(key: ObjectKey, kind: KindName): boolean {
  return key.startsWith(`${kind}/`) && !key.includes("/", kind.length + 1);
}

/** The service that an incident is on. */
export interface ServiceOfIncident {
  readonly key: ObjectKey;
  /** Whether the incident bears on the service's status. */
  readonly isOpen: boolean;
}

/** The service that an incident is on, where it says so. */
export function readService(incident: PagerDutyObject): ServiceOfIncident | undefined {
  const { service, status } = incident;
  const id: unknown = Reflect.get(Object(service), "id");
  if (typeof id !== "string") return undefined;
  return { key: `services/${id}`, isOpen: status !== "resolved" };
}

/** When an object was created, milliseconds since 1970; undefined where it does not say. */
export function readCreatedAt(object: PagerDutyObject): number | undefined {
  // Notifications and change events call it otherwise.
  return readMoment(object["created_at"] ?? object["started_at"] ?? object["timestamp"]);
}

function readMoment(text: unknown): number | undefined {
  const time = Date.parse(String(text));
  return Number.isNaN(time) ? undefined : time;
}

/** The kind of an object's name; undefined where no list of that name is known. */
export function readKind(key: ObjectKey): KindName | undefined {
  return kindNames
    .filter((kind) => key.startsWith(`${kind}/`))
    .toSorted(byLength)
    .at(-1);
}

function byLength(one: string, other: string): number {
  return one.length - other.length;
}

/** When an object ends by itself, milliseconds since 1970; undefined = it does not, or does not say. */
export function readEndsAt(kind: KindName, object: PagerDutyObject): number | undefined {
  const field = kind === "oncalls" ? "end" : kind === "maintenance_windows" ? "end_time" : "";
  return readMoment(object[field]);
}

/** What an on-call is of. One whose place another takes is over. */
export interface OncallPlace {
  readonly policy: string | null;
  readonly level: number;
  /** Null where the policy itself names the user. */
  readonly schedule: string | null;
  readonly user: string | null;
  /** When it begins, milliseconds since 1970; null where it always was, or nobody knows. */
  readonly startsAt: number | null;
}

/** What an on-call is of. */
export function findPlace(oncall: PagerDutyObject): OncallPlace {
  const { escalation_policy, escalation_level, schedule, user, start } = oncall;
  return {
    policy: readId(escalation_policy),
    level: Number(escalation_level),
    schedule: readId(schedule),
    user: readId(user),
    startsAt: readMoment(start) ?? null,
  };
}

/** What an on-call is of, for the store. */
export function writePlace(kind: KindName, object: PagerDutyObject): string | undefined {
  if (kind !== "oncalls") return undefined;
  const { policy, level, schedule, user, startsAt } = findPlace(object);
  return JSON.stringify([policy, level, schedule, user, startsAt]);
}

/** What {@link writePlace} wrote. */
export function readPlace(text: string): OncallPlace {
  const [policy, level, schedule, user, startsAt] = JSON.parse(text) as [
    string | null,
    number,
    string | null,
    string | null,
    number | null | undefined,
  ];
  return { policy, level, schedule, user, startsAt: startsAt ?? null };
}
