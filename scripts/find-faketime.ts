import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { Glob } from "bun";
import { runCommand } from "./run-command.ts";

const root = `${import.meta.dir}/..`;
const library = "libfaketimeMT.so.1";
/** Where it is unpacked for whoever may not install it. */
const unpacked = `${root}/node_modules/.cache/faketime`;

/**
 * The path of libfaketime, by which a process and its children believe in another time. Where it is not
 * there it is installed, by root, else unpacked beside the dependencies.
 *
 * @throws Error where the system has no `apt-get`
 */
export async function findFaketime(): Promise<string> {
  return look() ?? (await install()) ?? fail();
}

function look(): string | undefined {
  for (const folder of ["/usr/lib", "/usr/lib64", "/usr/local/lib", unpacked]) {
    try {
      for (const path of new Glob(`**/faketime/${library}`).scanSync({ cwd: folder, dot: true })) {
        return `${folder}/${path}`;
      }
    } catch {
      // There is no such folder.
    }
  }
  return undefined;
}

async function install(): Promise<string | undefined> {
  if (process.getuid?.() === 0) {
    await runCommand(["apt-get", "update", "--quiet"], root);
    await runCommand(["apt-get", "install", "--quiet", "--yes", "libfaketime"], root);
  } else {
    mkdirSync(unpacked, { recursive: true });
    await runCommand(["apt-get", "download", "--quiet", "libfaketime"], unpacked);
    await runCommand(["sh", "-c", "dpkg-deb --extract libfaketime_*.deb ."], unpacked);
  }
  return look();
}

function fail(): never {
  throw new Error(
    "libfaketime is not on this machine; it is a package of that name, or 'faketime'",
  );
}

/** Removes what libfaketime leaves in memory of processes that were killed. */
export function removeFaketimeRemains(folder = "/dev/shm"): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const [, pid] = /^(?:sem\.faketime_sem|faketime_shm)_(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(`${folder}/${name}`);
  }
}
