import { readFile, rename, rm } from "node:fs/promises";
import { describeError, FileError } from "../errors.ts";
import { parseJson } from "../parse-json.ts";
import { NdjsonFile } from "../sink/ndjson.ts";
import type { Delivery } from "../sink/sink.ts";

/** An object that Port refused, as kept for the next run. */
export interface RefusedDelivery extends Delivery {
  readonly status: number;
  readonly reason: string;
  /** The payload is a list of the object's entities, which do not say whose they are. */
  readonly isMapped?: true;
}

/** Reads the refused objects of earlier runs, each once; a line that a crash cut off is left out. */
export async function readFailedFile(path: string): Promise<RefusedDelivery[]> {
  const bytes = await readIfThere(path);
  if (bytes === undefined) return [];
  const refused = new Map<string, RefusedDelivery>();
  const lines = bytes.toString("utf8").split("\n");
  const last = lines.pop() ?? "";
  // An editor may have taken the end of the last line away; a line that was cut off is no JSON.
  if (isJson(last)) lines.push(last);
  for (const line of lines) {
    const delivery = parseLine(line, path);
    refused.set(`${delivery.kind}/${delivery.id}`, delivery);
  }
  return [...refused.values()];
}

/** One line of the file: why it was refused, then the payload as it was posted. */
export function formatRefused({
  status,
  reason,
  line,
  isMapped,
  kind,
  id,
}: RefusedDelivery): string {
  const object = isMapped === true ? `"object":${JSON.stringify(`${kind}/${id}`)},` : "";
  return `{"status":${status},"reason":${JSON.stringify(reason)},${object}"payload":${line}}`;
}

/** Replaces the file by what is still refused, in one step; removes it when that is nothing. */
export async function writeFailedFile(
  path: string,
  refused: readonly RefusedDelivery[],
): Promise<void> {
  if (refused.length === 0) {
    await rm(path, { force: true });
    return;
  }
  const next = `${path}.next`;
  const file = await NdjsonFile.open(next, 0);
  try {
    for (const delivery of refused) file.append(formatRefused(delivery));
    await file.flush();
  } finally {
    await file[Symbol.asyncDispose]();
  }
  await rename(next, path);
}

/** Opens the file to add to it, behind its last whole line; made when the first object is refused. */
export async function openFailedFile(path: string): Promise<NdjsonFile> {
  const bytes = await readIfThere(path);
  return NdjsonFile.open(path, bytes === undefined ? 0 : bytes.lastIndexOf("\n") + 1);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A line, as far as it is looked into. */
interface KeptLine {
  readonly status: unknown;
  readonly reason: unknown;
  readonly object?: string;
  readonly payload: {
    readonly event: {
      readonly event_type: unknown;
      readonly data: { readonly identifier: unknown };
    };
  };
}

function parseLine(line: string, path: string): RefusedDelivery {
  try {
    const { status, reason, object, payload } = parseJson(line) as unknown as KeptLine;
    if (object !== undefined) {
      const [kind, id] = readObjectName(object);
      const entities = JSON.stringify(payload);
      const told = { status: Number(status), reason: String(reason) };
      return { ...told, kind, id, line: entities, isMapped: true };
    }
    return {
      status: Number(status),
      reason: String(reason),
      id: String(payload.event.data.identifier),
      kind: payload.event.event_type === "service" ? "services" : "incidents",
      line: JSON.stringify(payload),
    };
  } catch (error) {
    throw new FileError(
      `Cannot read ${path}: a line is not what pagerport writes there (${line.slice(0, 80)}). Move the file away, or mend the line`,
      { path, cause: error },
    );
  }
}

/** `incidents/Q1` */
function readObjectName(text: string): ["services" | "incidents", string] {
  const [, kind, id] = /^(services|incidents)\/(.+)$/.exec(text) ?? [];
  if (kind === undefined || id === undefined) throw new Error(`${text} is no object's name`);
  return [kind === "services" ? kind : "incidents", id];
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new FileError(`Cannot read ${path}: ${describeError(error)}`, { path, cause: error });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
