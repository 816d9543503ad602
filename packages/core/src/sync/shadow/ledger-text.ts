import { parseJson } from "../../parse-json.ts";
import { nameEntity } from "../../sink/port/port-entity.ts";
import {
  createLedger,
  type EndedDifferences,
  type Ledger,
  listOpen,
  type OpenDifference,
  type WouldWrite,
} from "./ledger.ts";

/** The layout of what is written here. */
const version = 1;

type Parts = "open" | "ended" | "writes";

interface WrittenLedger extends Omit<Ledger, Parts> {
  readonly version: number;
  readonly open: readonly OpenDifference[];
  readonly ended: readonly (readonly [string, EndedDifferences])[];
  readonly writes: readonly (readonly [string, WouldWrite])[];
}

/** Writes a ledger down. */
export function writeLedger(ledger: Ledger): string {
  const { open: _open, ended, writes, ...rest } = ledger;
  const written: WrittenLedger = {
    version,
    ...rest,
    open: listOpen(ledger),
    ended: [...ended],
    writes: [...writes],
  };
  return JSON.stringify(written);
}

/** Reads what {@link writeLedger} wrote; undefined for the layout of another version. */
export function readLedger(text: string): Ledger | undefined {
  const written = parseJson(text) as unknown as WrittenLedger;
  if (written.version !== version) return undefined;
  const { version: _version, open, ended, writes, ...rest } = written;
  const places = new Map<string, Map<string, OpenDifference>>();
  for (const one of open) {
    const name = nameEntity(one.blueprint, one.identifier);
    const ofEntity = places.get(name) ?? new Map<string, OpenDifference>();
    places.set(name, ofEntity.set(one.difference.place, one));
  }
  // What is undefined is not written.
  return {
    ...createLedger(rest.startedAt),
    ...rest,
    open: places,
    ended: new Map(ended),
    writes: new Map(writes),
  };
}
