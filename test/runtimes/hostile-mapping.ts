/**
 * Maps with expressions that want to do harm, on whatever runtime this file runs on, and prints what came
 * of it as one JSON document. The expressions come on stdin, as a JSON array.
 */
import process from "node:process";
import type { Problem } from "../../packages/core/src/map/entity.ts";
import { createJqEngine } from "../../packages/core/src/map/jq/engine.ts";
import { startJqChild } from "../../packages/core/src/map/jq/start-child.ts";
import type { Json } from "../../packages/core/src/json.ts";
import { createMapper } from "../../packages/core/src/map/mapper.ts";
import { parseMapping } from "../../packages/core/src/map/parse/parse-mapping.ts";

/** What this file prints. */
export interface HostileReport {
  readonly results: readonly HostileResult[];
  /** Processes that were started for jq. */
  readonly started: number;
  /** Those of them that are still there. */
  readonly alive: number;
}

/** What one hostile expression did. */
export interface HostileResult {
  readonly expression: string;
  /** What was wrong with the mapping; then nothing ran. */
  readonly refused?: string;
  /** The hostile property and an innocent one that jq evaluates too, of both objects. */
  readonly values?: readonly { readonly hostile: Json; readonly innocent: Json }[];
  readonly problems?: readonly Problem[];
  readonly milliseconds: number;
}

const objects = [
  { id: "Q1", name: "one" },
  { id: "Q2", name: "two" },
];
/** Milliseconds: enough for what is innocent, and more for a machine that is busy with other things. */
const usualLimit = 600;
const patientLimit = 4000;
const processes: number[] = [];
const engine = createJqEngine({
  startChild: () => {
    const child = startJqChild();
    processes.push(child.pid ?? 0);
    return child;
  },
});
const results: HostileResult[] = [];
let input = "";
for await (const chunk of process.stdin) input += String(chunk);
for (const expression of JSON.parse(input) as string[]) {
  const result = await tryExpression(expression, usualLimit);
  const isCutShort = result.values?.some(({ innocent }) => innocent === null) === true;
  results.push(isCutShort ? await tryExpression(expression, patientLimit) : result);
}
const alive = processes.filter(isAlive).length;
// The engine is not closed: a child with nothing to do must not keep this process alive.
const report: HostileReport = { results, started: processes.length, alive };
process.stdout.write(`${JSON.stringify(report)}\n`);

async function tryExpression(expression: string, limit: number): Promise<HostileResult> {
  const startedAt = performance.now();
  const properties = { hostile: expression, innocent: '.name | sub("n"; "N")' };
  const source = {
    resources: [
      {
        kind: "users",
        selector: { query: "true" },
        port: { entity: { mappings: { identifier: ".id", blueprint: '"u"', properties } } },
      },
    ],
  };
  try {
    const mapping = await parseMapping(source, { engine });
    const mapped = await createMapper(mapping, {
      engine,
      limits: { object: limit, page: limit },
    }).apply(0, objects);
    return {
      expression,
      values: mapped.map((one) => ({
        hostile: one.entities[0]?.properties["hostile"] ?? null,
        innocent: one.entities[0]?.properties["innocent"] ?? null,
      })),
      problems: mapped.flatMap((one) => one.problems),
      milliseconds: performance.now() - startedAt,
    };
  } catch (error) {
    const refused = error instanceof Error ? error.message : String(error);
    return { expression, refused, milliseconds: performance.now() - startedAt };
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
