import { stat, truncate } from "node:fs/promises";
import type { NdjsonFile } from "../sink/ndjson.ts";
import {
  formatRefused,
  openFailedFile,
  readFailedFile,
  type RefusedDelivery,
  writeFailedFile,
} from "./failed-file.ts";
import { keyOf } from "./import-items.ts";

/** The file of refused objects while an import adds to it. */
export class RefusedLog implements AsyncDisposable {
  /** Undefined where nothing is kept: no later run could send it. */
  readonly #path: string | undefined;
  #file: NdjsonFile | undefined;
  #pending: RefusedDelivery[] = [];

  constructor(path: string | undefined) {
    this.#path = path;
  }

  /** Adds an object; it is in memory until the next flush. */
  add(delivery: RefusedDelivery): void {
    if (this.#path !== undefined) this.#pending.push(delivery);
  }

  /** Waits until the disk has what was added. */
  async flush(): Promise<void> {
    if (this.#pending.length === 0 || this.#path === undefined) return;
    const refused = this.#pending;
    this.#pending = [];
    try {
      this.#file ??= await openFailedFile(this.#path);
      for (const delivery of refused) this.#file.append(formatRefused(delivery));
      await this.#file.flush();
    } catch (error) {
      // The next flush must not leave them out.
      this.#pending = [...refused, ...this.#pending];
      throw error;
    }
  }

  /** Bytes on disk of what was added, and of what was there before. */
  async measure(): Promise<number> {
    if (this.#path === undefined) return 0;
    return this.#file?.length ?? (await measureFile(this.#path));
  }

  /** Takes objects out, by {@link keyOf}: what was sent of them since is newer. @returns how many it had */
  async forget(keys: ReadonlySet<string>): Promise<number> {
    if (this.#path === undefined || keys.size === 0) return 0;
    await this.flush();
    await this.#close();
    const refused = await readFailedFile(this.#path);
    const others = refused.filter((delivery) => !keys.has(keyOf(delivery)));
    await writeFailedFile(this.#path, others);
    return refused.length - others.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.[Symbol.asyncDispose]();
  }
}

/** Cuts a file to a length in bytes; one that is shorter, or not there, stays as it is. */
export async function cutFile(path: string, length: number): Promise<void> {
  if ((await measureFile(path)) > length) await truncate(path, length);
}

async function measureFile(path: string): Promise<number> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.size ?? 0;
}
