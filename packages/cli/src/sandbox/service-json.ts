import type { Account, Reference } from "./account-data.ts";
import { kindKey } from "./account-data.ts";
import { shortId } from "./ids.ts";
import { hash } from "./random.ts";
import type { Service } from "./service-data.ts";
import type { TimeFormat } from "./zoned-time.ts";

/** A service as `GET /services` gives it. Times are in the account's zone unless one was asked for. */
export interface ServiceJson {
  readonly [key: string]: unknown;
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly escalation_policy: Reference;
}

/**
 * @param life.status follows the open incidents
 * @param life.lastIncidentAt seconds since 1970; undefined where the service had none
 */
export function serviceJson(
  account: Account,
  service: Service,
  life: { readonly status: string; readonly lastIncidentAt: number | undefined },
  format: TimeFormat,
): ServiceJson {
  const { key } = account;
  const hashed = hash(key, service.index, 211);
  return {
    id: service.id,
    name: service.name,
    description: hashed % 3 === 0 ? null : `Everything about ${service.name}`,
    created_at: format(service.createdAt),
    updated_at: format(service.updatedAt),
    status: life.status,
    teams: service.team === undefined ? [] : [service.team],
    alert_creation: "create_alerts_and_incidents",
    addons: [],
    scheduled_actions: [],
    support_hours: null,
    last_incident_timestamp: life.lastIncidentAt === undefined ? null : format(life.lastIncidentAt),
    escalation_policy: service.policy,
    incident_urgency_rule: { type: "constant", urgency: hashed % 5 === 0 ? "low" : "high" },
    acknowledgement_timeout: hashed % 2 === 0 ? null : 1800,
    auto_resolve_timeout: hashed % 7 === 0 ? 14_400 : null,
    integrations: hashed % 2 === 0 ? [] : [integrationOf(account, service)],
    type: "service",
    summary: service.name,
    self: service.reference.self,
    html_url: service.reference.html_url,
  };
}

function integrationOf(account: Account, service: Service): Reference {
  const id = shortId(kindKey(account.key, "integration"), service.index);
  return {
    id,
    type: "events_api_v2_inbound_integration_reference",
    summary: `Events API v2 - ${service.name}`,
    self: `${service.reference.self}/integrations/${id}`,
    html_url: `${account.webUrl}/services/${service.id}/integrations/${id}`,
  };
}
