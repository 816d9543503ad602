import { readFileSync } from "node:fs";
import process from "node:process";

/** Kinds of file systems whose files do not outlive what they are in. */
const volatile: Readonly<Record<string, string>> = {
  tmpfs: "it is in the machine's memory (tmpfs), and lost when that restarts",
  ramfs: "it is in the machine's memory (ramfs), and lost when that restarts",
  overlay: "it is in the container's own layer (overlay), and lost when that is replaced",
  aufs: "it is in the container's own layer (aufs), and lost when that is replaced",
};

/**
 * Why a folder will not outlast a restart or another container, for a person; undefined where nothing
 * speaks against it. Judges by Linux's list of mounts; elsewhere nothing is known.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
 */
export function findVolatile(folder: string): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return judgeMounts(readFileSync("/proc/self/mountinfo", "utf8"), folder);
  } catch {
    return undefined;
  }
}

/** {@link findVolatile} for a list of mounts. */
export function judgeMounts(mounts: string, folder: string): string | undefined {
  let longest = "";
  let found: string | undefined;
  for (const line of mounts.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , root = "", point = ""] = before.split(" ");
    const path = unescapePath(point);
    const isAbove = path === "/" || folder === path || folder.startsWith(`${path}/`);
    // Of several mounts at one place, the last one is seen.
    if (point === "" || !isAbove || path.length < longest.length) continue;
    longest = path;
    const [type = ""] = after.split(" ");
    found = root.includes("kubernetes.io~empty-dir")
      ? "it is an emptyDir of Kubernetes, and lost with its pod"
      : volatile[type];
  }
  return found;
}

/** Spaces and the like are written as `\040`. */
function unescapePath(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
