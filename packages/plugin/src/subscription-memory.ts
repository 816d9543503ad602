import type { LoggerService } from "@backstage/backend-plugin-api";
import { describeSubscription, type SubscriptionReport } from "@pagerport/core";

/** How the plugin's own webhook subscription was at the last look. */
export interface SubscriptionMemory {
  readonly onReport: (report: SubscriptionReport) => void;
  /** How it stands, and why; undefined before the first look, and where nobody looks. */
  readonly state: () => { readonly state: string; readonly reason: string | undefined } | undefined;
  /** For whoever looks at the status; undefined before the first look. */
  describe(): object | undefined;
  /** What is wrong with it, one sentence each. */
  problems(): string[];
}

/** Makes a memory that logs what changes. */
export function createSubscriptionMemory(logger: LoggerService): SubscriptionMemory {
  let last: SubscriptionReport | undefined;
  let told = "";
  return {
    onReport(report) {
      last = report;
      const lines = describeSubscription(report);
      // What is still so after ten minutes need not be told again.
      if (lines.join("\n") === told) return;
      told = lines.join("\n");
      for (const line of lines) logger[report.error === undefined ? "info" : "warn"](line);
    },
    state: () => last && { state: last.state, reason: last.error?.message },
    describe() {
      if (last === undefined) return undefined;
      const { state, id, url, lastEvent, missedSince } = last;
      return { state, id, url, lastEvent, missedSince, notes: describeSubscription(last) };
    },
    problems: () => (last?.error === undefined ? [] : [`the subscription: ${last.error.message}`]),
  };
}
