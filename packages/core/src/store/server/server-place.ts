import type { Clock } from "../../clock.ts";
import { ConfigError } from "../../errors.ts";
import { createSteadyClock } from "../../steady-clock.ts";
import type { Store } from "../open-store.ts";
import { keepState, readState } from "../state.ts";
import { type LeftBehind, takeOver } from "./take-over.ts";

/** Under this name is kept who works with the store as its server, or did last. */
const serverState = "server";

/** Milliseconds between looks whether the first has ended. */
const lookEvery = 200;

/** The server that a SQLite store has already. */
interface OtherServer {
  /** Host and process; undefined where it has only just begun. */
  readonly owner: string | undefined;
  /** Milliseconds since 1970 by the database's clock. */
  readonly since: number | undefined;
}

/** The right to work with a store as its server. */
export interface ServerPlace {
  /** Who had it when this was made; undefined where it was free. */
  readonly other: OtherServer | undefined;
  /**
   * Resolves when this process has it, with what its dead predecessor left behind and is free by now.
   *
   * @throws {ConfigError} naming the other, where that does not end in time
   */
  taken(signal: AbortSignal): Promise<LeftBehind>;
  /** Gives it back. */
  release(): void;
}

export interface ServerPlaceOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Host and process. */
  readonly owner: string;
  /** Milliseconds that a first server may take to end. */
  readonly patience: number;
}

/**
 * Asks for the place of a store's server. On a database that is shared anybody has it; of a SQLite file one
 * process at a time.
 */
export async function openServerPlace(options: ServerPlaceOptions): Promise<ServerPlace> {
  const { store, owner, patience } = options;
  const { sql } = store;
  if (sql.dialect !== "sqlite" || !store.isPersistent) return freePlace;
  // Node 22 warns whoever loads it that it is an experiment: not those who use another database.
  const { createServerLock } = await import("./server-lock.ts");
  const lock = createServerLock(store.place);
  let isTaken = lock.take();
  const other = isTaken ? undefined : await readServer(store);
  let settled: Promise<LeftBehind> | undefined;

  async function settle(): Promise<LeftBehind> {
    const before = await readServer(store);
    // Processes of a container have the same name each time: this one has claimed nothing yet.
    const left = before.owner === undefined ? nothing : await takeOver(sql, before.owner);
    await keepState(sql, serverState, owner);
    return left;
  }

  async function wait(signal: AbortSignal): Promise<void> {
    const clock = createSteadyClock(options.clock);
    const end = clock.now() + patience;
    while (!isTaken) {
      signal.throwIfAborted();
      isTaken = lock.take();
      if (isTaken) return;
      if (clock.now() >= end) throw refuse(store, await readServer(store), patience);
      await clock.sleep(Math.min(lookEvery, Math.max(1, end - clock.now())), signal);
    }
  }

  return {
    other,
    async taken(signal) {
      settled ??= wait(signal).then(settle);
      return settled;
    },
    release: () => lock.release(),
  };
}

const nothing: LeftBehind = { objects: 0, leases: 0 };

const freePlace: ServerPlace = {
  other: undefined,
  taken: () => Promise.resolve(nothing),
  release: () => undefined,
};

async function readServer({ sql }: Store): Promise<OtherServer> {
  const known = await readState(sql, serverState);
  return { owner: known?.value, since: known?.keptAt };
}

function refuse(
  { place }: Store,
  { owner = "another process", since }: OtherServer,
  patience: number,
): ConfigError {
  const begun = since === undefined ? "" : `, since ${new Date(since).toISOString()}`;
  return new ConfigError(
    `The store ${place} has a server already (${owner}${begun}), which has not ended within ${patience / 1000} s (PAGERPORT_SHUTDOWN_GRACE). A SQLite store has one at a time: end the first, or give both PAGERPORT_DATABASE_URL`,
    { setting: "PAGERPORT_STATE_DIR" },
  );
}
