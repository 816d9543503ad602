import { exitCodes } from "../../context.ts";
import { type ExaminedPagerDuty, type Examination, statusOf } from "../examination.ts";
import { type Check, failed, ok, skipped, warning } from "../finding.ts";
import { whyNot } from "./host.ts";

/** Lists that are asked for by a time, each so far back. Milliseconds. */
const askedHour = 3_600_000;
const timed = new Set(["incidents", "log_entries", "notifications", "oncalls", "audit/records"]);

/** Which of its kinds the mapping may read: one row of each is asked for. */
export function checkPagerDutyRights({ pagerDuty, mapping, mayWrite }: Examination): Check {
  return {
    name: "PagerDuty rights",
    run: async (signal) => {
      const reason = await whyNot(pagerDuty, signal, mayWrite);
      if (pagerDuty === undefined || reason !== undefined) return reason ?? ok("");
      const kinds = await mapping(signal).then(
        (chosen) => [...new Set(chosen.mapping?.resources.map(({ kind }) => kind) ?? [])],
        () => undefined,
      );
      if (kinds === undefined) return skipped("the mapping tells what is read, and cannot be used");
      const refused = await findRefused(pagerDuty, kinds, signal);
      const read = kinds.filter((kind) => !refused.has(kind));
      if (refused.size > 0) {
        const named = [...refused].map(([kind, status]) => `${kind} (${status})`).join(", ");
        const code = read.length === 0 ? exitCodes.authentication : exitCodes.partial;
        const advice =
          "402: the account's plan has none. 403: the token, or its user, may not read them. Give the token the right, or take these out of the mapping.";
        return failed(`Refused: ${named}; read: ${read.join(", ") || "nothing"}`, advice, code);
      }
      const told = `may read ${read.join(", ")}`;
      const needsLog = kinds.includes("incidents");
      if (!needsLog || (await findRefused(pagerDuty, ["log_entries"], signal)).size === 0) {
        return ok(told);
      }
      return warning(
        `${told}; not log_entries`,
        "Without them, resyncs read longer stretches of time to find incidents that have changed.",
      );
    },
  };
}

/** Kinds that are refused, with the status. */
async function findRefused(
  { client }: ExaminedPagerDuty,
  kinds: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const now = Date.now();
  const times = [
    ["since", new Date(now - askedHour).toISOString()],
    ["until", new Date(now).toISOString()],
  ] as const;
  const statuses = await Promise.all(
    kinds.map(async (kind) => {
      const query = [["limit", "1"] as const, ...(timed.has(kind) ? times : [])];
      return [kind, await statusOf(() => client.get(`/${kind}`, query, signal))] as const;
    }),
  );
  const refused = statuses.flatMap(([kind, status]) =>
    status === 402 || status === 403 ? [[kind, status] as const] : [],
  );
  return new Map(refused);
}
