import { expect, test } from "bun:test";
import { readDefaultFile } from "../map/defaults.ts";
import type { Resource } from "../map/mapping.ts";
import { parseMapping } from "../map/parse/parse-mapping.ts";
import type { KindName } from "../source/kinds.ts";
import type { Source, SourceEnd, SourcePage } from "../source/source.ts";
import { failureOf } from "../testing/failure-of.ts";
import { KindReader } from "./kind-reader.ts";

const { resources } = await parseMapping(readDefaultFile("mapping.yaml"));
const kinds = [...new Set(resources.map(({ kind }) => kind))];

/** Pages of a kind, one after another; an error ends them. */
type Script = (
  kind: KindName,
  signal: AbortSignal | undefined,
) => AsyncGenerator<SourcePage | SourceEnd, void>;

function openSource(script: Script): { readonly source: Source; readonly begun: KindName[] } {
  const begun: KindName[] = [];
  const source: Pick<Source, "pages"> = {
    pages([first], signal) {
      const kind = first?.selection.kind ?? "users";
      begun.push(kind);
      return script(kind, signal);
    },
  };
  return { source: source as Source, begun };
}

function pageOf(kind: KindName, objects: number): SourcePage {
  const entries = Array.from({ length: objects }, (_, place) => ({
    object: { id: `Q${place}` },
    resources: [],
  }));
  return { type: "page", kind, entries, unavailable: [] };
}

function endOf(kind: KindName): SourceEnd {
  return { type: "end", kind, outcomes: new Map(), rows: 0, unavailable: new Map() };
}

async function readAll(reader: KindReader): Promise<string[]> {
  const read: string[] = [];
  for await (const { resources: ofKind, items } of reader.kinds()) {
    for await (const item of items) read.push(`${item.type} ${item.kind} ${ofKind.length}`);
  }
  return read;
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
}

function listExpected(ofKinds: readonly string[]): string[] {
  const count = (kind: string): number =>
    resources.filter((resource: Resource) => resource.kind === kind).length;
  return ofKinds.flatMap((kind) => [`page ${kind} ${count(kind)}`, `end ${kind} ${count(kind)}`]);
}

test("KindReader reads kinds at the same time, and gives them out in the mapping's order", async () => {
  const { promise: first, resolve } = Promise.withResolvers<void>();
  const { source, begun } = openSource(async function* (kind) {
    if (kind === kinds[0]) await first;
    yield pageOf(kind, 1);
    yield endOf(kind);
  });
  const reader = new KindReader({ source, resources });
  const reading = readAll(reader);
  await settle();
  expect(begun).toEqual(kinds.slice(0, 4));
  resolve();
  expect(await reading).toEqual(listExpected(kinds));
  expect(begun).toEqual(kinds);
});

test("KindReader reads no more of a kind ahead than there is room for", async () => {
  let pages = 0;
  const { source } = openSource(async function* (kind) {
    for (let page = 0; page < 10; page += 1) {
      if (kind === kinds[1]) pages += 1;
      yield pageOf(kind, 500);
    }
  });
  const reader = new KindReader({ source, resources });
  await settle();
  expect(pages).toBe(4);
  await reader.close();
  expect(pages).toBe(4);
});

test("KindReader tells the error of a kind when its turn has come", async () => {
  const { source } = openSource(async function* (kind) {
    await Promise.resolve();
    if (kind === kinds[2]) throw new Error("Refused");
    yield pageOf(kind, 1);
    yield endOf(kind);
  });
  const reader = new KindReader({ source, resources });
  await settle();
  const read: string[] = [];
  const reading = (async () => {
    for await (const { items } of reader.kinds()) {
      for await (const item of items) read.push(`${item.type} ${item.kind}`);
    }
  })();
  expect((await failureOf(reading)).message).toBe("Refused");
  expect(read).toEqual(kinds.slice(0, 2).flatMap((kind) => [`page ${kind}`, `end ${kind}`]));
  await reader.close();
});

test("close() waits until nothing is read any more", async () => {
  const stop = new AbortController();
  const ended: KindName[] = [];
  const { source, begun } = openSource(async function* (kind, signal) {
    try {
      yield pageOf(kind, 1);
      await new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason));
      });
    } finally {
      ended.push(kind);
    }
  });
  const reader = new KindReader({ source, resources, signal: stop.signal });
  await settle();
  stop.abort(new Error("The run was ended"));
  await reader.close();
  expect(ended.toSorted()).toEqual(begun.toSorted());
});
