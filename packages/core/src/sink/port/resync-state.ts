import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { type IntegrationRequest, pathOf } from "./integration-request.ts";
import { parseTimestamp } from "./parse-timestamp.ts";
import type { PortClient } from "./port-client.ts";

const statuses = ["running", "completed", "failed", "aborted"] as const;

/** How a resync goes, or how the last one ended. */
export type ResyncStatus = (typeof statuses)[number];

/** What Port knows of an integration's resyncs. Times are milliseconds since 1970. */
export interface ResyncState {
  /** Undefined before the first, and for what we do not know. */
  readonly status: ResyncStatus | undefined;
  readonly lastStart: number | undefined;
  /** Undefined while one runs. */
  readonly lastEnd: number | undefined;
  readonly next: number | undefined;
  readonly intervalMinutes: number | undefined;
}

/** When resyncs run by themselves; undefined where they do not. */
export interface ResyncSchedule {
  /** Milliseconds since 1970. */
  readonly next: number;
  readonly intervalMinutes: number;
}

/**
 * Tells Port that a resync has begun; its UI shows it.
 *
 * @throws {HttpError} {@link NetworkError} Ocean goes on without it, and so should every caller
 */
export async function reportResyncStart(
  port: PortClient,
  request: IntegrationRequest & {
    /** Milliseconds since 1970. */
    readonly startedAt: number;
    readonly schedule?: ResyncSchedule | undefined;
  },
): Promise<void> {
  await report(port, request, {
    status: "running",
    lastResyncEnd: null,
    lastResyncStart: new Date(request.startedAt).toISOString(),
    ...describeSchedule(request.schedule),
  });
}

/**
 * Tells Port how a resync ended.
 *
 * @throws {HttpError} {@link NetworkError} Ocean goes on without it, and so should every caller
 */
export async function reportResyncEnd(
  port: PortClient,
  request: IntegrationRequest & {
    readonly status: Exclude<ResyncStatus, "running">;
    /** Milliseconds since 1970. */
    readonly endedAt: number;
    readonly schedule?: ResyncSchedule | undefined;
  },
): Promise<void> {
  await report(port, request, {
    status: request.status,
    lastResyncEnd: new Date(request.endedAt).toISOString(),
    ...describeSchedule(request.schedule),
  });
}

/** The resync state of an integration as Port gives it. */
export function parseResyncState(value: Json | undefined): ResyncState {
  const json = isJsonObject(value) ? value : {};
  const { intervalInMinuets } = json;
  return {
    status: statuses.find((status) => status === json["status"]),
    lastStart: parseTimestamp(json["lastResyncStart"]),
    lastEnd: parseTimestamp(json["lastResyncEnd"]),
    next: parseTimestamp(json["nextResync"]),
    intervalMinutes: typeof intervalInMinuets === "number" ? intervalInMinuets : undefined,
  };
}

async function report(
  port: PortClient,
  request: IntegrationRequest,
  body: JsonObject,
): Promise<void> {
  const path = `${pathOf(request)}/resync-state`;
  await port.send({ method: "PATCH", path, body, signal: request.signal });
}

/** The key is misspelt in Port's API. */
function describeSchedule(schedule: ResyncSchedule | undefined): JsonObject {
  return {
    nextResync: schedule === undefined ? null : new Date(schedule.next).toISOString(),
    intervalInMinuets: schedule?.intervalMinutes ?? null,
  };
}
