import type { ReceivedEvent } from "../store/inbox.ts";

/** An event as it is received, to be told apart by its id. */
export function createEvent(id: string, fields: Partial<ReceivedEvent> = {}): ReceivedEvent {
  return {
    id,
    type: "incident.triggered",
    key: "incidents/Q1",
    others: [],
    occurredAt: undefined,
    signedBy: undefined,
    payload: new TextEncoder().encode(`{"event":{"id":${JSON.stringify(id)}}}`),
    state: "waiting",
    ...fields,
  };
}
