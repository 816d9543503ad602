import { resolve } from "node:path";
import {
  type KeptJournal,
  listJournals,
  loadStoreSettings,
  noRun,
  type SettingSources,
  type Store,
} from "@pagerport/core";
import type { CliContext } from "../context.ts";
import { formatCount } from "../ui/format.ts";
import { formatTable } from "../ui/table.ts";
import { listJournalFiles } from "./journal-files.ts";

/** Where files are of what was deleted: of a server without a database, and of runs that were typed. */
export function listFolders(
  { sql }: Store,
  sources: SettingSources,
  context: CliContext,
): readonly string[] {
  if (sql.dialect === "postgres") return [];
  const { stateDir } = loadStoreSettings(sources, context.cwd);
  return [...new Set([resolve(context.cwd, stateDir), context.cwd])];
}

/** Prints what was deleted and can be put back, of the store and of the files beside it. */
export async function printJournals(
  {
    store: { sql, place },
    folders,
    isJson,
  }: { readonly store: Store; readonly folders: readonly string[]; readonly isJson: boolean },
  context: CliContext,
): Promise<void> {
  const journals = await listJournals(sql);
  const files = await listJournalFiles(folders);
  if (isJson) {
    const document = {
      command: "restore",
      journals: journals.map(describeJournal),
      ...(folders.length > 0 && { files }),
    };
    context.stdout.write(`${JSON.stringify(document)}\n`);
  } else if (journals.length + files.length === 0) {
    const places = folders.length > 0 ? folders : [place];
    context.stderr.write(`Nothing that was deleted is in ${places.join(" or ")}.\n`);
  } else if (files.length > 0) {
    const rows = files.map(({ run, entities, until, path }) => [
      String(run),
      formatCount(entities),
      until,
      path,
    ]);
    const lines = formatTable([["run", "entities", "until", "file"], ...rows]);
    context.stdout.write(`${lines.join("\n")}\n`);
  } else {
    const rows = journals
      .map(describeJournal)
      .map(({ run, entities, from, until }) => [String(run), formatCount(entities), from, until]);
    const lines = formatTable([["run", "entities", "from", "until"], ...rows]);
    context.stdout.write(`${lines.join("\n")}\n`);
  }
}

function describeJournal({ run, entities, from, until }: KeptJournal): {
  readonly run: number | "live";
  readonly entities: number;
  readonly from: string;
  readonly until: string;
} {
  return {
    run: run === noRun ? "live" : run,
    entities,
    from: new Date(from).toISOString(),
    until: new Date(until).toISOString(),
  };
}
