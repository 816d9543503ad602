/**
 * `bun run generate`: writes the files that are made of others. A test fails where one is out of date.
 *
 * - `schema/mapping.schema.json`, of the schema that checks mappings
 * - `packages/core/src/map/generated/default-files.ts`, of `packages/core/defaults/`, so that the package
 *   has them without reading files, on every runtime and inside one executable
 * - `packages/cli/src/generated/overview.ts`, of the commands, so that the list of them is printed
 *   without loading them
 * - `docs/configuration.md`, of the table of settings
 * - `docs/openapi.json`, of the table of the API's routes
 */
import { generateFiles } from "./generate-files.ts";

for (const [path, text] of await generateFiles()) {
  await Bun.write(`${import.meta.dir}/../${path}`, text);
}
