/**
 * `bun run release`: everything of a release but publishing it. Checks, gives the packages the version that
 * the notes in `.changeset/` ask for, builds and tries what would be published, and leaves it in
 * `dist/release` with its sums. What it changed is to be looked at and committed.
 *
 * `--no-checks` leaves out the tests and trials.
 */
import { cp, mkdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { Glob } from "bun";
import { runtimes } from "../test/support/runtimes.ts";
import { buildExecutable, executablePath } from "./build-executable.ts";

const root = join(import.meta.dir, "..");
const target = join(root, "dist/release");
const withChecks = !process.argv.includes("--no-checks");
/** In the order that they are published in: each after what it depends on. */
const packages = ["core", "cli", "plugin"];

if ((await read(["git", "status", "--porcelain"])) !== "") {
  process.stderr.write("There is work that is not committed; commit or stash it first.\n");
  process.exit(2);
}

const before = await readVersion();
await setVersion();
const version = await readVersion();
step(before === version ? `version ${version}, as it is` : `version ${before} -> ${version}`);
if (withChecks) await run("checks and tests", ["bun", "run", "check"]);
await run("build", ["bun", "run", "build"]);
if (withChecks) await run("what is handed out", ["bun", "run", "check:shipped"]);
const files = await pack();
await showFiles(files);

/** Takes the notes into the changelogs, and the version to every place that names it. */
async function setVersion(): Promise<void> {
  const notes = await Array.fromAsync(new Glob("*.md").scan({ cwd: join(root, ".changeset") }));
  if (notes.length === 0) return;
  const [node = "node"] = runtimes["Node 24"] ?? [];
  await run("changelogs", [node, join(root, "node_modules/@changesets/cli/bin.js"), "version"]);
  const next = await readVersion();
  for (const name of ["cli", "plugin"]) {
    await replaceIn(`packages/${name}/src/version.ts`, /"\d+\.\d+\.\d+"/, `"${next}"`);
  }
  for await (const name of new Glob("*").scan({ cwd: join(root, "deploy") })) {
    const image = /(registry\.example\.com\/pagerport:|^image: pagerport:)\d+\.\d+\.\d+/gm;
    await replaceIn(`deploy/${name}`, image, `$1${next}`);
  }
  // The lockfile names the versions of the workspace's packages.
  await run("lockfile", ["bun", "install", "--lockfile-only"]);
}

/** Packs what is built; the executable is for the system and processor of this machine. */
async function pack(): Promise<readonly string[]> {
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  for (const name of packages) {
    await run(`pack ${name}`, [
      "npm",
      "pack",
      "--silent",
      "--pack-destination",
      target,
      `./dist/${name}`,
    ]);
  }
  const platform = `${process.platform}-${process.arch}`;
  await buildExecutable();
  await cp(executablePath, join(target, `pagerport-${version}-${platform}`));
  const names = await Array.fromAsync(new Glob("pagerport-*").scan(target));
  return names.toSorted().map((name) => join(target, name));
}

async function showFiles(paths: readonly string[]): Promise<void> {
  const sums: string[] = [];
  for (const path of paths) {
    const bytes = await Bun.file(path).arrayBuffer();
    const sum = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    sums.push(`${sum}  ${basename(path)}`);
    process.stdout.write(`${sum}  ${basename(path)}  ${(bytes.byteLength / 1000).toFixed(0)} kB\n`);
  }
  await Bun.write(join(target, "SHA256SUMS"), `${sums.join("\n")}\n`);
  const tarballs = packages.map((name) => paths.find((path) => isOf(path, name)));
  process.stdout.write(
    [
      "",
      "Nothing has been published. Look at what has changed, commit it, and then:",
      `  git tag v${version}`,
      ...tarballs.map((path) => `  npm publish ${path ?? "?"} --access public --provenance`),
      `  docker build --file deploy/Dockerfile --tag registry.example.com/pagerport:${version} .`,
      "",
    ].join("\n"),
  );
}

function isOf(path: string, name: string): boolean {
  const start = name === "plugin" ? "pagerport-backstage-plugin-" : `pagerport-${name}-`;
  return basename(path).startsWith(start);
}

async function readVersion(): Promise<string> {
  const file = Bun.file(join(root, "packages/core/package.json"));
  return ((await file.json()) as { version: string }).version;
}

async function replaceIn(path: string, pattern: RegExp, text: string): Promise<void> {
  const file = Bun.file(join(root, path));
  await Bun.write(file, (await file.text()).replace(pattern, text));
}

/** Runs a step; what it prints is shown where it fails. */
async function run(name: string, command: readonly string[]): Promise<void> {
  await read(command);
  step(name);
}

async function read(command: readonly string[]): Promise<string> {
  const child = Bun.spawn([...command], { cwd: root, stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code === 0) return stdout.trim();
  process.stderr.write(`${stdout}${stderr}\n✗ ${command.join(" ")}\n`);
  process.exit(code);
}

function step(name: string): void {
  process.stderr.write(`✓ ${name}\n`);
}
