import { type Ledger, listOpen, type WouldWrite } from "./ledger.ts";
import { type Reason, reasons } from "./reasons.ts";

/** Differences of one sort: of one field of one blueprint, for one reason. */
export interface ShadowRow {
  readonly blueprint: string;
  /** `(missing)`, `(extra)`, or the field: `properties.status`. */
  readonly place: string;
  /** Undefined where nothing explains it: to be looked at. */
  readonly reason: Reason | undefined;
  /** Entities that differ by the last look. */
  readonly now: number;
  /** Those that differed, and do no more. */
  readonly ended: number;
  /** When the first was seen, milliseconds since 1970. */
  readonly since: number;
  readonly example: {
    readonly identifier: string;
    /** As JSON, shortened; empty for a whole entity. */
    readonly port: string;
    readonly pagerport: string;
  };
}

/** What a shadow has seen since it began. Moments are milliseconds since 1970. */
export interface ShadowReport {
  /** The integration that writes. */
  readonly writer: string;
  readonly startedAt: number;
  readonly at: number;
  readonly fullRuns: number;
  readonly deltaRuns: number;
  /** Runs that broke off. */
  readonly failedRuns: number;
  readonly events: number;
  /** Resyncs of the writer that ended meanwhile, and those of them that did not end well. */
  readonly resyncs: number;
  readonly failedResyncs: number;
  /** What would have been written, by blueprint. */
  readonly writes: readonly (WouldWrite & { readonly blueprint: string })[];
  /** Differences that nothing explains, most entities first. */
  readonly toLookAt: readonly ShadowRow[];
  /** Differences that are to be expected, by reason. */
  readonly byDesign: readonly ShadowRow[];
  /** Differences that were seen too lately to count. */
  readonly unsettled: number;
  /** Differences that passed before they counted. */
  readonly passed: number;
  /** Differences that were too many to be followed. */
  readonly dropped: number;
  /** What the last run could not read: one sentence each. */
  readonly unfinished: readonly string[];
}

/** Reports what a ledger holds. @param at now, milliseconds since 1970 */
export function reportShadow(
  ledger: Ledger,
  { writer, at }: { readonly writer: string; readonly at: number },
): ShadowReport {
  const { startedAt, fullRuns, deltaRuns, failedRuns, events, passed, dropped, unfinished } =
    ledger;
  const open = listOpen(ledger);
  const rows = listRows(ledger);
  const order = Object.keys(reasons);
  return {
    writer,
    startedAt,
    at,
    fullRuns,
    deltaRuns,
    failedRuns,
    events,
    resyncs: ledger.writer.resyncs,
    failedResyncs: ledger.writer.failed,
    writes: [...ledger.writes]
      .map(([blueprint, counts]) => Object.assign({ blueprint }, counts))
      .toSorted((one, other) => compareTexts(one.blueprint, other.blueprint)),
    toLookAt: rows.filter(({ reason }) => reason === undefined).toSorted(compareRows),
    byDesign: rows
      .filter(({ reason }) => reason !== undefined)
      .toSorted(
        (one, other) =>
          order.indexOf(one.reason ?? "") - order.indexOf(other.reason ?? "") ||
          compareRows(one, other),
      ),
    unsettled: open.filter(({ settledAt }) => settledAt === undefined).length,
    passed,
    dropped,
    unfinished,
  };
}

function listRows(ledger: Ledger): ShadowRow[] {
  const rows = new Map<string, ShadowRow>();
  const add = (row: ShadowRow): void => {
    const key = [row.reason ?? "", row.blueprint, row.place].join("\n");
    const known = rows.get(key);
    rows.set(key, known === undefined ? row : join(known, row));
  };
  for (const { blueprint, identifier, difference, since, settledAt, reason } of listOpen(ledger)) {
    if (settledAt === undefined) continue;
    const { place, port, pagerport } = difference;
    const example = { identifier, port, pagerport };
    add({ blueprint, place, reason, now: 1, ended: 0, since, example });
  }
  for (const { blueprint, place, reason, count, first, example } of ledger.ended.values()) {
    add({ blueprint, place, reason, now: 0, ended: count, since: first, example });
  }
  return [...rows.values()];
}

/** One that is still so is the better example. */
function join(one: ShadowRow, other: ShadowRow): ShadowRow {
  return {
    ...one,
    now: one.now + other.now,
    ended: one.ended + other.ended,
    since: Math.min(one.since, other.since),
    example: one.now > 0 ? one.example : other.example,
  };
}

function compareRows(one: ShadowRow, other: ShadowRow): number {
  return (
    other.now - one.now ||
    other.ended - one.ended ||
    compareTexts(one.blueprint, other.blueprint) ||
    compareTexts(one.place, other.place)
  );
}

function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
