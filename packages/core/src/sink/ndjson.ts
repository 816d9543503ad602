import { type FileHandle, open } from "node:fs/promises";
import { describeError, FileError } from "../errors.ts";

/** One buffer for all writes: tens of megabytes a second go through it. */
const bufferSize = 256 * 1024;

const whatToDo = "put it back as it was, or use --fresh to start over";

const encoder = new TextEncoder();
const lineFeed = 10;

/**
 * A file of JSON lines that grows at its end and can say for certain how much of it is on disk.
 * Its length at the last {@link NdjsonFile.flush} is what a later run cuts it back to.
 */
export class NdjsonFile implements AsyncDisposable {
  readonly path: string;
  readonly #handle: FileHandle;
  #length: number;
  #pending: string[] = [];
  #buffer = new Uint8Array(bufferSize);

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
      const advice = length === 0 ? "" : `. ${length} bytes were written to it: ${whatToDo}`;
      throw new FileError(`Cannot write ${path}: ${describeError(error)}${advice}`, {
        path,
        cause: error,
      });
    }
    const { size } = await handle.stat();
    if (size < length) {
      await handle.close();
      throw new FileError(
        `Cannot go on with ${path}: it holds ${size} bytes, but ${length} were written. It has been changed since: ${whatToDo}`,
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
    try {
      const written = await this.#writeLines(lines);
      await this.#handle.datasync();
      this.#length += written;
    } catch (error) {
      // A later flush must not write what follows them without them.
      this.#pending = [...lines, ...this.#pending];
      throw new FileError(
        `Cannot write ${this.path}: ${describeError(error)}. Its first ${this.#length} bytes are safe`,
        { path: this.path, cause: error },
      );
    }
  }

  /** Writes lines behind what is on disk, through one buffer; tells how many bytes they took. */
  async #writeLines(lines: readonly string[]): Promise<number> {
    let total = 0;
    let filled = 0;
    for (const line of lines) {
      // The most that a UTF-16 unit takes in UTF-8, and the line's end.
      const most = line.length * 3 + 1;
      if (filled + most > this.#buffer.length) {
        await this.#write(filled, this.#length + total);
        total += filled;
        filled = 0;
        if (most > this.#buffer.length) this.#buffer = new Uint8Array(most);
      }
      filled += encoder.encodeInto(line, this.#buffer.subarray(filled)).written;
      this.#buffer[filled] = lineFeed;
      filled += 1;
    }
    await this.#write(filled, this.#length + total);
    return total + filled;
  }

  async #write(length: number, position: number): Promise<void> {
    let written = 0;
    while (written < length) {
      const rest = length - written;
      const at = position + written;
      written += (await this.#handle.write(this.#buffer, written, rest, at)).bytesWritten;
    }
  }

  /** Closes the file; what was not flushed is lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}
