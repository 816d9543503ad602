import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { describeError, type StoreSettings } from "@pagerport/core";
import { findVolatile } from "../../serve/find-volatile.ts";
import type { Examination } from "../examination.ts";
import { type Check, failed, type Finding, ok, skipped, warning } from "../finding.ts";
import { withStore } from "../with-store.ts";

/** With less than this a store cannot grow by what one transaction writes. */
const noSpace = 1_048_576;
/** An inbox of a day's outage of Port in a large account: 100 MiB. */
const leastSpace = 100 * 1024 * 1024;
const mebibyte = 1024 * 1024;

/** Whether what is remembered between runs can be kept, and for how long. */
export function checkState(examination: Examination): Check {
  const { store } = examination;
  return {
    name: "store",
    run: async () => {
      if (store === undefined) return skipped("its settings are missing or wrong, see above");
      const found = await withStore(examination, async ({ place }, { made, known, engine }) => {
        const rest = made < known ? `${known - made} migrations are made by the next run` : "";
        const newer = made > known ? "a newer pagerport has added to it" : "";
        const layout = [`layout ${made}`, rest, newer].filter(Boolean).join("; ");
        return `${place} (${engine}, ${layout})`;
      });
      const told = found.value ?? found.reason ?? "";
      return store.databaseUrl === undefined ? judgeFolder(store, told) : ok(told);
    },
  };
}

const stateAdvice =
  "Set PAGERPORT_STATE_DIR to a folder that can be written and lasts, or PAGERPORT_DATABASE_URL.";

async function judgeFolder({ stateDir }: StoreSettings, told: string): Promise<Finding> {
  const folder = await findExisting(stateDir);
  try {
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    return failed(`${stateDir} cannot be written: ${describeError(error)}`, stateAdvice);
  }
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const space = `${Math.floor(free / mebibyte).toLocaleString("en-US")} MiB free`;
  if (free < noSpace) return failed(`${told}; no room is left`, "Make room, or use another.");
  if (free < leastSpace) return warning(`${told}; only ${space}`, "Make room, or use another.");
  const named = told.includes(stateDir) ? told : `${stateDir}: ${told}`;
  const reason = findVolatile(folder);
  // Only a server keeps in it what would be lost.
  return ok(`${named}; ${space}${reason === undefined ? "" : `; for a server: ${reason}`}`);
}

/** The folder, or the nearest above it that is there: the others are made. */
async function findExisting(folder: string): Promise<string> {
  try {
    await access(folder, constants.F_OK);
    return folder;
  } catch {
    const parent = dirname(folder);
    return parent === folder ? folder : findExisting(parent);
  }
}
