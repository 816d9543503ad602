import { createHash } from "node:crypto";
import { createIncidentPayload, createServicePayload } from "../map/history-payload.ts";
import type { Delivery } from "../sink/sink.ts";
import type { IdentifiedObject, Incident } from "../source/objects.ts";
import type { ImportItem } from "./import-journal.ts";

/** What tells one delivery's object from another's. */
export function keyOf({ kind, id }: Delivery): string {
  return `${kind}/${id}`;
}

/** A service on its way. */
export function createServiceItem(service: IdentifiedObject): ImportItem {
  const { id } = service;
  const line = JSON.stringify(createServicePayload(service));
  return {
    delivery: { id, kind: "services", line },
    sent: { kind: "services", id, created: 0, isOpen: false, digest: "" },
  };
}

/**
 * An incident as it waits for its turn: its payload is written at once, because thousands of strings
 * take a fraction of the memory that thousands of objects do.
 */
export function compactIncident(incident: Incident): Incident {
  const { id, created_at, incident_number } = incident;
  const isOpen = incident["status"] !== "resolved";
  const line = JSON.stringify(createIncidentPayload(incident));
  // The service tells a reader of one crowded second which services there are.
  return { id, created_at, incident_number, service: incident["service"], isOpen, line };
}

/** An incident on its way, from its {@link compactIncident} form. */
export function createIncidentItem(compact: Incident): ImportItem {
  const { id, created_at } = compact;
  const line = String(compact["line"]);
  const isOpen = compact["isOpen"] === true;
  // Only what is looked at again needs telling apart.
  const digest = isOpen ? createHash("sha256").update(line).digest("base64url") : "";
  return {
    delivery: { id, kind: "incidents", line },
    sent: { kind: "incidents", id, created: Date.parse(created_at), isOpen, digest },
  };
}
