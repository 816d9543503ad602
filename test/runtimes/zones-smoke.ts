/** Reads moments in zones, to be run on any runtime; prints them as one JSON document. */
import process from "node:process";
import { createMapper, findZone, parseMapping } from "../../packages/core/src/index.ts";
import { parseMoment } from "../../packages/core/src/zones/parse-moment.ts";

const moments = ["America/Vancouver", "America/Edmonton", "Europe/Kiev", "UTC"].map((zone) =>
  new Date(parseMoment("2026-12-15T09:00", zone)).toISOString(),
);
let skipped = "";
try {
  parseMoment("2026-10-04T02:15", "Australia/Lord_Howe");
} catch (error) {
  skipped = String(error);
}
const mapper = createMapper(
  await parseMapping(`
resources:
  - kind: incidents
    selector: { query: "true", apiQueryParams: { time_zone: utc } }
    port:
      entity:
        mappings:
          identifier: .id
          title: .created_at | fromdate | strflocaltime("%d %b %l:%M %P %Z")
          blueprint: '"incident"'
`),
  // This is not about time that a busy machine takes.
  { limits: { object: 60_000, page: 60_000 } },
);
try {
  const [resource] = mapper.mapping.resources;
  if (resource === undefined) throw new Error("The mapping has no resource");
  const [mapped] = await mapper.apply(resource, [{ id: "Q1", created_at: "2026-11-01T06:05:09Z" }]);
  const titles = mapped?.entities.map(({ title }) => title);
  process.stdout.write(
    JSON.stringify({ moments, skipped, unknown: findZone("EST7")?.name ?? null, titles }),
  );
} finally {
  await mapper[Symbol.asyncDispose]();
}
