import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { TemporaryFolder } from "../testing/temporary-folder.ts";
import { readConfigFile } from "./config-file.ts";
import { findMapping } from "./find-mapping.ts";

test("findMapping() takes the flag before the environment, before pagerport.yaml", () => {
  using folder = new TemporaryFolder();
  const config = folder.file("pagerport.yaml");
  writeFileSync(config, "mapping: maps/a.yaml");
  const file = readConfigFile(config);
  const environment = { PAGERPORT_MAPPING_FILE: "env.yaml" };
  expect(findMapping({ flags: { mappingFile: "flag.yaml" }, environment, file }, "/cwd")).toEqual({
    from: "flag",
    origin: "--mapping",
    name: "flag.yaml",
    path: "/cwd/flag.yaml",
  });
  expect(findMapping({ environment, file }, "/cwd")).toEqual({
    from: "environment",
    origin: "PAGERPORT_MAPPING_FILE",
    name: "env.yaml",
    path: "/cwd/env.yaml",
  });
  // What a file names is relative to it, and shown as seen from here.
  expect(findMapping({ environment: {}, file }, folder.path)).toEqual({
    from: "file",
    origin: `${config}:1:1: mappingFile`,
    name: join("maps", "a.yaml"),
    path: folder.file(join("maps", "a.yaml")),
  });
});

test("findMapping() takes - for stdin, from the flag only", () => {
  expect(findMapping({ flags: { mappingFile: "-" }, environment: {} }, "/cwd")).toMatchObject({
    name: "stdin",
    path: "-",
  });
  const environment = { PAGERPORT_MAPPING_FILE: "-" };
  expect(findMapping({ environment }, "/cwd")).toMatchObject({ path: "/cwd/-" });
});

test("findMapping() takes a mapping that pagerport.yaml holds", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("pagerport.yaml");
  const text = "mapping: {resources: []}";
  writeFileSync(path, text);
  const file = readConfigFile(path);
  const given = { from: "file", name: path, text, within: ["mapping"] };
  expect(findMapping({ environment: {}, file }, "/cwd")).toEqual(given as never);
});

test("findMapping() finds none where none is given", () => {
  expect(findMapping({ environment: {} }, "/cwd")).toBeUndefined();
});
