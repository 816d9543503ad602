import type { CatalogAccess } from "./catalog-access.ts";

type Change = (
  pagerduty: CatalogAccess,
  id: string,
  more: readonly unknown[],
  at: string | undefined,
) => unknown;

/** What a request may do to an incident, by the first word of the verb, with what the verb takes behind the id. */
const changes: Readonly<Record<string, Change>> = {
  acknowledge: (pagerduty, id, _, at) => pagerduty.acknowledgeIncident(id, at),
  unacknowledge: (pagerduty, id, _, at) => pagerduty.unacknowledgeIncident(id, at),
  resolve: (pagerduty, id, _, at) => pagerduty.resolveIncident(id, at),
  reopen: (pagerduty, id, _, at) => pagerduty.reopenIncident(id, at),
  escalate: (pagerduty, id, _, at) => pagerduty.escalateIncident(id, at),
  delegate: (pagerduty, id, [policy], at) => pagerduty.delegateIncident(id, text(policy), at),
  reassign: (pagerduty, id, users, at) =>
    pagerduty.reassignIncident(id, users.length === 0 ? undefined : users.map(String), at),
  prioritize: (pagerduty, id, [name], at) =>
    pagerduty.prioritizeIncident(id, text(name) ?? null, at),
  urgency: (pagerduty, id, [urgency], at) =>
    pagerduty.changeUrgency(id, urgency === "low" ? "low" : "high", at),
  move: (pagerduty, id, [service], at) => pagerduty.moveIncident(id, String(service), at),
  type: (pagerduty, id, [name], at) => pagerduty.changeIncidentType(id, String(name), at),
  annotate: (pagerduty, id, [content], at) => pagerduty.annotateIncident(id, String(content), at),
  "status-update": (pagerduty, id, [message], at) =>
    pagerduty.publishStatusUpdate(id, String(message), at),
  "add-responder": (pagerduty, id, [user], at) => pagerduty.addResponder(id, text(user), at),
  "reply-as-responder": (pagerduty, id, [user, reply], at) =>
    pagerduty.replyAsResponder(id, String(user), reply === "declined" ? reply : "joined", at),
  "conference-bridge": (pagerduty, id, [number, url], at) =>
    pagerduty.setConferenceBridge(
      id,
      number === undefined
        ? null
        : { conference_number: text(number) ?? "", conference_url: text(url) ?? "" },
      at,
    ),
  role: (pagerduty, id, [role, user], at) =>
    pagerduty.assignRole(id, String(role), text(user) ?? null, at),
  task: (pagerduty, id, [name], at) => pagerduty.createTask(id, String(name), at),
  workflow: (pagerduty, id, [name], at) => pagerduty.startWorkflow(id, text(name), at),
  action: (pagerduty, id, [name], at) => pagerduty.invokeAction(id, text(name), at),
};

/** Does to an incident what a request asks for. Undefined where there is no such change. */
export function changeIncident(
  pagerduty: CatalogAccess,
  change: string,
  id: string,
  more: readonly unknown[],
  at: string | undefined,
): { readonly ok: true; readonly id?: unknown } | undefined {
  const made = Object.hasOwn(changes, change) ? changes[change] : undefined;
  if (made === undefined) return undefined;
  return { ok: true, id: made(pagerduty, id, more, at) };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
