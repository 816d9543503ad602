/** What one side of the sandbox was asked and answered. */
export interface TrafficCounts {
  /** Requests that arrived. */
  readonly total: number;
  /** Answers by status; a broken-off connection counts as `reset`. */
  readonly byStatus: Readonly<Record<string, number>>;
  /** Requests by method and path, ids as `:id`. */
  readonly byRoute: Readonly<Record<string, number>>;
  /** 429 answers, of limits and of faults. */
  readonly throttled: number;
  /** Requests that are being answered. */
  readonly inFlight: number;
  /** The most requests that were being answered at once. */
  readonly maxInFlight: number;
}

/** One request as a listener hears of it, before it is answered. */
export interface RequestNotice {
  readonly side: "pagerduty" | "ingest" | "port";
  /** 1 for the first request of that side. */
  readonly number: number;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
}

/** Told of every request before it is answered; what it changes is in the answer. */
export type RequestListener = (notice: RequestNotice) => void | Promise<void>;

/** Counts the requests of one side. */
export class Traffic implements TrafficCounts {
  total = 0;
  throttled = 0;
  inFlight = 0;
  maxInFlight = 0;
  readonly byStatus: Record<string, number> = {};
  readonly byRoute: Record<string, number> = {};

  /** Counts an arrival and tells its number, from 1 on. */
  arrive(route: string): number {
    this.byRoute[route] = (this.byRoute[route] ?? 0) + 1;
    this.inFlight++;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
    this.total++;
    return this.total;
  }

  /** Counts an answer. */
  leave(status: number | "reset"): void {
    this.inFlight--;
    this.byStatus[status] = (this.byStatus[status] ?? 0) + 1;
    if (status === 429) this.throttled++;
  }
}

/** Tells every listener of a request, one after the other. */
export async function notify(
  listeners: Iterable<RequestListener>,
  side: RequestNotice["side"],
  number: number,
  method: string,
  path: string,
): Promise<void> {
  for (const listener of listeners) await listener({ side, number, method, path });
}
