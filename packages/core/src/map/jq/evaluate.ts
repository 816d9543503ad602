import type { Json } from "../../json.ts";
import { parseJson } from "../../parse-json.ts";
import { Failure, type Outcome } from "../outcome.ts";
import type { JqAnswer, JqEngine } from "./engine.ts";
import { pageProgram, splitPrograms } from "./program.ts";
import { defineTimes } from "./time-definitions.ts";

/** How long jq may take, in milliseconds. */
export interface TimeLimits {
  /**
   * For one object.
   * @default 1000
   */
  readonly object?: number;
  /**
   * For a whole page; usual are 10 ms for 100 objects.
   * @default 5000
   */
  readonly page?: number;
}

const objectLimitMs = 1000;
const pageLimitMs = 5000;

/** A jq that has just been started takes 0.4 s of computing to read the definitions of times; this is for busy machines. */
const definitionsMs = 2000;

/** Objects and characters that one call of jq gets at most, so that its time and memory stay bounded. */
const maxInputs = 200;
const maxInputLength = 4 * 1024 * 1024;

/**
 * An expression that was stopped for so many objects in a row and has never come to an end is not tried
 * any more: it would cost its time limit for every object of the account.
 */
const hopelessAfter = 3;

/** What has been learned of one expression; kept as long as the mapper. */
interface History {
  readonly source: string;
  /** It once took a whole block down, so it no longer shares its program with others. */
  alone: boolean;
  /** How many objects in a row it was stopped for; undefined as soon as it has succeeded once. */
  stopped: number | undefined;
  reason: Failure | undefined;
}

/** Evaluates expressions over pages of objects with an engine that may have to be killed. */
export interface PageEvaluator {
  /**
   * Evaluates each of the expressions for each of the inputs.
   *
   * @param sources Expressions that have been checked.
   * @param inputs JSON texts without line breaks.
   * @returns for each input, the outcomes in the order of the expressions. Never throws for what an
   * expression does; an engine that cannot be started is thrown.
   */
  evaluate(sources: readonly string[], inputs: readonly string[]): Promise<Outcome[][]>;
}

/** Creates an evaluator with no memory of any expression. */
export function createPageEvaluator(engine: JqEngine, limits: TimeLimits = {}): PageEvaluator {
  const objectLimit = limits.object ?? objectLimitMs;
  const pageLimit = limits.page ?? pageLimitMs;
  const histories = new Map<string, History>();

  return {
    evaluate: async (sources, inputs) => {
      const columns = sources.map((source) => historyOf(source));
      const rows: Outcome[][] = [];
      for (const block of cutBlocks(inputs)) rows.push(...(await evaluateBlock(columns, block)));
      return rows;
    },
  };

  function historyOf(source: string): History {
    const known = histories.get(source);
    if (known !== undefined) return known;
    const created: History = { source, alone: false, stopped: 0, reason: undefined };
    histories.set(source, created);
    return created;
  }

  async function evaluateBlock(
    columns: readonly History[],
    inputs: readonly string[],
  ): Promise<Outcome[][]> {
    const together = columns.filter((column) => !column.alone);
    const alone = columns.filter((column) => column.alone).map((column) => [column]);
    const results = new Map<History, readonly Outcome[]>();
    for (const run of [...splitPrograms(together, (column) => column.source), ...alone]) {
      const rows = await evaluateRun(run, inputs);
      for (const [at, column] of run.entries()) {
        results.set(
          column,
          rows.map((row) => row[at] ?? null),
        );
      }
    }
    return inputs.map((_, row) => columns.map((column) => results.get(column)?.[row] ?? null));
  }

  /** Runs one program; where that fails as a whole, finds out for whom it fails. */
  async function evaluateRun(
    columns: readonly History[],
    inputs: readonly string[],
  ): Promise<Outcome[][]> {
    const [first] = columns;
    if (first === undefined || inputs.length === 0) return inputs.map(() => []);
    if (columns.length === 1 && isHopeless(first)) return inputs.map(() => [givenUp(first)]);

    const answer = await engine.run(
      pageProgram(columns.map((column) => column.source)),
      inputs,
      limitFor(columns, inputs.length),
    );
    const rows = readRows(answer, inputs.length);
    if (rows !== undefined) {
      for (const column of columns) column.stopped = undefined;
      return rows;
    }
    // jq refuses to read an input: whatever the expressions are, it is an input that has to be found.
    const inputIsBad = answer.outcome === "answered";
    if (columns.length > 1 && !inputIsBad) return evaluateApart(columns, inputs);
    if (inputs.length > 1) return bisect(columns, inputs, inputIsBad);

    const failure = failureOf(answer, limitFor(columns, 1));
    if (!inputIsBad) {
      first.alone = true;
      first.reason = failure;
      if (first.stopped !== undefined) first.stopped += 1;
    }
    return [columns.map(() => failure)];
  }

  /** Each expression by itself: those that did nothing wrong are done after this. */
  async function evaluateApart(
    columns: readonly History[],
    inputs: readonly string[],
  ): Promise<Outcome[][]> {
    const results: Outcome[][][] = [];
    for (const column of columns) results.push(await evaluateRun([column], inputs));
    return inputs.map((_, row) => results.map((result) => result[row]?.[0] ?? null));
  }

  async function bisect(
    columns: readonly History[],
    inputs: readonly string[],
    inputIsBad: boolean,
  ): Promise<Outcome[][]> {
    const rows: Outcome[][] = [];
    if (!inputIsBad) {
      // One by one for as long as none has come to an end: where all are guilty, that shows at once.
      do {
        rows.push(...(await evaluateRun(columns, inputs.slice(rows.length, rows.length + 1))));
      } while (rows.length < inputs.length && columns.some(isSuspect));
    }
    const rest = inputs.slice(rows.length);
    const half = Math.ceil(rest.length / 2);
    rows.push(...(await evaluateRun(columns, rest.slice(0, half))));
    rows.push(...(await evaluateRun(columns, rest.slice(half))));
    return rows;
  }

  function limitFor(columns: readonly History[], count: number): number {
    const reading = defineTimes(columns.map(({ source }) => source)) === "" ? 0 : definitionsMs;
    return reading + Math.min(pageLimit, objectLimit + (count - 1) * (pageLimit / maxInputs));
  }
}

function isHopeless(column: History): boolean {
  return column.stopped !== undefined && column.stopped >= hopelessAfter;
}

/** Stopped before, never finished, and not yet given up. */
function isSuspect(column: History): boolean {
  return column.stopped !== undefined && column.stopped > 0 && !isHopeless(column);
}

function givenUp(column: History): Failure {
  return new Failure(
    `${column.reason?.message ?? "it was stopped"}; not tried again after ${hopelessAfter} objects`,
  );
}

function failureOf(answer: JqAnswer, limit: number): Failure {
  switch (answer.outcome) {
    case "timeout":
      return new Failure(`it took longer than ${limit} ms and was stopped`);
    case "aborted":
      return new Failure("jq ran out of memory and was stopped");
    case "answered":
      return new Failure(
        (answer.stderr.split("\n")[0] ?? "").replace(
          /^jq: (?:parse )?error( \(at [^)]*\))?: /,
          "",
        ) || "jq gave no result",
      );
  }
}

/** One row for each input, or undefined where that is not what came back. */
function readRows(answer: JqAnswer, count: number): Outcome[][] | undefined {
  if (answer.outcome !== "answered" || answer.rows.length !== count) return undefined;
  return answer.rows.map((row) => (parseJson(row) as Cell[]).map(readCell));
}

/** What a program answers for one expression and one input. */
type Cell = { readonly v: Json } | { readonly e: Json };

function readCell(cell: Cell): Outcome {
  if ("v" in cell) return cell.v;
  return new Failure(
    typeof cell.e === "string" ? cell.e : `${JSON.stringify(cell.e)} (not a string)`,
  );
}

function* cutBlocks(inputs: readonly string[]): Generator<readonly string[]> {
  let block: string[] = [];
  let length = 0;
  for (const input of inputs) {
    if (
      block.length === maxInputs ||
      (block.length > 0 && length + input.length > maxInputLength)
    ) {
      yield block;
      block = [];
      length = 0;
    }
    block.push(input);
    length += input.length;
  }
  if (block.length > 0) yield block;
}
