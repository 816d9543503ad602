import type { Clock } from "../clock.ts";
import type { Backlog } from "../store/inbox-events.ts";
import type { Store } from "../store/open-store.ts";
import type { Pause } from "../store/pause.ts";
import { probeStore } from "./probe-store.ts";
import type { ServiceStatus } from "../sync/sync-service.ts";
import type { WebhookReceipt } from "./receive-webhook.ts";
import type { WebhookState } from "./webhook-state.ts";

/** Milliseconds that an answer is good for: a probe comes every few seconds, a curious stranger oftener. */
const keptFor = 1000;
/** Milliseconds that the store has to answer in; probes of Ocean's chart hang up after 5 seconds. */
export const storeTimeLimit = 3000;
/** What a stranger may read. */
const foreignHosts =
  "the credentials are of another PagerDuty account or Port organisation than this integration's: see the log";

/** Whether this server can keep what it is sent, and how everything else is. */
export interface Readiness {
  /** Depends on the store alone: an event that is kept is not lost, however long the hosts are away. */
  readonly isReady: boolean;
  readonly store: {
    readonly reachable: boolean;
    /** False where what it holds ends with the process. */
    readonly persistent: boolean;
  };
  readonly webhook: WebhookState & {
    /** When the last signed event came to this process; ISO 8601. */
    readonly lastEvent: string | undefined;
    /** When something last came whose signature did not match. */
    readonly lastRefused: string | undefined;
  };
  /** Undefined where the store did not tell. */
  readonly backlog: Backlog | undefined;
  /** Hosts that do not answer, or refuse us. */
  readonly paused: readonly { readonly host: string; readonly since: string }[];
  readonly running: ServiceStatus["running"];
  /** Why events are kept and not applied; undefined where they are applied. */
  readonly held: string | undefined;
  /** Who has paused the writing to Port, or the deleting there; moments are ISO 8601. */
  readonly pause:
    | (Pick<Pause, "scope" | "by"> & {
        readonly since: string;
        /** Undefined where a person ends it. */
        readonly until: string | undefined;
      })
    | undefined;
}

export interface ReadinessOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly readWebhook: () => WebhookState;
  /** What only the service knows. @default nothing */
  readonly readStatus?: (() => Promise<HowItGoes>) | undefined;
}

type HowItGoes = Pick<ServiceStatus, "paused" | "running" | "foreignHosts"> &
  Partial<Pick<ServiceStatus, "pause">>;

export interface ReadinessProbe {
  /** Looks at the store, by writing and reading; whoever asks at once gets the same answer. */
  readonly read: () => Promise<Readiness>;
  /** Is to hear of every webhook. */
  readonly onReceipt: (receipt: WebhookReceipt) => void;
}

/** Makes what answers whether this server is ready. */
export function createReadinessProbe(options: ReadinessOptions): ReadinessProbe {
  const { store, clock, readWebhook, readStatus } = options;
  let latest: { readonly since: number; readonly reading: Promise<Readiness> } | undefined;
  let lastEvent: number | undefined;
  let lastRefused: number | undefined;

  async function look(): Promise<Readiness> {
    const known = await withinLimit(probeStore(store.sql), clock);
    const status = known === undefined ? undefined : await readQuietly(readStatus);
    return {
      isReady: known !== undefined,
      store: { reachable: known !== undefined, persistent: store.isPersistent },
      webhook: { ...readWebhook(), lastEvent: toText(lastEvent), lastRefused: toText(lastRefused) },
      backlog: known,
      // Why they do not answer is in the log: this is read by whoever can reach the server.
      paused: (status?.paused ?? []).map(({ host, since }) => ({
        host,
        since: new Date(since).toISOString(),
      })),
      running: status?.running,
      // Whose they are is in the log as well.
      held: status?.foreignHosts === undefined ? describeHold(status?.pause) : foreignHosts,
      pause: status?.pause === undefined ? undefined : describePause(status.pause),
    };
  }

  return {
    read() {
      const now = clock.now();
      if (latest === undefined || now - latest.since >= keptFor) {
        latest = { since: now, reading: look() };
      }
      return latest.reading;
    },
    onReceipt({ status }) {
      if (status === 202) lastEvent = clock.now();
      if (status === 401) lastRefused = clock.now();
    },
  };
}

/** Why nothing is applied, where a person wants it so. What reason they gave is for those who may log in. */
function describeHold(pause: Pause | undefined): string | undefined {
  if (pause?.scope !== "all") return undefined;
  return `paused by ${pause.by} since ${String(toText(pause.since))}: events are kept, and nothing is written to Port`;
}

function describePause({ scope, by, since, until }: Pause): Readiness["pause"] {
  return { scope, by, since: new Date(since).toISOString(), until: toText(until) };
}

/** Undefined where it fails or takes too long. */
async function withinLimit<Value>(
  promise: Promise<Value>,
  clock: Clock,
): Promise<Value | undefined> {
  const ended = new AbortController();
  const late = clock.sleep(storeTimeLimit, ended.signal).catch(() => undefined);
  try {
    return await Promise.race([promise, late.then(() => undefined)]);
  } catch {
    return undefined;
  } finally {
    ended.abort("ended");
  }
}

/** The service may be the one that suffers; what it cannot tell is left out. */
async function readQuietly(
  readStatus: ReadinessOptions["readStatus"],
): Promise<HowItGoes | undefined> {
  try {
    return await readStatus?.();
  } catch {
    return undefined;
  }
}

function toText(moment: number | undefined): string | undefined {
  return moment === undefined ? undefined : new Date(moment).toISOString();
}
