import { expect, test } from "bun:test";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { version as cli } from "../../packages/cli/src/version.ts";
import { version as plugin } from "../../packages/plugin/src/version.ts";
import { isInContext, parseDockerfile } from "../support/dockerfile.ts";
import { parseDeployFile, readDeployFile } from "../support/read-pipeline.ts";

const root = join(import.meta.dir, "../..");
const stages = parseDockerfile(readDeployFile("Dockerfile"));
const ignored = readDeployFile("Dockerfile.dockerignore");

function filesOf(path: string): string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path), { recursive: true, encoding: "utf8" })
    .map((name) => `${path}/${name}`)
    .filter((name) => statSync(join(root, name)).isFile());
}

test("what the Dockerfile copies is there, and is part of what a build sees", () => {
  const copied = stages
    .flatMap(({ instructions }) => instructions)
    .filter(({ name, flags }) => name === "COPY" && flags["from"] === undefined)
    .flatMap(({ words }) => words.slice(0, -1));
  expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  const files = copied.flatMap(filesOf).filter((path) => !path.endsWith(".test.ts"));
  expect(files.filter((path) => !isInContext(path, ignored))).toEqual([]);
  for (const path of ["node_modules/a/b.js", ".env", "packages/plugin/src/index.ts", ".git/HEAD"]) {
    expect([path, isInContext(path, ignored)]).toEqual([path, false]);
  }
});

test("every workspace's package.json is copied before the lockfile is used", () => {
  const [build] = stages;
  const before = build?.instructions.slice(
    0,
    build.instructions.findIndex(({ name }) => name === "RUN"),
  );
  const copied = before?.flatMap(({ words }) => words);
  for (const name of readdirSync(join(root, "packages"))) {
    expect(copied).toContain(`packages/${name}/package.json`);
  }
});

test("the image is no root's, holds the executable, and is a server where nothing is said", () => {
  const [build, image] = stages;
  expect([stages.length, build?.name, build?.base]).toEqual([2, "build", "oven/bun:1.4.5"]);
  const find = (name: string) => image?.instructions.filter((one) => one.name === name) ?? [];
  expect(find("USER").map(({ text }) => text)).toEqual([
    expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/),
  ]);
  expect(find("CMD").map(({ words }) => words)).toEqual([["serve"]]);
  expect(find("EXPOSE").map(({ text }) => text)).toEqual(["8000"]);
  expect(find("ENV").map(({ text }) => text)).toEqual(["PAGERPORT_STATE_DIR=/tmp/ocean/pagerport"]);
  const [entrypoint] = find("ENTRYPOINT").map(({ words }) => words);
  const copied = find("COPY").map(({ words }) => words.at(-1));
  expect(copied).toContain(entrypoint?.[0]);
  expect(copied).toContain("/usr/local/bin/pagerport");
});

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly image: string;
        readonly build?: { readonly context: string; readonly dockerfile: string };
        readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
        readonly environment: Readonly<Record<string, string | number>>;
        readonly volumes: readonly string[];
        readonly read_only?: boolean;
        readonly healthcheck?: { readonly test: readonly string[] };
      }
    >
  >;
  readonly volumes: Readonly<Record<string, unknown>>;
}

test("the compose file waits for its database, and names what it uses", () => {
  const { services, volumes } = parseDeployFile("compose.yaml") as Compose;
  const { pagerport, postgres } = services;
  expect(pagerport?.build).toEqual({ context: "..", dockerfile: "deploy/Dockerfile" });
  expect(pagerport?.depends_on).toEqual({ postgres: { condition: "service_healthy" } });
  expect([pagerport?.read_only, postgres?.healthcheck?.test[1]]).toEqual([true, "pg_isready"]);
  expect(pagerport?.environment["PAGERPORT_DATABASE_URL"]).toContain("@postgres/pagerport");
  const used = [pagerport, postgres].flatMap((service) =>
    (service?.volumes ?? []).map((mount) => mount.split(":")[0] ?? ""),
  );
  expect(used.toSorted()).toEqual(Object.keys(volumes).toSorted());
});

test("every place that names the version names the packages' own", async () => {
  const text = readdirSync(join(root, "deploy")).map(readDeployFile).join("\n");
  const images = text.matchAll(
    /registry\.example\.com\/pagerport:([\d.]+)|^image: pagerport:([\d.]+)/gm,
  );
  const found = Array.from(images, ([, full, alone]) => full ?? alone);
  for (const name of ["core", "cli", "plugin"]) {
    const manifest: unknown = await Bun.file(join(root, "packages", name, "package.json")).json();
    found.push((manifest as { version: string }).version);
  }
  found.push(cli, plugin);
  expect([found.length > 10, new Set(found)]).toEqual([true, new Set([cli])]);
});
