import type { Clock } from "../clock.ts";
import { type Backlog, readBacklog } from "../store/inbox-events.ts";
import type { Store } from "../store/open-store.ts";
import { keepState } from "../store/state.ts";
import type { ServiceStatus } from "../sync/sync-service.ts";
import type { WebhookReceipt } from "./receive-webhook.ts";
import type { WebhookState } from "./webhook-state.ts";

/** Milliseconds that an answer is good for: a probe comes every few seconds, a curious stranger oftener. */
const keptFor = 1000;
/** Milliseconds that the store has to answer in; probes of Ocean's chart hang up after 5 seconds. */
export const storeTimeLimit = 3000;
/** What is written to see whether the store can be. */
const probeName = "readiness";
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
}

export interface ReadinessOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly readWebhook: () => WebhookState;
  /** What only the service knows. @default nothing */
  readonly readStatus?: (() => Promise<HowItGoes>) | undefined;
}

type HowItGoes = Pick<ServiceStatus, "paused" | "running" | "foreignHosts">;

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
    const known = await withinLimit(readStore(store), clock);
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
      held: status?.foreignHosts === undefined ? undefined : foreignHosts,
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

async function readStore({ sql }: Store): Promise<Backlog> {
  await keepState(sql, probeName, "");
  return readBacklog(sql);
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
