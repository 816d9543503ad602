/**
 * `bun run build`: what is published, in `dist/` of the checkout, one folder a package. core and cli are
 * ES modules; the Backstage plugin is CommonJS, as its hosts are. `npm pack ./dist/core` packs one.
 */
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Glob } from "bun";

type Json = Record<string, unknown>;

interface Package {
  /** Its folder in `packages/` and in `dist/`. */
  readonly folder: string;
  /** What is published of its source, with all that is imported from there. */
  readonly entries: readonly string[];
  readonly module: "ESNext" | "CommonJS";
  /** What differs in the published package.json; paths to sources are changed by themselves. */
  readonly publish: (source: Json) => Json;
  /** Other files that are published, beside README and LICENSE. */
  readonly files: readonly string[];
}

const root = join(import.meta.dir, "..");
const dist = join(root, "dist");

const packages: readonly Package[] = [
  {
    folder: "core",
    // The last is a process of its own, found by its name beside who starts it.
    entries: ["index.ts", "testing/index.ts", "map/jq/child-main.ts"],
    module: "ESNext",
    publish: () => ({}),
    files: [],
  },
  {
    folder: "cli",
    entries: ["main.ts", "sandbox/index.ts"],
    module: "ESNext",
    publish: () => ({}),
    files: [],
  },
  {
    folder: "plugin",
    entries: ["index.ts"],
    module: "CommonJS",
    publish: ({ backstage, exports, ...source }) => ({
      type: "commonjs",
      main: "./dist/index.js",
      types: "./dist/index.d.ts",
      exports: { ...(exports as Json), ".": nameFeature((exports as Json)["."]) },
      backstage: { ...(backstage as Json), features: { ".": feature } },
      // A backend that had to compile a schema of TypeScript would take seconds longer to start.
      configSchema: "config.schema.json",
      dependencies: loosen(source["dependencies"] as Record<string, string>),
    }),
    files: ["config.d.ts", "config.schema.json"],
  },
];

/** What tells Backstage that a package's default export is a plugin. */
const feature = "@backstage/BackendFeature";

await rm(dist, { recursive: true, force: true });
for (const one of packages) await build(one);
process.stderr.write(`Built ${packages.map(({ folder }) => `dist/${folder}`).join(", ")}.\n`);

async function build(one: Package): Promise<void> {
  const source = join(root, "packages", one.folder);
  const target = join(dist, one.folder);
  await mkdir(target, { recursive: true });
  await compile(one, source, target);
  const manifest = (await Bun.file(join(source, "package.json")).json()) as Json;
  await write(join(target, "package.json"), publishManifest(one, manifest));
  if (one.folder === "plugin") {
    await write(join(target, "config.schema.json"), await compileConfigSchema(source));
    await cp(join(source, "config.d.ts"), join(target, "config.d.ts"));
  }
  await cp(join(root, "LICENSE"), join(target, "LICENSE"));
  const changelog = join(source, "CHANGELOG.md");
  if (await Bun.file(changelog).exists()) await cp(changelog, join(target, "CHANGELOG.md"));
  const readme = Bun.file(join(source, "README.md"));
  const text = (await readme.exists())
    ? await readme.text()
    : `# ${String(manifest["name"])}\n\n${String(manifest["description"])}\n`;
  await Bun.write(join(target, "README.md"), text);
}

/** Each file on its own, so that what is found by its place is found. */
async function compile(one: Package, source: string, target: string): Promise<void> {
  const config = join(target, "tsconfig.json");
  const isCommonJs = one.module === "CommonJS";
  await write(config, {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      module: one.module,
      noEmit: false,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      verbatimModuleSyntax: !isCommonJs,
      rootDir: join(source, "src"),
      outDir: join(target, "dist"),
      typeRoots: [join(root, "node_modules")],
      // What is built already, in the place of its source.
      paths:
        one.folder === "core" ? {} : { "@pagerport/core": [join(dist, "core/dist/index.d.ts")] },
    },
    include: [],
    files: one.entries.map((entry) => join(source, "src", entry)),
  });
  const child = Bun.spawn(["bun", "run", "--silent", "tsc", "--project", config], {
    cwd: root,
    stdout: "inherit",
    stderr: "inherit",
  });
  if ((await child.exited) !== 0) process.exit(1);
  await rm(config);
  await nameBuiltFiles(join(target, "dist"));
}

/** Declarations name the sources that they were made of. */
async function nameBuiltFiles(folder: string): Promise<void> {
  for await (const path of new Glob("**/*.d.ts").scan(folder)) {
    const file = Bun.file(join(folder, path));
    const text = (await file.text()).replaceAll(/((?:from |import\()"\.[^"]*)\.ts"/g, '$1.js"');
    await Bun.write(file, text);
  }
}

function publishManifest(one: Package, source: Json): Json {
  const { devDependencies: _, private: __, ...kept } = source;
  const manifest = {
    ...kept,
    ...one.publish(kept),
    files: ["dist", "CHANGELOG.md", ...one.files],
    publishConfig: { access: "public" },
  };
  const text = JSON.stringify(manifest)
    .replaceAll(/"\.\/src\/([^"]+)\.ts"/g, `"./dist/$1.js"`)
    .replaceAll(`"workspace:*"`, JSON.stringify(source["version"]));
  const published = JSON.parse(text) as Json;
  // Older tools look for types beside what they load, newer ones here.
  return { ...published, exports: withTypes(published["exports"] as Json) };
}

function withTypes(exports: Json): Json {
  return Object.fromEntries(
    Object.entries(exports).map(([name, path]) => {
      if (typeof path !== "string" || !path.endsWith(".js")) return [name, path];
      return [name, { types: path.replace(/\.js$/, ".d.ts"), default: path }];
    }),
  );
}

function nameFeature(source: unknown): Json {
  const types = String(source).replace("./src/", "./dist/").replace(/\.ts$/, ".d.ts");
  return { types, backstage: feature, default: source };
}

/** A host has one copy of what it shares with its plugins: whatever fits is right. */
function loosen(dependencies: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(dependencies).map(([name, version]) => [
      name,
      /^\d/.test(version) ? `^${version}` : version,
    ]),
  );
}

/** Backstage's own compiler of configuration schemas; only the plugin's part of what it finds. */
async function compileConfigSchema(source: string): Promise<unknown> {
  const { loadConfigSchema } = await import("@backstage/config-loader");
  const schema = await loadConfigSchema({
    dependencies: [],
    packagePaths: [join(source, "package.json")],
  });
  const { schemas } = schema.serialize() as { schemas: { value: unknown; packageName: string }[] };
  const own = schemas.find(({ packageName }) => packageName.includes("pagerport"));
  if (own === undefined) throw new Error("The plugin's configuration schema was not found");
  return own.value;
}

async function write(path: string, value: unknown): Promise<void> {
  await Bun.write(path, `${JSON.stringify(value, undefined, 2)}\n`);
}
