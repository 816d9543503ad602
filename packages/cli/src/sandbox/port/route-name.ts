/** Paths with something of its own in them, the longest first, and what their counters are called. */
const named: readonly (readonly [RegExp, string])[] = [
  [
    /^\/v1\/blueprints\/entities\/datasource-entities$/,
    "/v1/blueprints/entities/datasource-entities",
  ],
  [/^\/v1\/blueprints\/[^/]+\/entities\/(bulk|search)$/, "/v1/blueprints/:bp/entities/$1"],
  [/^\/v1\/blueprints\/[^/]+\/entities\/[^/]+$/, "/v1/blueprints/:bp/entities/:id"],
  [/^\/v1\/blueprints\/[^/]+\/(.+)$/, "/v1/blueprints/:bp/$1"],
  [/^\/v1\/blueprints\/[^/]+$/, "/v1/blueprints/:bp"],
  [
    /^\/v1\/integration\/[^/]+\/kinds\/[^/]+\/examples$/,
    "/v1/integration/:id/kinds/:kind/examples",
  ],
  [/^\/v1\/integration\/[^/]+\/(.+)$/, "/v1/integration/:id/$1"],
  [/^\/v1\/(integration|webhooks)\/[^/]+$/, "/v1/$1/:id"],
];

/** A path whose identifiers are named, so that counters stay few. */
export function routeName(path: string): string {
  for (const [pattern, name] of named) if (pattern.test(path)) return path.replace(pattern, name);
  return path;
}
