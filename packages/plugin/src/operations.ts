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
  /** Names of what was deleted in Port, the last first. */
  deletions(): Promise<object>;
  /** Puts back what was deleted in Port; tells what came of it. */
  restore(wanted: WantedRestore): Promise<object>;
}

/** What is to be put back. */
export interface WantedRestore {
  /** What that run deleted, or what single events did. */
  readonly run: number | "events";
  /** Only what was deleted then or later, milliseconds since 1970. */
  readonly since: number | undefined;
  /** Only entities of these identifiers. */
  readonly identifiers: ReadonlySet<string> | undefined;
  /** Also where Port has a newer entity of the name. */
  readonly overwrite: boolean;
}

/** The routes of a plugin that nobody has given credentials: they tell what is missing. */
export function createIdleOperations(missing: readonly string[]): Operations {
  const refuse = async (): Promise<never> => {
    throw new ServiceUnavailableError(`pagerport is not configured: ${missing.join(", ")}`);
  };
  const state = { status: "not configured", missing };
  return {
    // PagerDuty sends again what is answered so.
    receive: async () => Response.json({ outcome: "unavailable" }, { status: 503 }),
    health: async () => state,
    status: async () => state,
    resync: refuse,
    deletions: refuse,
    restore: refuse,
  };
}
