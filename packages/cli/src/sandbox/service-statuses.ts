import type { IncidentStore } from "./incident-store.ts";
import { hash } from "./random.ts";

/** One service in so many is under maintenance, or switched off. */
const maintenanceOneIn = 40;
const disabledOneIn = 60;

/** How far back the last incident of a service is looked for, as a multiple of the number of services. */
const lookBack = 4;

/** The status of each service, which follows its open incidents. */
export class ServiceStatuses {
  readonly #incidents: IncidentStore;
  readonly #key: number;
  #version = Number.NaN;
  /** By index of the service, seconds since 1970. */
  #lastIncidents = new Map<number, number>();
  /** By index of the service; only those that have open incidents. */
  #worst = new Map<number, "critical" | "warning">();

  constructor(incidents: IncidentStore, key: number) {
    this.#incidents = incidents;
    this.#key = key;
  }

  /** Critical while an incident is triggered, a warning while it is only acknowledged. */
  of(serviceIndex: number): string {
    const hashed = hash(this.#key, serviceIndex, 212);
    if (hashed % maintenanceOneIn === 0) return "maintenance";
    if (hashed % disabledOneIn === 1) return "disabled";
    this.#refresh();
    return this.#worst.get(serviceIndex) ?? "active";
  }

  /** When the last incident of a service was created, seconds since 1970; only the latest are looked at. */
  lastIncidentAt(serviceIndex: number): number | undefined {
    this.#refresh();
    return this.#lastIncidents.get(serviceIndex);
  }

  #refresh(): void {
    if (this.#version === this.#incidents.version) return;
    this.#version = this.#incidents.version;
    this.#findLast();
    this.#findWorst();
  }

  #findLast(): void {
    this.#lastIncidents = new Map();
    const { size, data } = this.#incidents;
    const oldest = Math.max(0, size - lookBack * data.services.size);
    for (let index = size - 1; index >= oldest; index--) {
      const service = this.#incidents.serviceIndex(index);
      if (this.#lastIncidents.has(service)) continue;
      this.#lastIncidents.set(service, this.#incidents.createdAt(index));
    }
  }

  #findWorst(): void {
    this.#worst = new Map();
    for (const index of this.#incidents.maybeOpen()) {
      const { status } = this.#incidents.life(index);
      if (status === "resolved") continue;
      const service = this.#incidents.serviceIndex(index);
      if (status === "triggered") this.#worst.set(service, "critical");
      else if (!this.#worst.has(service)) this.#worst.set(service, "warning");
    }
  }
}
