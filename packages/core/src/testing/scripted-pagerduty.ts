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
  /** PagerDuty's time of every answer. */
  readonly date?: number;
  /** Paths that are refused, with the status; else what is there is 200 by id, and the rest 404. */
  readonly refused?: Readonly<Record<string, number>>;
  /** Called before every answer; may change what there is. */
  readonly onRequest?: (path: string, query: Query) => void | Promise<void>;
  /** Answers what is asked of analytics. */
  readonly onAsk?: (path: string, question: Record<string, unknown>) => Record<string, unknown>;
}

type Row = Record<string, unknown>;

/** The least of PagerDuty that reading it needs: lists in memory, its paging rules, no HTTP. */
export class ScriptedPagerDuty implements PagerDutyClient {
  services: Row[] = [];
  incidents: Incident[] = [];
  /** Every other list, by its path without the first slash. */
  lists: Record<string, readonly Row[]> = {};
  /** Whole answers, by path. */
  answers: Record<string, Row> = {};
  readonly requests: { readonly path: string; readonly query: Query }[] = [];
  readonly questions: { readonly path: string; readonly question: Row }[] = [];
  readonly #options: ScriptedOptions;

  constructor(options: ScriptedOptions = {}) {
    this.#options = options;
  }

  async get(path: string, query: Query, signal?: AbortSignal): Promise<PagerDutyAnswer> {
    signal?.throwIfAborted();
    this.requests.push({ path, query });
    await this.#options.onRequest?.(path, query);
    signal?.throwIfAborted();
    const status = this.#options.refused?.[path];
    if (status !== undefined) throw refuse(status, path, "Refused");
    return { body: this.#answer(path, query), date: this.#options.date };
  }

  async ask(path: string, question: object, signal?: AbortSignal): Promise<PagerDutyAnswer> {
    signal?.throwIfAborted();
    const asked = Object.fromEntries(Object.entries(question));
    this.questions.push({ path, question: asked });
    await Promise.resolve();
    const body = this.#options.onAsk?.(path, asked);
    if (body === undefined) throw refuse(402, path, "Missing Account Ability");
    return { body, date: this.#options.date };
  }

  #answer(path: string, query: Query): Row {
    const name = path.slice(1);
    const whole = this.answers[path];
    if (whole !== undefined) return whole;
    const rows = this.#list(name, query);
    if (rows !== undefined) return this.#page(name, rows, query);
    const [list, id] = splitLast(name);
    const row = this.#all(list)?.find((candidate) => candidate["id"] === id);
    if (row === undefined) throw refuse(404, path, "Not Found");
    return { [nameOf(list).replace(/ies$/, "y").replace(/s$/, "")]: row };
  }

  #all(name: string): readonly Row[] | undefined {
    if (name === "services") return this.services;
    return name === "incidents" ? this.incidents : this.lists[name];
  }

  #list(name: string, query: Query): readonly Row[] | undefined {
    if (name === "incidents") return this.#listIncidents(query);
    const teams = valuesOf(query, "team_ids[]");
    const policies = valuesOf(query, "escalation_policy_ids[]");
    return this.#all(name)?.filter(
      (row) =>
        (teams.length === 0 || idsOf(row["teams"]).some((id) => teams.includes(id))) &&
        (policies.length === 0 || policies.includes(idOf(row["escalation_policy"]))),
    );
  }

  #page(name: string, rows: readonly unknown[], query: Query): Row {
    const values = new Map(query);
    const limit = Math.min(Number(values.get("limit") ?? 25), this.#options.pageSize ?? 100);
    const offset = Number(values.get("offset") ?? 0);
    if (offset + Number(values.get("limit") ?? 25) > furthestRow || offset < 0 || limit < 1) {
      throw refuse(400, `/${name}`, "Arguments Caused Error");
    }
    return {
      [nameOf(name)]: rows.slice(offset, offset + limit),
      limit,
      offset,
      more: offset + limit < rows.length,
      total: values.get("total") === "true" ? rows.length : null,
    };
  }

  #listIncidents(query: Query): Incident[] {
    const values = new Map(query);
    const services = valuesOf(query, "service_ids[]");
    const urgencies = valuesOf(query, "urgencies[]");
    const statuses = valuesOf(query, "statuses[]");
    const teams = valuesOf(query, "team_ids[]");
    const isInRange = this.#range(values);
    const [field = "incident_number", order] = (values.get("sort_by") ?? "").split(/[:,]/);
    const sign = order === "desc" ? -1 : 1;
    const timeOf = (incident: Incident): number =>
      field.endsWith("_at") ? Date.parse(String(incident[field])) : 0;
    return this.incidents
      .filter(
        (incident) =>
          isInRange(Date.parse(incident.created_at)) &&
          (services.length === 0 || services.includes(idOf(incident["service"]))) &&
          (urgencies.length === 0 || urgencies.includes(String(incident["urgency"]))) &&
          (statuses.length === 0 || statuses.includes(String(incident["status"]))) &&
          (teams.length === 0 || idsOf(incident["teams"]).some((id) => teams.includes(id))),
      )
      .toSorted(
        (one, other) =>
          sign * (timeOf(one) - timeOf(other) || one.incident_number - other.incident_number),
      );
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

function valuesOf(query: Query, name: string): string[] {
  return query.filter(([key]) => key === name).map(([, value]) => value);
}

function splitLast(path: string): [string, string] {
  const slash = path.lastIndexOf("/");
  return [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)];
}

function nameOf(path: string): string {
  return splitLast(path)[1];
}

function idsOf(references: unknown): string[] {
  return Array.isArray(references) ? references.map(idOf) : [];
}

function idOf(reference: unknown): string {
  return typeof reference === "object" && reference !== null && "id" in reference
    ? String(reference.id)
    : "";
}

/** The error of a request that PagerDuty refuses. */
export function refuse(status: number, path: string, reason: string): HttpError {
  const options = { host: "PagerDuty", method: "GET", url: path, status, reason };
  return new HttpError(`PagerDuty answered ${status}: ${reason}: GET ${path}`, options);
}
