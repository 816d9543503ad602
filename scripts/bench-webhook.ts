/**
 * `bun run bench webhook [PART …]`: the server of `pagerport serve` under webhooks. Whole processes, over
 * HTTP: the server, PostgreSQL and what posts each have their own; the sandbox is in this one. Parts, all
 * unless some are named:
 *
 * - `taking`: requests a second that are acknowledged, with SQLite (synchronous=FULL) and PostgreSQL
 *   (fsync), beside a bare Hono route that only verifies the signature
 * - `bringing`: how long a single event takes from PagerDuty to Port, and how fast a backlog gets there
 * - `memory`: what the server takes of it over 200,000 events that it brings to Port
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { benchBringing, benchMemory } from "./bench-webhook-drain.ts";
import { type Server, startPostgres } from "./bench-webhook-servers.ts";
import { benchTaking } from "./bench-webhook-taking.ts";

const parts = ["taking", "bringing", "memory"] as const;

/** Measures, and prints tables and a few lines. */
export async function runBench(wanted: readonly string[] = []): Promise<void> {
  const unknown = wanted.find((name) => !parts.some((part) => part === name));
  if (unknown !== undefined) {
    throw new Error(`There is no part '${unknown}', but ${parts.join(", ")}`);
  }
  const does = (part: (typeof parts)[number]): boolean =>
    wanted.length === 0 || wanted.includes(part);
  const folder = mkdtempSync(join(tmpdir(), "pagerport-bench-"));
  let postgres: Server | undefined;
  process.stdout.write(
    `${availableParallelism()} cores, shared by the server, what posts, PostgreSQL and the sandbox; none is bound to one\n\n`,
  );
  try {
    if (does("taking") || does("bringing")) {
      postgres = await startPostgres();
      const { url } = postgres;
      if (does("taking")) await benchTaking(folder, url);
      if (does("bringing")) await benchBringing(folder, url);
    }
    if (does("memory")) await benchMemory(folder);
  } finally {
    postgres?.process.kill();
    rmSync(folder, { recursive: true });
  }
}
