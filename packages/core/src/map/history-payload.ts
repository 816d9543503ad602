/**
 * The payload of Port's "PagerDuty History Mapper" webhook: what the import posts, one object each.
 * Keys in this order; what PagerDuty does not have is null, never the text "null".
 */
export interface HistoryPayload {
  readonly event: {
    readonly event_type: "service" | "incident";
    readonly data: {
      readonly identifier: string;
      readonly title: unknown;
      readonly properties: Readonly<Record<string, unknown>>;
      readonly relations?: Readonly<Record<string, unknown>>;
    };
  };
}

type Source = Readonly<Record<string, unknown>> & { readonly id: string };

/** The payload of a service. */
export function createServicePayload(service: Source): HistoryPayload {
  return {
    event: {
      event_type: "service",
      data: {
        identifier: service.id,
        title: service["name"] ?? null,
        properties: { status: service["status"] ?? null },
      },
    },
  };
}

/** The payload of an incident. */
export function createIncidentPayload(incident: Source): HistoryPayload {
  return {
    event: {
      event_type: "incident",
      data: {
        identifier: incident.id,
        title: incident["title"] ?? null,
        properties: {
          status: incident["status"] ?? null,
          url: incident["html_url"] ?? null,
          details: incident["description"] ?? null,
          urgency: incident["urgency"] ?? null,
          responder: fieldOf(incident["last_status_change_by"], "summary"),
          escalation_policy: fieldOf(incident["escalation_policy"], "summary"),
        },
        relations: { microservice: fieldOf(incident["service"], "id") },
      },
    },
  };
}

/** The fields of an incident that its payload is made of. */
const payloadFields = ["title", "status", "html_url", "description", "urgency"] as const;

/** An incident with what its payload needs and no more, for thousands that wait in memory. */
export function trimIncident<Incident extends Source>(incident: Incident): Incident {
  const { escalation_policy, last_status_change_by, service } = incident;
  const kept: Record<string, unknown> = {
    id: incident.id,
    created_at: incident["created_at"],
    incident_number: incident["incident_number"],
    escalation_policy: { summary: fieldOf(escalation_policy, "summary") },
    last_status_change_by: { summary: fieldOf(last_status_change_by, "summary") },
    service: { id: fieldOf(service, "id") },
  };
  for (const field of payloadFields) kept[field] = incident[field];
  return kept as Incident;
}

function fieldOf(reference: unknown, field: string): unknown {
  if (typeof reference !== "object" || reference === null) return null;
  return (reference as Record<string, unknown>)[field] ?? null;
}
