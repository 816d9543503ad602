/**
 * What a mapping makes of objects in a file, without a network: entities on stdout, problems on stderr.
 *
 *     bun examples/map-file.ts mapping.yaml services services.json
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { createMapper, type JsonObject, parseMapping } from "@pagerport/core";

const [mappingFile = "", kind = "", objectsFile = ""] = process.argv.slice(2);
const mapping = await parseMapping(readFileSync(mappingFile, "utf8"), { file: mappingFile });
const objects = JSON.parse(readFileSync(objectsFile, "utf8")) as JsonObject[];
const mapper = createMapper(mapping);

for (const resource of mapping.resources.filter((one) => one.kind === kind)) {
  for (const { entities, problems } of await mapper.apply(resource, objects)) {
    for (const entity of entities) process.stdout.write(`${JSON.stringify(entity)}\n`);
    for (const { field, message } of problems) process.stderr.write(`${field}: ${message}\n`);
  }
}
await mapper.close();
