import { HttpError } from "../errors.ts";
import type { Incident } from "../source/objects.ts";
import type { PagerDutyAnswer, PagerDutyClient, Query } from "../source/pagerduty-client.ts";

/** PagerDuty's own bounds. */
const furthestRow = 10_000;
const longestSpan = 184 * 24 * 3600 * 1000;

export interface ScriptedOptions {
  /** Whether an incident created in the second `until` is listed; PagerDuty does not say. */
  readonly isUntilInclusive?: boolean;
  /** The most rows of a page, whatever was asked for. */
  readonly pageSize?: number;
  /** Called before every answer; may change what there is. */
  readonly onRequest?: (path: string, query: Query) => void | Promise<void>;
}

/** The least of PagerDuty that reading it needs: lists in memory, its paging rules, no HTTP. */
export class ScriptedPagerDuty implements PagerDutyClient {
  services: Record<string, unknown>[] = [];
  incidents: Incident[] = [];
  readonly requests: { readonly path: string; readonly query: Query }[] = [];
  readonly #options: ScriptedOptions;

  constructor(options: ScriptedOptions = {}) {
    this.#options = options;
  }

  async get(path: string, query: Query, signal?: AbortSignal): Promise<PagerDutyAnswer> {
    signal?.throwIfAborted();
    this.requests.push({ path, query });
    await this.#options.onRequest?.(path, query);
    signal?.throwIfAborted();
    const [, name = "", id] = path.split("/");
    if (id !== undefined) {
      const all: readonly Record<string, unknown>[] =
        name === "services" ? this.services : this.incidents;
      const row = all.find((candidate) => candidate["id"] === id);
      if (row === undefined) throw refuse(404, path, "Not Found");
      return { body: { [name.replace(/s$/, "")]: row }, date: undefined };
    }
    const rows = name === "services" ? this.services : this.#listIncidents(query);
    return { body: this.#page(name, rows, query), date: undefined };
  }

  #page(name: string, rows: readonly unknown[], query: Query): Record<string, unknown> {
    const values = new Map(query);
    const limit = Math.min(Number(values.get("limit") ?? 25), this.#options.pageSize ?? 100);
    const offset = Number(values.get("offset") ?? 0);
    if (offset + Number(values.get("limit") ?? 25) > furthestRow || offset < 0 || limit < 1) {
      throw refuse(400, `/${name}`, "Arguments Caused Error");
    }
    return {
      [name]: rows.slice(offset, offset + limit),
      limit,
      offset,
      more: offset + limit < rows.length,
      total: values.get("total") === "true" ? rows.length : null,
    };
  }

  #listIncidents(query: Query): Incident[] {
    const values = new Map(query);
    const sets = (name: string): string[] =>
      query.filter(([key]) => key === name).map(([, value]) => value);
    const services = sets("service_ids[]");
    const urgencies = sets("urgencies[]");
    const statuses = sets("statuses[]");
    const isInRange = this.#range(values);
    const [field = "incident_number", order] = (values.get("sort_by") ?? "").split(":");
    const sign = order === "desc" ? -1 : 1;
    return this.incidents
      .filter(
        (incident) =>
          isInRange(Date.parse(incident.created_at)) &&
          (services.length === 0 || services.includes(idOf(incident["service"]))) &&
          (urgencies.length === 0 || urgencies.includes(String(incident["urgency"]))) &&
          (statuses.length === 0 || statuses.includes(String(incident["status"]))),
      )
      .toSorted((one, other) => {
        const byTime =
          field === "created_at" ? Date.parse(one.created_at) - Date.parse(other.created_at) : 0;
        return sign * (byTime || one.incident_number - other.incident_number);
      });
  }

  #range(values: ReadonlyMap<string, string>): (created: number) => boolean {
    if (values.get("date_range") === "all") return () => true;
    const since = Date.parse(values.get("since") ?? "");
    const until = Date.parse(values.get("until") ?? "");
    if (!(until >= since) || until - since > longestSpan) {
      throw refuse(400, "/incidents", "Invalid Input Provided");
    }
    const isUntilInclusive = this.#options.isUntilInclusive ?? true;
    return (created) => created >= since && (isUntilInclusive ? created <= until : created < until);
  }
}

function idOf(reference: unknown): string {
  return typeof reference === "object" && reference !== null && "id" in reference
    ? String(reference.id)
    : "";
}

function refuse(status: number, path: string, reason: string): HttpError {
  const options = { host: "PagerDuty", method: "GET", url: path, status, reason };
  return new HttpError(`PagerDuty answered ${status}: ${reason}: GET ${path}`, options);
}
