import type { IncidentStore } from "./incident-store.ts";
import { hash } from "./random.ts";

/** One service in so many is under maintenance, or switched off. */
const maintenanceOneIn = 40;
const disabledOneIn = 60;

/** How far back the last incident of a service is looked for, as a multiple of the number of services. */
const lookBack = 4;

/** The open incidents of one service. */
interface OpenCounts {
  triggered: number;
  acknowledged: number;
}

/** Where an open incident is counted. */
interface Counted {
  readonly service: number;
  readonly status: keyof OpenCounts;
}

/**
 * The status of each service, which follows its open incidents. Counted once, and from then on only
 * what was changed is counted anew: a status may be asked for after each of many thousands of changes.
 */
export class ServiceStatuses {
  readonly #incidents: IncidentStore;
  readonly #key: number;
  /** What has been counted: incidents by index, and changes. */
  #seenIncidents: number | undefined;
  #seenChanges = 0;
  /** By index of the service, seconds since 1970. */
  readonly #lastIncidents = new Map<number, number>();
  /** By index of the service. */
  readonly #open = new Map<number, OpenCounts>();
  /** By index of the incident. */
  readonly #counted = new Map<number, Counted>();

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
    const open = this.#open.get(serviceIndex);
    if (open === undefined) return "active";
    if (open.triggered > 0) return "critical";
    return open.acknowledged > 0 ? "warning" : "active";
  }

  /** When the last incident of a service was created, seconds since 1970; only the latest are looked at. */
  lastIncidentAt(serviceIndex: number): number | undefined {
    this.#refresh();
    return this.#lastIncidents.get(serviceIndex);
  }

  #refresh(): void {
    const { size, data, changes } = this.#incidents;
    if (this.#seenIncidents === undefined) {
      this.#seenIncidents = Math.max(0, data.count - lookBack * data.services.size);
      for (const index of this.#incidents.maybeOpen()) this.#count(index);
    }
    for (let index = this.#seenIncidents; index < size; index++) {
      const service = this.#incidents.firstServiceIndex(index);
      this.#lastIncidents.set(service, this.#incidents.createdAt(index));
      if (index >= data.count) this.#count(index);
    }
    for (let change = this.#seenChanges; change < changes.length; change++) {
      this.#count(changes[change]?.index ?? 0);
    }
    this.#seenIncidents = size;
    this.#seenChanges = changes.length;
  }

  /** Counts an incident as it is now, and no longer as it was. */
  #count(index: number): void {
    const before = this.#counted.get(index);
    if (before !== undefined) this.#of(before.service)[before.status]--;
    const { status } = this.#incidents.life(index);
    if (status === "resolved") {
      this.#counted.delete(index);
      return;
    }
    const service = this.#incidents.serviceIndex(index);
    this.#of(service)[status]++;
    this.#counted.set(index, { service, status });
  }

  #of(service: number): OpenCounts {
    const known = this.#open.get(service);
    if (known !== undefined) return known;
    const counts = { triggered: 0, acknowledged: 0 };
    this.#open.set(service, counts);
    return counts;
  }
}
