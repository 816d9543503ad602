import { type FileHandle, open } from "node:fs/promises";
import { describeError, FileError } from "../errors.ts";

/**
 * A file of JSON lines that grows at its end and can say for certain how much of it is on disk.
 * Its length at the last {@link NdjsonFile.flush} is what a later run cuts it back to.
 */
export class NdjsonFile implements AsyncDisposable {
  readonly path: string;
  readonly #handle: FileHandle;
  #length: number;
  #pending: string[] = [];

  private constructor(path: string, handle: FileHandle, length: number) {
    this.path = path;
    this.#handle = handle;
    this.#length = length;
  }

  /**
   * Opens a file and cuts it to a length in bytes; with length 0 it is made where it is missing.
   *
   * @throws {FileError} when it cannot be written, or is shorter than that
   */
  static async open(path: string, length: number): Promise<NdjsonFile> {
    let handle: FileHandle;
    try {
      handle = await open(path, length === 0 ? "w" : "r+");
    } catch (error) {
      throw new FileError(`Cannot write ${path}: ${describeError(error)}`, { path, cause: error });
    }
    const { size } = await handle.stat();
    if (size < length) {
      await handle.close();
      throw new FileError(
        `Cannot go on with ${path}: it holds ${size} bytes, but ${length} were written. It has been changed since`,
        { path },
      );
    }
    await handle.truncate(length);
    return new NdjsonFile(path, handle, length);
  }

  /** Length in bytes of what has been flushed. */
  get length(): number {
    return this.#length;
  }

  /** Adds a line; it is in memory until the next flush. */
  append(line: string): void {
    this.#pending.push(line);
  }

  /** Writes what is pending and waits until the disk has it. */
  async flush(): Promise<void> {
    if (this.#pending.length === 0) return;
    // Lines that are added while this waits for the disk belong to the next flush.
    const lines = this.#pending;
    this.#pending = [];
    const bytes = new TextEncoder().encode(`${lines.join("\n")}\n`);
    try {
      await this.#writeAll(bytes);
      await this.#handle.datasync();
    } catch (error) {
      // A later flush must not write what follows them without them.
      this.#pending = [...lines, ...this.#pending];
      throw new FileError(
        `Cannot write ${this.path}: ${describeError(error)}. Its first ${this.#length} bytes are safe`,
        { path: this.path, cause: error },
      );
    }
    this.#length += bytes.length;
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const position = this.#length + written;
      const result = await this.#handle.write(bytes, written, bytes.length - written, position);
      written += result.bytesWritten;
    }
  }

  /** Closes the file; what was not flushed is lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}
