import { describeError } from "../../errors.ts";
import type { Sql } from "../sql.ts";
import { keepState, readState } from "../state.ts";
import { createPinMemory, type PinMemory } from "./pins.ts";

export interface DatabasePinsOptions {
  readonly sql: Sql;
  readonly integrationIdentifier: string;
}

/** Remembers pins in a store that stays the same whatever the credentials are, as that of a plugin does. */
export function createStorePins({ sql, integrationIdentifier }: DatabasePinsOptions): PinMemory {
  const name = `pins/${integrationIdentifier}`;
  return createPinMemory({
    readText: async () => (await readState(sql, name))?.value,
    writeText: (text) => keepState(sql, name, text),
  });
}

/** Holds one table, and is beside the schemas that are stores. */
const schema = "pagerport_pins";
const table = `${schema}.pin`;

/** Remembers pins in a PostgreSQL database, beside the stores that it holds. */
export function createPostgresPins({ sql, integrationIdentifier }: DatabasePinsOptions): PinMemory {
  return createPinMemory({
    async readText() {
      // Whoever only looks makes nothing.
      if (!(await hasTable(sql))) return undefined;
      const [row] = await sql.all(`SELECT pins FROM ${table} WHERE integration = ?`, [
        integrationIdentifier,
      ]);
      return row === undefined ? undefined : String(row["pins"]);
    },
    async writeText(text) {
      if (!(await hasTable(sql))) await makeTable(sql);
      await sql.run(
        `INSERT INTO ${table} (integration, pins, kept_at) VALUES (?, ?, ${sql.now})
        ON CONFLICT (integration) DO UPDATE SET pins = excluded.pins, kept_at = excluded.kept_at`,
        [integrationIdentifier, text],
      );
    },
  });
}

async function hasTable(sql: Sql): Promise<boolean> {
  const found = await sql.all(
    "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = 'pin'",
    [schema],
  );
  return found.length > 0;
}

async function makeTable(sql: Sql): Promise<void> {
  const columns = "integration TEXT PRIMARY KEY, pins TEXT NOT NULL, kept_at BIGINT NOT NULL";
  for (const statement of [
    `CREATE SCHEMA IF NOT EXISTS ${schema}`,
    `CREATE TABLE IF NOT EXISTS ${table} (${columns})`,
  ]) {
    try {
      await sql.run(statement);
    } catch (error) {
      // Another process made it in between: PostgreSQL reports that in two ways.
      if (!/already exists|duplicate key/.test(describeError(error))) throw error;
    }
  }
}
