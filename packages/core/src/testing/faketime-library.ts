import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What libfaketime stands in for, and need not for a program that only waits for others. */
const waits = "epoll_wait";

/**
 * Puts into a folder the libfaketime that PostgreSQL's processes can live with, where the one for programs
 * with threads is preloaded. Gives what is to be preloaded in its place; undefined where nothing is.
 *
 * PostgreSQL asks for the time in its signal handlers too. The library with threads can wait there for a lock
 * that the interrupted code holds; its processes have one thread. And a handler that interrupts a wait
 * within the library's own `epoll_wait` sees the true time: where the clock is ahead, every time limit of
 * PostgreSQL's (of deadlocks, of statements, of transactions that stand still) is put off by as much. So
 * the library's function has another name here, and the system's own is called.
 */
export function placeFaketime(folder: string, preload: string | undefined): string | undefined {
  if (preload?.includes("libfaketimeMT") !== true) return undefined;
  const library = readFileSync(preload.replace("libfaketimeMT", "libfaketime"));
  const name = Buffer.from(`\0${waits}\0`);
  // The first is in the table of the names that it offers; how it finds the system's comes later.
  const place = library.indexOf(name);
  if (place === -1) throw new Error(`${preload} has no ${waits}`);
  library.write(waits.toUpperCase(), place + 1, "latin1");
  const path = join(folder, "libfaketime.so.1");
  writeFileSync(path, library, { mode: 0o755 });
  return path;
}
