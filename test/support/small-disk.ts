import { spawnSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";

/** A disk of little room that one process has for itself. */
export interface SmallDisk {
  /** What the process is to be started by, see `startServer()`. */
  readonly runtime: readonly string[];
  /** Leaves no room, or too little for anything of use. */
  fill(pid: number): void;
  free(pid: number): void;
}

/** Room of the disk: a store of some objects fits in it many times. */
const size = "4m";

/**
 * Makes one whose folder is there: a file system of its own in memory, or, where the machine does not let
 * us have one, a limit on the length of files. What is written then fails as on a full disk, with ENOSPC
 * or with EFBIG.
 */
export function createSmallDisk(folder: string): SmallDisk {
  const mount = `mount -t tmpfs -o size=${size} pagerport "$0"`;
  const inNamespace = (script: string): string[] => ["unshare", "-rm", "sh", "-c", script, folder];
  const [command = "", ...args] = inNamespace(mount);
  const canMount = spawnSync(command, args).status === 0;
  return canMount
    ? createFileSystem(inNamespace(`${mount} && exec "$@"`), folder)
    : createLimit(folder);
}

function createFileSystem(start: readonly string[], folder: string): SmallDisk {
  // As the process sees the folder.
  const ballast = (pid: number): string => `/proc/${pid}/root${folder}/ballast`;
  return {
    runtime: [...start, process.execPath],
    fill(pid) {
      const file = openSync(ballast(pid), "a");
      // To the last byte.
      for (let length = 65_536; length >= 1;) {
        try {
          writeSync(file, new Uint8Array(length));
        } catch {
          length /= 2;
        }
      }
      closeSync(file);
    },
    free: (pid) => rmSync(ballast(pid)),
  };
}

function createLimit(folder: string): SmallDisk {
  const limit = (pid: number, bytes: string): void => {
    const [command, ...args] = ["prlimit", `--pid=${pid}`, `--fsize=${bytes}:unlimited`] as const;
    const { status } = spawnSync(command, args);
    if (status !== 0) throw new Error("The length of files could not be limited");
  };
  return {
    // Whoever does not ignore the signal is ended by it.
    runtime: ["sh", "-c", `trap '' XFSZ; exec "$@"`, folder, process.execPath],
    fill: (pid) => limit(pid, "1"),
    free: (pid) => limit(pid, "unlimited"),
  };
}
