import { type Backlog, readBacklog, readOldestWaiting } from "../../store/inbox-events.ts";
import { readLastSigned } from "../../store/inbox.ts";
import { readCheck } from "../../store/notes/check-note.ts";
import { readMappingNotes } from "../../store/notes/mapping-note.ts";
import { type KeptServiceNote, readServiceNote } from "../../store/notes/service-note.ts";
import type { Store } from "../../store/open-store.ts";
import { readPause } from "../../store/pause.ts";
import { type JournalNote, readJournalNote } from "../../store/retention/journal-note.ts";
import type { PinMemory, Pins } from "../../store/pins/pins.ts";
import { listPlans } from "../../store/plans/plans.ts";
import { readTime } from "../../store/read-time.ts";
import { readRunHistory } from "../../store/run-history.ts";
import type { ServiceStatus } from "../../sync/sync-service.ts";
import { describeMapping, describeRuns, findLag } from "./describe-runs.ts";
import { toText, toTextOrNull } from "./moments.ts";
import { readUndecided } from "./read-undecided.ts";
import type { StatusReport } from "./status-report.ts";
import { toBudget, toCheck, toKept, toPause, toPlan } from "./to-status.ts";

/** Milliseconds after its last note that a server counts as at work: several of its notes. */
const aliveFor = 180_000;

export interface ReadStatusOptions {
  readonly store: Pick<Store, "sql" | "place" | "isPersistent">;
  readonly integrationIdentifier: string;
  /** Where it is remembered whose the hosts are. @default nothing is known of that */
  readonly pins?: PinMemory | undefined;
  /** Whose they are to be, where a person says so: that counts in place of what is remembered. */
  readonly expected?: Pins | undefined;
  /** The service, where it is in this process: what only it knows. @default what its note in the store says */
  readonly readService?: (() => Promise<LiveService>) | undefined;
  /** When the next resync begins, where somebody else keeps the schedule. @default by the service's own */
  readonly findNextRun?: (() => Promise<number | undefined>) | undefined;
}

type LiveService = Pick<ServiceStatus, "paused" | "foreignHosts" | "nextRunAt">;

/**
 * Reads how an integration is from its store, and from its service where that is at hand. A look is a dozen
 * small questions to the store, and writes nothing.
 *
 * @throws what the store throws where it does not answer
 */
export async function readStatus(options: ReadStatusOptions): Promise<StatusReport> {
  const { store, integrationIdentifier, expected, readService, findNextRun } = options;
  const { sql, place, isPersistent } = store;
  const now = await readTime(sql);
  const [service, note] = [await readService?.(), await readServiceNote(sql)];
  const known = service ?? (note !== undefined && isAlive(note, now) ? note : undefined);
  const history = await readRunHistory(sql);
  const nextByHost = await findNextRun?.();
  const runs = await describeRuns(sql, {
    now,
    history,
    resyncMinutes: note?.resyncMinutes ?? 0,
    nextAt: service?.nextRunAt ?? nextByHost,
  });
  const backlog = await readBacklog(sql);
  const lastEvent = await readLastSigned(sql);
  const pins = await options.pins?.read();
  const pause = await readPause(sql);
  const check = await readCheck(sql);
  const plans = await listPlans(sql);
  const mapping = describeMapping(await readMappingNotes(sql), history);
  const undecided = await readUndecided(sql, {
    lastFull: history.lastFull,
    blocked: mapping?.blocked,
  });
  return {
    from: service === undefined ? "store" : "server",
    at: toText(now),
    integration: integrationIdentifier,
    store: { place, isPersistent },
    hosts: {
      account: expected?.account ?? pins?.account ?? null,
      portOrg: expected?.portOrg ?? pins?.portOrg ?? null,
      foreign: known?.foreignHosts ?? null,
    },
    server: note === undefined ? null : describeServer(note, now),
    mapping: mapping && { ...mapping, blocked: undecided.blocked },
    runs,
    lag: findLag({ event: await readOldestWaiting(sql), runs, history }),
    webhook: describeWebhook(note, lastEvent),
    inbox: describeInbox(backlog, now),
    journal: describeJournal(await readJournalNote(sql)),
    plans: plans
      .filter(({ entities }) => entities > 0)
      .toSorted((one, other) => one.since - other.since)
      .map(toPlan),
    withheld: undecided.kept.flatMap(toKept),
    pause: pause === undefined ? null : toPause(pause),
    pausedHosts:
      known?.paused.map(({ host, since, error }) => ({ host, since: toText(since), error })) ??
      null,
    budgets: (note?.budgets ?? []).map(toBudget),
    check: check === undefined ? null : toCheck(check),
  };
}

function isAlive({ at }: KeptServiceNote, now: number): boolean {
  return now - at < aliveFor;
}

function describeServer(note: KeptServiceNote, now: number): StatusReport["server"] {
  const { owner, at, resyncMinutes, verifyHours } = note;
  return { owner, seenAt: toText(at), isAlive: isAlive(note, now), resyncMinutes, verifyHours };
}

function describeWebhook(
  note: KeptServiceNote | undefined,
  lastEvent: number | undefined,
): StatusReport["webhook"] {
  if (note?.webhook === undefined && lastEvent === undefined) return null;
  return {
    state: note?.webhook?.state ?? null,
    reason: note?.webhook?.reason ?? null,
    lastEvent: toTextOrNull(lastEvent),
  };
}

function describeInbox({ waiting, dead, oldest }: Backlog, now: number): StatusReport["inbox"] {
  return { waiting, dead, oldest: oldest === undefined ? null : toText(now - oldest) };
}

function describeJournal(note: JournalNote | undefined): StatusReport["journal"] {
  if (note === undefined) return null;
  const { firm, rotating, limit, refused } = note;
  return { kept: firm, rotating, limit, refused };
}
