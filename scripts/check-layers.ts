/**
 * The dependency rule: stages of core never import each other, only `sync/` and `server/` join them;
 * cli and plugin use core's public names only; scripts that users run need no development packages.
 */
import { Glob } from "bun";
import manifest from "../package.json" with { type: "json" };

/** Folders of core/src, and which other folders each may import. `*` is what every stage may use. */
const allowed: Record<string, readonly string[]> = {
  "*": [".", "zones"],
  zones: [],
  config: [],
  http: [],
  source: ["http"],
  enrich: ["http", "source"],
  map: [],
  sink: ["http"],
  webhook: ["http"],
  store: [],
  sync: ["config", "http", "source", "enrich", "map", "sink", "webhook", "store"],
  server: ["webhook", "store", "sync"],
  api: ["config", "server", "store", "sync"],
  testing: ["map", "webhook", "store"],
};

const root = `${import.meta.dir}/..`;
const problems: string[] = [];

for await (const path of new Glob("packages/*/src/**/*.ts").scan(root)) {
  const source = (await Bun.file(`${root}/${path}`).text()).replace(/^#!.*/, "");
  // Source runs unbuilt on Node 22, which does not know `using` declarations yet.
  if (!path.endsWith(".test.ts") && /^\s*(?:await )?using \w+ =/m.test(source)) {
    problems.push(`${path}: 'using' does not run on Node 22; use try and finally`);
  }
  for (const imported of new Bun.Transpiler({ loader: "ts" }).scanImports(source)) {
    check(path, imported.path);
  }
}

for (const command of Object.values(manifest.scripts)) {
  const script = / --production (scripts\/\S+)/.exec(command)?.[1];
  if (script !== undefined) await checkScript(script);
}

if (problems.length > 0) {
  process.stderr.write(`${problems.join("\n")}\n`);
  process.exit(1);
}

function check(path: string, imported: string): void {
  const [, packageName, , ...inside] = path.split("/");
  if (packageName !== "core") {
    const reachesInside = /^@pagerport\/core\/./.test(imported) && !imported.endsWith("/testing");
    const isForTests = path.endsWith(".test.ts") || path.includes("/src/testing/");
    if (isForTests && /\/core\/src\/testing\/[\w-]+\.ts$/.test(imported)) return;
    if (reachesInside || /\/core\/src\//.test(imported)) {
      problems.push(
        `${path}: imports ${imported}; only @pagerport/core's public names may be used here`,
      );
    }
    return;
  }
  if (!imported.startsWith(".")) return;

  const from = inside.length > 1 ? (inside[0] ?? ".") : ".";
  const target = new URL(imported, `file:///${inside.join("/")}`).pathname.slice(1);
  const to = target.includes("/") ? (target.split("/")[0] ?? ".") : ".";
  if (from === to || from === "." || path.endsWith(".test.ts")) return;
  if (allowed["*"]?.includes(to) === true || allowed[from]?.includes(to) === true) return;
  problems.push(`${path}: ${from}/ may not import ${to}/ (${imported})`);
}

/** `with-bun.sh --production` installs what packages depend on in their own folders, nothing for scripts. */
async function checkScript(path: string): Promise<void> {
  const source = await Bun.file(`${root}/${path}`).text();
  for (const imported of new Bun.Transpiler({ loader: "ts" }).scanImports(source)) {
    const isOwn = imported.path.startsWith(".");
    if (!isOwn && !/^(?:node:|bun$)/.test(imported.path)) {
      problems.push(
        `${path}: imports ${imported.path}, which is not there after an installation with --production`,
      );
    }
    const target = new URL(imported.path, `file:///${path}`).pathname.slice(1);
    if (isOwn && target.startsWith("scripts/")) await checkScript(target);
  }
}
