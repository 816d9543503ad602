/**
 * The packages as they would be published: what is in them, whether tools find their types, and whether
 * they install with npm and Bun into an empty folder and run on Node, Bun and Deno.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { runtimes } from "../test/support/runtimes.ts";
import { tryCommandLine } from "./try-command-line.ts";
import { runCommand } from "./run-command.ts";

const root = join(import.meta.dir, "..");

interface Packed {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** Path of the tarball. */
  readonly file: string;
}

/** What publint and attw find in every Backstage plugin: its hosts want it so. */
const backstageRules = {
  // The host is told by an export condition that names no file that a default export is a plugin.
  publint: ["EXPORTS_VALUE_INVALID", "CJS_WITH_ESMODULE_DEFAULT_EXPORT"],
  attw: ["--ignore-rules", "cjs-only-exports-default"],
};
/** core and cli are ES modules: what they are for `require()` of old tools is no question. */
const moduleRules = { publint: [] as string[], attw: ["--profile", "esm-only"] };

const work = await mkdtemp(join(tmpdir(), "packed-"));
try {
  await runCommand(["bun", "scripts/build.ts"], root);
  const packed: Packed[] = [];
  for (const folder of ["core", "cli", "plugin"]) packed.push(await pack(folder));
  for (const one of packed) await lint(one);
  const libraries = packed.filter(({ folder }) => folder !== "plugin");
  const [byNpm, byBun] = [join(work, "npm"), join(work, "bun")];
  await install(byNpm, libraries, [
    "npm",
    "install",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
  ]);
  await install(byBun, libraries, ["bun", "install", "--ignore-scripts"]);
  await checkTypes(byNpm);
  const version = packed[0]?.version ?? "";
  for (const one of listCommands(byNpm, byBun)) await tryCommandLine(one, version);
} finally {
  await rm(work, { recursive: true });
}

/** Packs what is built, and looks at what is in it. */
async function pack(folder: string): Promise<Packed> {
  const text = await runCommand(["npm", "pack", "--json", join(root, "dist", folder)], work);
  const [listed] = JSON.parse(text) as {
    name: string;
    version: string;
    filename: string;
    size: number;
    unpackedSize: number;
    files: { path: string }[];
  }[];
  if (listed === undefined) throw new Error(`npm packed nothing of ${folder}`);
  const paths = listed.files.map(({ path }) => path);
  for (const needed of ["LICENSE", "README.md", "package.json"]) {
    if (!paths.includes(needed)) throw new Error(`${listed.name} is packed without ${needed}`);
  }
  const strange = paths.filter((path) => /\.test\.|(?<!\.d)\.ts$|tsconfig/.test(path));
  if (strange.length > 0) throw new Error(`${listed.name} holds ${strange.join(", ")}`);
  const manifest = await Bun.file(join(root, "dist", folder, "package.json")).text();
  if (manifest.includes("workspace:")) throw new Error(`${listed.name} depends on the workspace`);
  const [size, unpacked] = [listed.size, listed.unpackedSize].map((bytes) =>
    Math.round(bytes / 1000),
  );
  process.stderr.write(
    `ok: ${listed.name}: ${paths.length} files, ${size} kB packed, ${unpacked} kB unpacked\n`,
  );
  const { name, version, filename } = listed;
  return { folder, name, version, file: join(work, filename) };
}

async function lint({ folder, name, file }: Packed): Promise<void> {
  const rules = folder === "plugin" ? backstageRules : moduleRules;
  const pkgDir = join(root, "dist", folder);
  const { messages, pkg } = await publint({ pkgDir, strict: true });
  const found = messages.filter(({ code }) => !rules.publint.includes(code));
  if (found.length > 0) {
    const list = found.map((message) => formatMessage(message, pkg)).join("\n");
    throw new Error(`publint of ${name}:\n${list}`);
  }
  await runCommand(
    ["bun", "run", "--silent", "attw", ...rules.attw, "--format", "ascii", file],
    root,
  );
  process.stderr.write(`ok: ${name}: publint and attw\n`);
}

/** Installs the tarballs alone; what they depend on comes from where packages come from. */
async function install(
  folder: string,
  packed: readonly Packed[],
  command: readonly string[],
): Promise<void> {
  await mkdir(folder);
  const dependencies = Object.fromEntries(packed.map(({ name, file }) => [name, `file:${file}`]));
  const manifest = { private: true, type: "module", dependencies, overrides: dependencies };
  await Bun.write(join(folder, "package.json"), JSON.stringify(manifest));
  await runCommand(command, folder);
}

/** As somebody who writes a script with them, in TypeScript for Node. */
async function checkTypes(folder: string): Promise<void> {
  const script = join(folder, "script.ts");
  await Bun.write(
    script,
    `import { connectPagerDuty, type Entity, parseMapping, systemClock } from "@pagerport/core";
import { signWebhook } from "@pagerport/core/testing";
import { startSandbox } from "@pagerport/cli/sandbox";
const entity: Entity = { identifier: "a", blueprint: "b", properties: {}, relations: {} };
export const shown: string = entity.identifier + signWebhook("body", "secret");
export const now: number = systemClock.now();
export const all = [connectPagerDuty, parseMapping, startSandbox] as const;
// @ts-expect-error What is not there is not there: types are found, and are no any.
export { nothingOfThatName } from "@pagerport/core";
`,
  );
  const flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2024"];
  const more = ["--lib", "es2024,dom,dom.iterable,esnext.disposable", "--skipLibCheck"];
  await runCommand([join(root, "node_modules/.bin/tsc"), ...flags, ...more, script], folder);
  process.stderr.write("ok: types resolve\n");
}

function listCommands(byNpm: string, byBun: string) {
  const entry = "node_modules/@pagerport/cli/dist/main.js";
  const { HOME = "", PATH = "" } = process.env;
  const [node22 = ""] = runtimes["Node 22"] ?? [];
  const [node24 = ""] = runtimes["Node 24"] ?? [];
  const [deno = "", ...denoFlags] = runtimes["Deno"] ?? [];
  const npm = { folder: byNpm, env: { HOME, PATH } };
  return [
    { ...npm, name: "Node 22, installed by npm", command: [node22, entry] },
    { ...npm, name: "Node 24, installed by npm", command: [node24, entry] },
    { ...npm, name: "deno run npm:", command: [deno, ...denoFlags, "npm:@pagerport/cli"] },
    {
      name: "bunx --bun, installed by Bun",
      command: ["bunx", "--bun", "--no-install", "pagerport"],
      folder: byBun,
      env: { HOME, PATH },
    },
    {
      ...npm,
      name: "npx on Node 22",
      command: ["npx", "--no-install", "pagerport"],
      // npx runs what it finds by this name first.
      env: { HOME, PATH: `${join(node22, "..")}:${PATH}` },
    },
  ];
}
