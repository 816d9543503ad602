import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/** Holds what only one process may have at a time. */
export interface ServerLock {
  /** Takes it where nobody has it. */
  take(): boolean;
  /** Gives it back, if it was taken. */
  release(): void;
}

/**
 * Makes the lock of the server that works with a SQLite store. The system holds it for the process and gives it
 * back in the moment in which that dies, however it dies; a process that is frozen keeps it. Those who only use
 * the store do not ask for it.
 *
 * @param path of the store's file; the lock's is beside it and stays empty
 */
export function createServerLock(path: string): ServerLock {
  const file = `${path}-server`;
  closeSync(openSync(file, "a", 0o600));
  const database = new DatabaseSync(file);
  let isOpen = true;
  return {
    take() {
      try {
        // The runtimes that run pagerport have no lock of files of their own; SQLite has one in each.
        database.exec("BEGIN IMMEDIATE");
        return true;
      } catch (error) {
        if (isBusy(error)) return false;
        throw error;
      }
    },
    release() {
      if (isOpen) database.close();
      isOpen = false;
    },
  };
}

/** {@link https://www.sqlite.org/rescode.html#busy} */
function isBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("errcode" in error) return (Number(error.errcode) & 0xff) === 5;
  return error.message.includes("database is locked");
}
