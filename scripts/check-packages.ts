/**
 * Looks at installed packages as whoever imports them does. Arguments: the folder that holds them
 * (`node_modules/@pagerport`).
 */
import { existsSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { Glob } from "bun";

type Json = Record<string, unknown>;

const [folder = ""] = process.argv.slice(2);
const problems: string[] = [];

for (const path of new Glob("*/package.json").scanSync(folder)) {
  const root = join(folder, path, "..");
  const manifest = (await Bun.file(join(folder, path)).json()) as Json;
  const name = String(manifest["name"]);
  const complain = (problem: string): void => void problems.push(`${name}: ${problem}`);
  if (JSON.stringify(manifest).includes("workspace:")) complain("depends on the workspace");
  for (const file of listNamed(manifest)) {
    if (!existsSync(join(root, file))) complain(`names ${file}, which is not in the package`);
  }
  for (const place of listConditions(manifest["exports"])) {
    if (Object.keys(place).at(-1) !== "default")
      complain("has an export that does not end in default");
    if ("types" in place && Object.keys(place).indexOf("types") > 1) complain("has types too late");
  }
  const declared = new Set([name, ...Object.keys((manifest["dependencies"] ?? {}) as Json)]);
  const transpiler = new Bun.Transpiler({ loader: "js" });
  for (const file of new Glob("**/*").scanSync(root)) {
    if (/\.test\.|\.tsx?$/.test(file) && !file.endsWith(".d.ts")) complain(`holds ${file}`);
    if (!file.startsWith("dist/") || !file.endsWith(".js")) continue;
    const script = (await Bun.file(join(root, file)).text()).replace(/^#!.*/, "");
    for (const { path: imported } of transpiler.scanImports(script)) {
      const module = nameModule(imported);
      if (module !== undefined && !declared.has(module)) complain(`${file} imports ${module}`);
    }
  }
}
if (problems.length > 0) {
  process.stderr.write(`${[...new Set(problems)].join("\n")}\n`);
  process.exit(1);
}

/** Every file that a manifest names. */
function listNamed(manifest: Json): string[] {
  const named: string[] = [];
  const collect = (value: unknown): void => {
    if (typeof value === "string" && value.startsWith("./")) named.push(value);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(collect);
  };
  collect([manifest["exports"], manifest["main"], manifest["types"], manifest["bin"]]);
  const schema = manifest["configSchema"];
  if (typeof schema === "string") named.push(schema);
  return named;
}

/** The objects of conditions of an export map. */
function listConditions(exports: unknown): Json[] {
  return Object.values((exports ?? {}) as Json).filter(
    (place): place is Json => typeof place === "object" && place !== null,
  );
}

/** The package that an import needs; undefined for a file of one's own and for what a runtime has. */
function nameModule(imported: string): string | undefined {
  if (/^(\.|#|node:|bun:)/.test(imported) || builtinModules.includes(imported)) return undefined;
  const parts = imported.split("/");
  return imported.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0];
}
