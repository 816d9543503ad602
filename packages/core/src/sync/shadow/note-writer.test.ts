import { expect, test } from "bun:test";
import type { ResyncState } from "../../sink/port/resync-state.ts";
import { createLedger, type WriterState } from "./ledger.ts";
import { noteWriter } from "./note-writer.ts";

const start = Date.UTC(2026, 2, 2);

function state(given: Partial<ResyncState>): ResyncState {
  const unknown = { next: undefined, intervalMinutes: undefined };
  return { status: "completed", lastStart: start + 1, lastEnd: start + 2, ...unknown, ...given };
}

function noteAll(...states: readonly ResyncState[]): WriterState {
  const ledger = createLedger(start);
  for (const one of states) noteWriter(ledger, one);
  return ledger.writer;
}

test("noteWriter() counts resyncs that ended since the shadow began, each once", () => {
  const before = state({ lastStart: start - 9, lastEnd: start - 5 });
  expect(noteAll(before)).toMatchObject({ lastStart: start - 9, resyncs: 0 });
  const failed = state({ status: "failed", lastStart: start + 10, lastEnd: start + 11 });
  expect(noteAll(before, state({}), state({}), failed)).toEqual({
    lastStart: start + 10,
    lastEnd: start + 11,
    hasFailed: true,
    resyncs: 2,
    failed: 1,
  });
  expect(noteAll(failed, state({ lastStart: start + 20, lastEnd: start + 21 })).hasFailed).toBe(
    false,
  );
});

test("noteWriter() leaves out a resync that goes on, and what Port does not know", () => {
  const running = state({ status: "running", lastStart: start + 5, lastEnd: undefined });
  expect(noteAll(state({}), running)).toMatchObject({ lastStart: start + 1, resyncs: 1 });
  expect(noteAll(state({ status: undefined }), state({ lastEnd: undefined }))).toMatchObject({
    lastEnd: undefined,
    resyncs: 0,
  });
});
