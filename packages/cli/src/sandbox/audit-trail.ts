import type { Reference } from "./account-data.ts";

/** What the audit trail tells of: `root_resource_types[]` of PagerDuty's API reference. */
export type AuditedResource = "users" | "teams" | "schedules" | "escalation_policies" | "services";

/** Something that somebody did while the sandbox ran. */
export interface AuditEntry {
  /** Of these entries, from 0 on. */
  readonly number: number;
  /** Seconds since 1970. */
  readonly at: number;
  readonly action: "delete";
  readonly resource: AuditedResource;
  readonly reference: Reference;
}

/** The deletions that were made while the sandbox ran. */
export class AuditTrail {
  readonly #entries: AuditEntry[] = [];
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
  }

  get entries(): readonly AuditEntry[] {
    return this.#entries;
  }

  noteDeletion(resource: AuditedResource, reference: Reference): void {
    const at = Math.floor(this.#now() / 1000);
    this.#entries.push({ number: this.#entries.length, at, action: "delete", resource, reference });
  }
}
