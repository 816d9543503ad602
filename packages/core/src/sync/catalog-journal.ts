import type { ImportFingerprint, ImportRun, ImportState } from "../store/import-state.ts";
import { readFailedFile, type RefusedDelivery } from "./failed-file.ts";
import {
  closeImportState,
  type FingerprintNames,
  openImportState,
  type StartOver,
} from "./open-import-state.ts";
import { RefusedLog } from "./refused-log.ts";

/** The files of an import that writes to Port's catalog. */
export interface CatalogImportFiles {
  readonly progress: string;
  readonly failed: string;
}

/** Keeps refused objects and progress in step: what the progress counts as refused is on disk. */
export class CatalogJournal implements AsyncDisposable {
  readonly state: ImportState;
  readonly #files: CatalogImportFiles;
  readonly #refused: RefusedLog;

  private constructor(state: ImportState, files: CatalogImportFiles) {
    this.state = state;
    this.#files = files;
    this.#refused = new RefusedLog(files.failed);
  }

  /**
   * Opens the files of an import and makes sure that they belong to it.
   *
   * @throws {ConfigError} when they belong to another one, or another process has them
   */
  static async open(options: {
    readonly files: CatalogImportFiles;
    readonly fingerprint: ImportFingerprint;
    readonly fresh: StartOver;
    readonly pid: number;
  }): Promise<CatalogJournal> {
    const { files, ...rest } = options;
    const advice = "work in another folder";
    const state = await openImportState({ ...rest, ...files, names: settingNames, advice });
    return new CatalogJournal(state, files);
  }

  /** Objects that Port refused, in this run or before. */
  readRefused(): Promise<RefusedDelivery[]> {
    return readFailedFile(this.#files.failed);
  }

  /** Notes an object that was refused; it is on disk after the next save. */
  refuse(delivery: RefusedDelivery): void {
    this.#refused.add(delivery);
  }

  /** Takes out objects that are in Port now, or are to be read again. */
  async forgetRefused(keys: ReadonlySet<string>): Promise<void> {
    await this.#refused.forget(keys);
  }

  /** Puts everything answered so far on disk. */
  async save(run: ImportRun): Promise<void> {
    // Pages are answered while this waits for the disk; they belong to the next save.
    const saved = structuredClone(run);
    await this.#refused.flush();
    this.state.save(saved, [], saved.position);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#refused[Symbol.asyncDispose]();
    await closeImportState(this.state, [this.#files.progress]);
  }
}

/** What an import is told from another by. */
const settingNames: FingerprintNames = {
  apiUrl: "PD_API_URL",
  portUrl: "PORT_BASE_URL or PORT_CLIENT_ID",
  integration: "integration identifier",
  mapping: "mapping",
  kinds: "--kinds",
  since: "--since",
  until: "--until",
};
