import type { IncidentStore } from "./incident-store.ts";
import { hash } from "./random.ts";

/** One service in so many is under maintenance, or switched off. */
const MAINTENANCE_ONE_IN = 40;
const DISABLED_ONE_IN = 60;

/** The status of each service, which follows its open incidents. */
export class ServiceStatuses {
  readonly #incidents: IncidentStore;
  readonly #key: number;
  #version = Number.NaN;
  /** By index of the service; only those that have open incidents. */
  #worst = new Map<number, "critical" | "warning">();

  constructor(incidents: IncidentStore, key: number) {
    this.#incidents = incidents;
    this.#key = key;
  }

  /** Critical while an incident is triggered, a warning while it is only acknowledged. */
  of(serviceIndex: number): string {
    const hashed = hash(this.#key, serviceIndex, 212);
    if (hashed % MAINTENANCE_ONE_IN === 0) return "maintenance";
    if (hashed % DISABLED_ONE_IN === 1) return "disabled";
    if (this.#version !== this.#incidents.version) this.#count();
    return this.#worst.get(serviceIndex) ?? "active";
  }

  #count(): void {
    this.#worst = new Map();
    this.#version = this.#incidents.version;
    for (const index of this.#incidents.maybeOpen()) {
      const { status } = this.#incidents.life(index);
      if (status === "resolved") continue;
      const service = this.#incidents.serviceIndex(index);
      if (status === "triggered") this.#worst.set(service, "critical");
      else if (!this.#worst.has(service)) this.#worst.set(service, "warning");
    }
  }
}
