/**
 * The single-file executable, in a root that holds nothing but itself, glibc and what every container
 * engine mounts (`/proc` and `/dev/null`), as process 1. Needs root, or user namespaces.
 */
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildExecutable, executablePath } from "./build-executable.ts";
import { tryCommandLine } from "./try-command-line.ts";

const size = await buildExecutable();
process.stderr.write(`dist/pagerport: ${(size / 1_000_000).toFixed(1)} MB\n`);

const root = await mkdtemp(join(tmpdir(), "bare-root-"));
try {
  await fillRoot(root);
  const { version } = (await Bun.file(
    join(import.meta.dir, "../packages/cli/package.json"),
  ).json()) as { version: string };
  await tryCommandLine(
    {
      name: "the executable in a bare root",
      command: enterRoot(root),
      folder: join(root, "work"),
      inside: "/work",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/work" },
    },
    version,
  );
} finally {
  await rm(root, { recursive: true });
}

/** Copies the executable and the libraries that it names. */
async function fillRoot(folder: string): Promise<void> {
  for (const name of ["dev", "proc", "tmp", "work"]) await mkdir(join(folder, name));
  await Bun.write(join(folder, "dev/null"), "");
  await cp(executablePath, join(folder, "pagerport"));
  const { stdout } = Bun.spawnSync(["ldd", executablePath]);
  const libraries = [...stdout.toString().matchAll(/(\/\S+\.so\S*)/g)].map(([path]) => path);
  for (const path of libraries) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await cp(path, join(folder, path), { dereference: true });
  }
}

/** The command that runs the executable of a root there. What it started ends with it. */
function enterRoot(folder: string): string[] {
  const enter = [
    'mount -t proc proc "$0/proc"',
    'mount --bind /dev/null "$0/dev/null"',
    'exec chroot "$0" /pagerport "$@"',
  ].join(" && ");
  const asRoot = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  return [
    "unshare",
    ...asRoot,
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "sh",
    "-c",
    enter,
    folder,
  ];
}
