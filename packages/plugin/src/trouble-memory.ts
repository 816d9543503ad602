import { describeError, type ServiceEvent } from "@pagerport/core";

/** What was in the way lately, and has not been seen to be gone. */
export interface TroubleMemory {
  note(event: ServiceEvent): void;
  /** One sentence each. */
  list(): string[];
}

/** Makes a memory of trouble: what concerns a part is forgotten when a run ends well. */
export function createTroubleMemory(): TroubleMemory {
  const problems = new Map<string, string>();
  return {
    note(event) {
      if (event.type === "trouble") {
        problems.set(event.what, `${event.what}: ${describeError(event.error)}`);
      }
      if (event.type !== "run-ended") return;
      if (event.report === undefined) problems.set("run", `a run: ${describeError(event.error)}`);
      else problems.clear();
    },
    list: () => [...problems.values()],
  };
}
