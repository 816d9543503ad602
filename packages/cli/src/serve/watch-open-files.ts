import { readdirSync, readFileSync } from "node:fs";
import type { Clock } from "@pagerport/core";
import type { Log } from "../ui/log.ts";

/** From this part of the limit on, connections that nobody uses are to end. */
const tightFrom = 3 / 4;
/** It is over below this part: connections come and go. */
const easyBelow = 2 / 3;
/** So few are left that whatever comes next may find none. */
const fewLeft = 4;
/** Milliseconds from one look to the next. */
const lookEvery = 1000;

/** How many files and connections a process has open, and may have. */
interface OpenFilesCount {
  readonly open: number;
  readonly limit: number;
}

/** Whether files and connections run short, as it was a second ago at most. */
export interface OpenFiles {
  /** Whether connections that nobody uses are to end. */
  readonly isTight: boolean;
  /** As many connections as are not too many; undefined where that cannot be told. */
  readonly mostConnections: number | undefined;
  /** Says that a connection could not be taken. */
  noteFull(): void;
}

export interface WatchOpenFilesOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Undefined where the system does not tell; `open` is the limit where not even looking is possible. */
  readonly read?: (() => OpenFilesCount | undefined) | undefined;
}

/**
 * Watches how many files are open until the signal is aborted, and says so when they run short. Where the
 * system does not tell, which only Linux does, they never do.
 */
export function watchOpenFiles(options: WatchOpenFilesOptions): OpenFiles {
  const { clock, log, signal, read = createReader() } = options;
  const first = read();
  // What the server itself needs is open by now.
  const mostConnections =
    first &&
    Math.max(1, Math.floor(first.limit * tightFrom) - Math.min(first.open, first.limit / 4));
  let told: "easy" | "tight" | "full" = "easy";
  const look = (): void => {
    const count = read();
    if (count === undefined) return;
    const state = judge(count, told);
    if (state !== told) tell(state, count, log);
    told = state;
  };
  const watch = async (): Promise<void> => {
    for (;;) {
      look();
      await clock.sleep(lookEvery, signal);
    }
  };
  const noteFull = (): void => {
    if (told === "full") return;
    told = "full";
    const { limit = 0 } = first ?? {};
    tell(told, { open: limit, limit }, log);
  };
  if (first !== undefined) watch().catch(() => undefined);
  return {
    get isTight() {
      return told !== "easy";
    },
    mostConnections,
    noteFull,
  };
}

function judge({ open, limit }: OpenFilesCount, before: string): "easy" | "tight" | "full" {
  if (open >= limit - fewLeft) return "full";
  // It has been told already: a few that end are no news.
  if (before === "full" && open >= limit * tightFrom) return "full";
  if (open >= limit * (before === "easy" ? tightFrom : easyBelow)) return "tight";
  return "easy";
}

function tell(state: "easy" | "tight" | "full", { open, limit }: OpenFilesCount, log: Log): void {
  const figures = { open, limit };
  if (state === "easy") log.info("There is room for connections again", figures);
  if (state === "tight")
    log.warn(
      "Three quarters of the files that this process may open are open: answers ask the other side to hang up",
      figures,
    );
  if (state === "full")
    log.error(
      "At the limit of open files: nobody new is answered until others hang up, and idle connections end within 60 s. Find out who opens so many, or raise the limit (ulimit -n)",
      figures,
    );
}

function createReader(): () => OpenFilesCount | undefined {
  const limit = readLimit();
  return () => {
    if (limit === undefined) return undefined;
    try {
      return { open: readdirSync("/proc/self/fd").length, limit };
    } catch {
      return { open: limit, limit };
    }
  };
}

/** The soft limit, as the runtime may have raised it. */
function readLimit(): number | undefined {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const soft = Number(/^Max open files +(\d+)/m.exec(limits)?.[1]);
    return Number.isSafeInteger(soft) && soft > 0 ? soft : undefined;
  } catch {
    return undefined;
  }
}
