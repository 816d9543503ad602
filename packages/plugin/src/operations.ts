import { ServiceUnavailableError } from "@backstage/errors";

/** `full` reads everything and may delete; `delta` reads what may have changed. */
export type ResyncType = "full" | "delta";

/** What the routes do. */
export interface Operations {
  /** Takes one webhook of PagerDuty's. */
  receive(request: Request): Promise<Response>;
  /** Whether it works, and what is missing if not. */
  health(): Promise<object>;
  /** Runs, backlog, next run. */
  status(): Promise<object>;
  /** Asks for a resync as soon as none goes on. */
  resync(type: ResyncType): Promise<void>;
}

/** The routes of a plugin that nobody has given credentials: they tell what is missing. */
export function createIdleOperations(missing: readonly string[]): Operations {
  const state = { status: "not configured", missing };
  return {
    // PagerDuty sends again what is answered so.
    receive: async () => Response.json({ outcome: "unavailable" }, { status: 503 }),
    health: async () => state,
    status: async () => state,
    resync: async () => {
      throw new ServiceUnavailableError(`pagerport is not configured: ${missing.join(", ")}`);
    },
  };
}
