import { type FileHandle, open } from "node:fs/promises";
import { ConfigError, describeError, describeMistake, FileError, type Mistake } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { stubMark } from "../store/journal.ts";
import { nameEntity } from "../sink/port/port-entity.ts";
import { checkJournalLine } from "./check-journal-line.ts";
import { type JournaledEntity, type JournalReader, listRelated } from "./journal-reader.ts";

/** Mistakes that are shown; a file of another sort has one in every line. */
const mostMistakes = 20;

const lineFeed = 10;
const chunkBytes = 256 * 1024;

/** Where an entity lies in the file: large ones are read when it is their turn. */
interface FileEntity extends JournaledEntity {
  readonly offset: number;
  readonly bytes: number;
}

/**
 * Opens a journal of deletions and checks each of its lines.
 *
 * @throws {ConfigError} with `file:line` of everything that is wrong, or when there is no such file
 * @throws {FileError} when the disk does not give it out
 */
export async function openJournalFile(path: string): Promise<JournalReader> {
  const handle = await openFile(path);
  const close = (): Promise<void> => handle.close();
  try {
    const { entities, mistakes, cutOff } = await checkLines(handle, path);
    if (mistakes.length > 0) throw new ConfigError(describeMistakes(mistakes));
    const places = new Map<JournaledEntity, FileEntity>(entities.map((one) => [one, one]));
    const read = async (entity: JournaledEntity): Promise<JsonObject> => {
      const place = places.get(entity);
      if (place === undefined) throw new TypeError("It is of another journal");
      return readOne(handle, path, place);
    };
    return { entities, cutOff, read, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openFile(path: string): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    throw new ConfigError(`Cannot read ${path}: ${describeError(error)}`, { cause: error });
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new ConfigError(`Cannot read ${path}: it is not a file`);
}

async function checkLines(
  handle: FileHandle,
  path: string,
): Promise<{
  readonly entities: FileEntity[];
  readonly mistakes: readonly Mistake[];
  readonly cutOff: number | undefined;
}> {
  const entities = new Map<string, FileEntity>();
  const mistakes: Mistake[] = [];
  let cutOff: number | undefined;
  let line = 0;
  for await (const { text, offset, bytes, isEnded } of readLines(handle, path)) {
    line += 1;
    if (text.trim() === "") continue;
    const checked = checkJournalLine(text);
    if (!("mistake" in checked)) {
      const { content, ...names } = checked;
      const name = nameEntity(names.blueprint, names.identifier);
      // An earlier line has it whole.
      const whole = entities.get(name);
      if (content[stubMark] === true && whole !== undefined) {
        entities.set(name, { ...whole, relatedBy: [...whole.relatedBy, ...names.relatedBy] });
        continue;
      }
      // In the place of its last line, as it was deleted last.
      entities.delete(name);
      entities.set(name, { ...names, line, offset, bytes, related: listRelated(content) });
    } else if (!isEnded) {
      cutOff = line;
    } else {
      mistakes.push({ file: path, line, column: undefined, path: "", message: checked.mistake });
    }
  }
  return { entities: [...entities.values()], mistakes, cutOff };
}

interface Line {
  readonly text: string;
  readonly offset: number;
  readonly bytes: number;
  /** False for a last line without its end. */
  readonly isEnded: boolean;
}

async function* readLines(handle: FileHandle, path: string): AsyncGenerator<Line, void> {
  let rest = Buffer.alloc(0);
  let offset = 0;
  for (;;) {
    const chunk = await readBytes(handle, path, offset + rest.length, chunkBytes);
    if (chunk.length === 0) break;
    rest = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = rest.indexOf(lineFeed); end >= 0; end = rest.indexOf(lineFeed, start)) {
      const text = rest.toString("utf8", start, end);
      yield { text, offset: offset + start, bytes: end - start, isEnded: true };
      start = end + 1;
    }
    rest = rest.subarray(start);
    offset += start;
  }
  if (rest.length === 0) return;
  yield { text: rest.toString("utf8"), offset, bytes: rest.length, isEnded: false };
}

async function readOne(
  handle: FileHandle,
  path: string,
  { offset, bytes, line, blueprint, identifier }: FileEntity,
): Promise<JsonObject> {
  const read = await readBytes(handle, path, offset, bytes);
  const checked = checkJournalLine(read.toString("utf8"));
  if ("content" in checked && checked.identifier === identifier) return checked.content;
  const message = `Cannot read ${path}: line ${line} was ${blueprint}/${identifier} when it was checked, and has been changed since`;
  throw new FileError(message, { path });
}

async function readBytes(
  handle: FileHandle,
  path: string,
  offset: number,
  bytes: number,
): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  let filled = 0;
  try {
    while (filled < bytes) {
      const { bytesRead } = await handle.read(buffer, filled, bytes - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
  } catch (error) {
    throw new FileError(`Cannot read ${path}: ${describeError(error)}`, { path, cause: error });
  }
  return buffer.subarray(0, filled);
}

function describeMistakes(mistakes: readonly Mistake[]): string {
  const shown = mistakes.slice(0, mostMistakes).map(describeMistake);
  const others = mistakes.length - shown.length;
  return [...shown, ...(others > 0 ? [`… and ${others} lines more`] : [])].join("\n");
}
