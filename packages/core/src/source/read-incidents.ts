import { fetchPage, furthestRow, largestPage, type ListPage } from "./fetch-page.ts";
import { formatWindow, type IncidentWindow, listIncidents } from "./incident-list.ts";
import type { Incident } from "./objects.ts";
import type { PagerDutyClient, Query } from "./pagerduty-client.ts";
import { cutWindow, planWindows } from "./plan-windows.ts";
import { readCrowdedSecond } from "./read-crowded-second.ts";
import { type ListReading, readList } from "./read-list.ts";

/** Incidents fetched and not yet passed on, where nothing else is said. */
const usualRowsAhead = 10_000;

/** Windows whose first page is asked for ahead of the one being read. */
const mostProbesAhead = 8;

export interface ReadIncidentsOptions {
  /** Inclusive, milliseconds at whole seconds. */
  readonly since: number;
  /** Exclusive. */
  readonly until: number;
  /** How many incidents there are about, to plan windows by. */
  readonly expected: number;
  /** `include[]` and filters; which of those hold is for the caller to check. */
  readonly query?: Query | undefined;
  readonly listServices: () => Promise<readonly string[]>;
  readonly signal?: AbortSignal | undefined;
  /** Leaves out of an incident what is not needed; keeps its id, number, creation and service. */
  readonly trim?: (incident: Incident) => Incident;
  /**
   * The most incidents fetched and not yet passed on; the window next to be passed on is never held back.
   *
   * @default 10,000
   */
  readonly mostRowsAhead?: number | undefined;
  /** Called with the number of rows of every page that arrives. */
  readonly onPage?: (rows: number) => void;
}

/** The incidents of one window. */
export interface IncidentBatch {
  readonly window: IncidentWindow;
  /** By `created_at`, then `incident_number`; each incident of the whole reading in one batch only. */
  readonly incidents: readonly Incident[];
  /** Why some are missing; empty when none is. */
  readonly problem: string;
}

/**
 * Reads every incident created in a stretch of time, once each, in order of `created_at` and then
 * `incident_number`. Windows are fetched ahead and passed on in order; the order does not depend on
 * how they were cut.
 */
export async function* readIncidents(
  client: PagerDutyClient,
  options: ReadIncidentsOptions,
): AsyncGenerator<IncidentBatch, void> {
  const reader = new WindowReader(client, options);
  const { since, until } = options;
  let lastSecond = since;
  let idsOfLastSecond: ReadonlySet<string> = new Set();
  try {
    for (;;) {
      const read = await reader.next();
      if (read === undefined) return;
      const incidents = read.reading.rows
        .map((incident) => ({ incident, created: Date.parse(incident.created_at) }))
        .filter(
          ({ incident, created }) =>
            created >= since &&
            created < until &&
            // Neighbours share a second, and may both hold its incidents.
            !(created === lastSecond && idsOfLastSecond.has(incident.id)),
        )
        .toSorted(
          (one, other) =>
            one.created - other.created ||
            one.incident.incident_number - other.incident.incident_number,
        );
      const newest = incidents.at(-1)?.created;
      if (newest !== undefined) {
        const known = newest === lastSecond ? [...idsOfLastSecond] : [];
        const added = incidents.filter(({ created }) => created === newest);
        idsOfLastSecond = new Set([...known, ...added.map(({ incident }) => incident.id)]);
        lastSecond = newest;
      }
      yield {
        window: read.window,
        incidents: incidents.map(({ incident }) => incident),
        problem: read.reading.complete
          ? ""
          : `Incidents created in ${formatWindow(read.window)} are incomplete: ${read.reading.reason}`,
      };
    }
  } finally {
    await reader.close();
  }
}

type Slot = {
  readonly window: IncidentWindow;
  state: "planned" | "probing" | "probed" | "reading" | "read";
  count: number;
  first?: ListPage<Incident>;
  reading?: ListReading<Incident>;
};

/** Fetches windows ahead, bounded by rows, and hands them out in order. */
class WindowReader {
  readonly #client: PagerDutyClient;
  readonly #options: ReadIncidentsOptions;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #running = new Set<Promise<void>>();
  #slots: Slot[];
  #failure: { readonly error: unknown } | undefined;
  #changed: (() => void) | undefined;

  constructor(client: PagerDutyClient, options: ReadIncidentsOptions) {
    this.#client = client;
    this.#options = options;
    this.#signal =
      options.signal === undefined
        ? this.#stop.signal
        : AbortSignal.any([options.signal, this.#stop.signal]);
    this.#slots = planWindows(options.since, options.until, options.expected).map(plan);
  }

  /** The next window in order; undefined after the last. */
  async next(): Promise<{ window: IncidentWindow; reading: ListReading<Incident> } | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      this.#startWhatFits();
      const [head] = this.#slots;
      if (head === undefined) return undefined;
      if (head.reading !== undefined) {
        this.#slots.shift();
        return { window: head.window, reading: head.reading };
      }
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  /** Ends all requests that are under way. */
  async close(): Promise<void> {
    this.#stop.abort(new Error("The reading was ended"));
    await Promise.all(this.#running);
  }

  #startWhatFits(): void {
    const { mostRowsAhead = usualRowsAhead } = this.#options;
    const isHeld = (slot: Slot): boolean => slot.state === "reading" || slot.state === "read";
    const isProbe = (slot: Slot): boolean => slot.state === "probing" || slot.state === "probed";
    let held = this.#slots.filter(isHeld).reduce((sum, slot) => sum + slot.count, 0);
    for (const slot of this.#slots) {
      if (slot.state !== "probed") continue;
      if (slot !== this.#slots[0] && held + slot.count > mostRowsAhead) break;
      held += slot.count;
      this.#run(slot, "reading", () => this.#read(slot));
    }
    let probes = this.#slots.filter(isProbe).length;
    for (const slot of this.#slots) {
      if (slot.state !== "planned") continue;
      if (slot !== this.#slots[0] && (probes >= mostProbesAhead || held >= mostRowsAhead)) break;
      probes += 1;
      this.#run(slot, "probing", () => this.#probe(slot));
    }
  }

  #run(slot: Slot, state: Slot["state"], work: () => Promise<void>): void {
    slot.state = state;
    const running = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#running.delete(running);
        this.#changed?.();
      });
    this.#running.add(running);
  }

  /** Asks for the count and the first page in one request, and cuts a window that is too full. */
  async #probe(slot: Slot): Promise<void> {
    const { query = [], trim } = this.#options;
    const list = listIncidents(slot.window, { query, trim });
    const position = { offset: 0, limit: largestPage, total: true };
    const first = await fetchPage(this.#client, list, position, this.#signal);
    const count = first.total ?? first.rows.length;
    const pieces = cutWindow(slot.window, count);
    if (pieces !== undefined) {
      this.#slots = this.#slots.flatMap((other) => (other === slot ? pieces.map(plan) : [other]));
      return;
    }
    slot.first = first;
    slot.count = count;
    slot.state = "probed";
  }

  async #read(slot: Slot): Promise<void> {
    const { listServices, onPage, query = [], trim } = this.#options;
    const shared = { signal: this.#signal, onPage };
    slot.reading =
      slot.count > furthestRow
        ? await readCrowdedSecond(this.#client, slot.window, slot.count, {
            ...shared,
            listServices,
            query,
            trim,
          })
        : await readList(this.#client, listIncidents(slot.window, { query, trim }), {
            ...shared,
            ...(slot.first === undefined ? {} : { first: slot.first }),
          });
    slot.count = slot.reading.rows.length;
    slot.state = "read";
    delete slot.first;
  }
}

function plan(window: IncidentWindow): Slot {
  return { window, state: "planned", count: window.expected };
}
