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
import { availableParallelism } from "node:os";
import { createFolder } from "./bench-process.ts";
import type { Bench, BenchOptions, Table } from "./bench-table.ts";
import { benchBringing, benchMemory } from "./bench-webhook-drain.ts";
import { endServer, startPostgres } from "./bench-webhook-servers.ts";
import { benchTaking } from "./bench-webhook-taking.ts";

const parts = ["taking", "bringing", "memory"] as const;

/** Acknowledging, bringing to Port, and memory. */
export const bench: Bench = {
  title: "Webhooks",
  describeMethod: () =>
    `\`pagerport serve\`, what posts signed events to it, and PostgreSQL (with its writes on the disk before it answers) are processes of their own on one machine, the sandbox is in the bench's; they share ${availableParallelism()} cores, and none is bound to one. How fast it acknowledges, while Port refuses its credentials and nothing else is done, is compared with a bare Hono route that verifies the signature and keeps nothing, under the same posts in turn; the quickest round of each counts.`,
  async *measure(options) {
    const unknown = options.parts.find((name) => !parts.some((part) => part === name));
    if (unknown !== undefined) {
      throw new Error(`There is no part '${unknown}', but ${parts.join(", ")}`);
    }
    yield* measureParts(options);
  },
};

async function* measureParts({ parts: wanted, size }: BenchOptions): AsyncGenerator<Table> {
  const does = (part: (typeof parts)[number]): boolean =>
    wanted.length === 0 || wanted.includes(part);
  using folder = createFolder();
  if (does("taking") || does("bringing")) {
    const postgres = await startPostgres();
    try {
      if (does("taking")) yield* benchTaking(folder.path, postgres.url, size);
      if (does("bringing")) yield* benchBringing(folder.path, postgres.url, size);
    } finally {
      await endServer(postgres);
    }
  }
  if (does("memory")) yield* benchMemory(folder.path, size);
}
