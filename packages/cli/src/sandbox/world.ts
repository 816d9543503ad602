import type { Account } from "./account-data.ts";
import type { AuditTrail } from "./audit-trail.ts";
import type { Behaviour } from "./behaviour.ts";
import type { Credentials } from "./credentials.ts";
import { incidentJson, type IncidentJson, type IncidentPieces } from "./incident-json.ts";
import type { IncidentStore } from "./incident-store.ts";
import type { Directory } from "./pagerduty/directory.ts";
import type { Edits } from "./pagerduty/edits.ts";
import type { SandboxClock } from "./sandbox-clock.ts";
import type { Service, ServiceStore } from "./service-data.ts";
import { serviceJson, type ServiceJson } from "./service-json.ts";
import type { ServiceStatuses } from "./service-statuses.ts";
import type { RequestListener, Traffic } from "./traffic.ts";
import type { Webhooks } from "./webhooks/webhooks.ts";
import { formatIn, formatUtc } from "./zoned-time.ts";

/** Everything that the routes of a sandbox share. */
export interface World {
  readonly account: Account;
  readonly services: ServiceStore;
  readonly incidents: IncidentStore;
  readonly pieces: IncidentPieces;
  /** People and schedules. */
  readonly directory: Directory;
  /** Ids of the teams, escalation policies and business services that were deleted. */
  readonly removed: Set<string>;
  /** What of it PagerDuty's audit trail tells. */
  readonly audit: AuditTrail;
  readonly statuses: ServiceStatuses;
  /** What was changed of single objects by hand. */
  readonly edits: Edits;
  /** Custom fields that were changed, by `incident` or `service` and the object's index. */
  readonly fieldEdits: Edits;
  readonly webhooks: Webhooks;
  readonly clock: SandboxClock;
  readonly credentials: Credentials;
  readonly pagerDutyTraffic: Traffic;
  readonly ingestTraffic: Traffic;
  readonly listeners: Set<RequestListener>;
  /** Milliseconds since 1970 by the clock's traffic time; rate windows are counted from here. */
  readonly startedAt: number;
  /** Aborted when the sandbox closes. */
  readonly closing: AbortSignal;
  /** Replaced as a whole when it is changed. */
  behaviour: Behaviour;
  /** Days of incidents that were played; the next one is another. */
  daysPlayed: number;
}

/** An incident as the API gives it, in UTC, without a request. */
export function incidentObject(world: World, index: number): IncidentJson {
  return parseIncident(incidentJson(world.incidents, world.pieces, index, formatUtc));
}

/** Reads what {@link incidentJson} wrote. */
export function parseIncident(text: string): IncidentJson {
  const incident: IncidentJson = JSON.parse(text);
  return incident;
}

/** A service as the API gives it; in the account's time zone where none is named. */
export function serviceObject(world: World, service: Service, timeZone?: string): ServiceJson {
  const format = formatIn(timeZone ?? world.account.timeZone);
  const { statuses } = world;
  const status = statuses.of(service.index);
  const life = { status, lastIncidentAt: statuses.lastIncidentAt(service.index) };
  return serviceJson(world.account, service, life, format);
}
