import type { PortBehaviour } from "./port-behaviour.ts";

/** The User-Agent of an integration's exporter: `port-ocean/{type}/{version}/{identifier}/exporter`. */
const exporterAgent = /^port-ocean\/[^/]+\/[^/]+\/.+\/exporter$/;

/** Whose an entity is after a write. @param owner who it belonged to; undefined where it is new */
export function ownerAfter(
  owner: string | undefined,
  writer: string,
  rule: PortBehaviour["ownership"],
): string {
  if (owner === undefined) return writer;
  if (rule === "creator") return owner;
  return rule === "last-writer" || exporterAgent.test(writer) ? writer : owner;
}
