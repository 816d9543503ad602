import { existsSync } from "node:fs";
import type { Clock } from "../clock.ts";
import { ConfigError } from "../errors.ts";
import { NdjsonFile } from "../sink/ndjson.ts";
import type { Delivery, Outcome } from "../sink/sink.ts";
import type {
  ImportFingerprint,
  ImportRun,
  ImportState,
  SentObject,
} from "../store/import-state.ts";
import { keyOf } from "./import-items.ts";
import {
  closeImportState,
  type FingerprintNames,
  openImportState,
  type StartOver,
} from "./open-import-state.ts";
import { cutFile, RefusedLog } from "./refused-log.ts";

/** The longest that answered deliveries stay unsaved; a crash sends them again. Milliseconds. */
const saveEvery = 1000;

/** Incidents so shortly before a run's end are asked for again by the next: PagerDuty may lag. */
export const overlapBetweenRuns = 10 * 60 * 1000;

/** Where payload lines go. */
export interface LineOutput extends AsyncDisposable {
  readonly length: number;
  append(line: string): void;
  flush(): Promise<void>;
}

/** The files of an import, by the name of its output. */
export interface ImportFiles {
  readonly output: string;
  readonly progress: string;
  readonly failed: string;
}

/** `output.json` → `output.json.progress`, `output.failed.json`. */
export function nameImportFiles(output: string): ImportFiles {
  const failed = output.endsWith(".json")
    ? `${output.slice(0, -".json".length)}.failed.json`
    : `${output}.failed`;
  return { output, progress: `${output}.progress`, failed };
}

/** One object on its way: what is posted, and what is remembered of it. */
export interface ImportItem {
  readonly delivery: Delivery;
  readonly sent: SentObject;
}

/** A place in the stream: once all before it is answered, the run stands there. */
export interface ImportMark {
  readonly position: number;
}

/**
 * Keeps output, refused objects and progress in step: what the progress file says is on disk is on
 * disk, and what is not said there is done again.
 */
export class ImportJournal implements AsyncDisposable {
  readonly state: ImportState;
  readonly #clock: Clock;
  readonly #files: ImportFiles;
  readonly #output: LineOutput;
  /** False where the lines go elsewhere than to a file: no later run could post what was refused. */
  readonly #isResumable: boolean;
  readonly #refused: RefusedLog;
  #sent: SentObject[] = [];
  #savedAt: number;

  private constructor(
    state: ImportState,
    output: LineOutput,
    options: { readonly files: ImportFiles; readonly clock: Clock; readonly isResumable: boolean },
  ) {
    this.state = state;
    this.#output = output;
    this.#files = options.files;
    this.#clock = options.clock;
    this.#isResumable = options.isResumable;
    this.#refused = new RefusedLog(options.isResumable ? options.files.failed : undefined);
    this.#savedAt = options.clock.now();
  }

  /**
   * Opens the files of an import and makes sure that they belong to it.
   *
   * @throws {ConfigError} when they belong to another one, or another process has them
   */
  static async open(options: {
    readonly files: ImportFiles;
    /** Takes the lines instead of the output file; then nothing can be resumed. */
    readonly stream?: LineOutput | undefined;
    readonly fingerprint: ImportFingerprint;
    readonly fresh: StartOver;
    readonly pid: number;
    readonly clock: Clock;
  }): Promise<ImportJournal> {
    const { files, stream, fingerprint, fresh, pid, clock } = options;
    const isNew = !existsSync(files.progress);
    if (stream === undefined && isNew && fresh !== true && existsSync(files.output)) {
      throw new ConfigError(
        `${files.output} exists and was not written by an import that could go on. Use --fresh to replace it, or --output to write elsewhere`,
        { setting: "--output" },
      );
    }
    const isResumable = stream === undefined;
    const state = await openImportState({
      progress: isResumable ? files.progress : undefined,
      failed: isResumable ? files.failed : undefined,
      fingerprint,
      names: settingNames,
      advice: "--output to write elsewhere",
      fresh,
      pid,
    });
    try {
      // What comes after it is of objects that are sent again.
      if (isResumable && !isNew) await cutFile(files.failed, state.run?.refusedLength ?? 0);
      const output = stream ?? (await NdjsonFile.open(files.output, state.run?.outputLength ?? 0));
      return new ImportJournal(state, output, { files, clock, isResumable });
    } catch (error) {
      state[Symbol.dispose]();
      throw error;
    }
  }

  /** Notes that an object was answered; it is on disk after the next save. */
  settle(run: ImportRun, item: ImportItem | ImportMark, outcome: Outcome | undefined): void {
    if (!("delivery" in item)) {
      run.position = item.position;
      return;
    }
    const { delivery, sent } = item;
    this.#output.append(delivery.line);
    const counts = run.counts[delivery.kind];
    counts.fetched += 1;
    if (outcome?.accepted !== false) {
      counts.delivered += 1;
    } else {
      counts.failed += 1;
      this.#refused.add({ ...delivery, status: outcome.status, reason: outcome.reason });
    }
    if (run.phase === "incidents") run.position = sent.created;
    this.#sent.push(sent);
  }

  /** Saves when the last time is long enough ago. */
  async saveIfDue(run: ImportRun): Promise<void> {
    if (this.#clock.now() - this.#savedAt >= saveEvery) await this.save(run);
  }

  /** Puts everything answered so far on disk: the lines first, then the progress that counts on them. */
  async save(run: ImportRun): Promise<void> {
    this.#savedAt = this.#clock.now();
    // Deliveries are answered while this waits for the disk; they belong to the next save.
    const saved = structuredClone(run);
    // Resolved incidents that no later run reads are never asked about again.
    const rememberFrom = Math.min(
      run.until - overlapBetweenRuns,
      run.position,
      run.readAgainFrom ?? Infinity,
    );
    const isRemembered = ({ kind, isOpen, wasOpen, created }: SentObject): boolean =>
      kind === "services" || isOpen || wasOpen === true || created >= rememberFrom;
    const sent = this.#sent;
    this.#sent = [];
    try {
      // Both take what was answered so far, and nothing that comes while the other waits for the disk.
      const flushed = await Promise.allSettled([this.#output.flush(), this.#refused.flush()]);
      const failed = flushed.find((one) => one.status === "rejected");
      if (failed !== undefined) throw failed.reason;
      saved.outputLength = this.#output.length;
      saved.refusedLength = await this.#refused.measure();
      this.state.save(saved, sent.filter(isRemembered), rememberFrom);
    } catch (error) {
      // The next save must not leave them out.
      this.#sent = [...sent, ...this.#sent];
      throw error;
    }
    run.outputLength = saved.outputLength;
  }

  /** Takes an object out of those refused before: what is sent of it now is newer. */
  async forgetRefused(run: ImportRun, delivery: Delivery): Promise<void> {
    await this.save(run);
    run.counts[delivery.kind].failed -= await this.#refused.forget(new Set([keyOf(delivery)]));
    await this.save(run);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#refused[Symbol.asyncDispose]();
    await this.#output[Symbol.asyncDispose]();
    const { output, progress } = this.#files;
    await closeImportState(this.state, this.#isResumable ? [output, progress] : []);
  }
}

/** What an import is told from another by. */
const settingNames: FingerprintNames = {
  apiUrl: "PD_API_URL",
  portUrl: "PORT_URL",
  kinds: "--kinds",
  since: "--since",
  until: "--until",
};
