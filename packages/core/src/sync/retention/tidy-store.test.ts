import { expect, test } from "bun:test";
import { defaultRetention } from "../../retention.ts";
import { addEvents, noPayload } from "../../store/inbox.ts";
import { keepJournalNote } from "../../store/retention/journal-note.ts";
import { noteListed } from "../../store/retention/dead-letters.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { databaseSorts } from "../../testing/test-databases.ts";
import { readRetentionProblems } from "./retention-problems.ts";
import { createTidying, describeLetters, type LettersEvent } from "./tidy-store.ts";

const day = 86_400_000;
const names = { limit: "journalLimit", days: "keepDays" };

for (const [name, createDatabase] of databaseSorts) {
  test(`createTidying() warns of dead letters for a week, once a day, and tells what it forgot, on ${name}`, async () => {
    await using database = await createDatabase();
    const clock = new FakeClock();
    const start = clock.now();
    const { sql } = await database.open({ shiftClock: () => clock.now() - start });
    const event = { type: "x", key: "services/P", others: [], payload: noPayload } as const;
    await addEvents(sql, [
      { ...event, id: "a", occurredAt: undefined, signedBy: undefined, state: "dead", error: "e" },
    ]);
    const told: LettersEvent[] = [];
    const troubles: string[] = [];
    let tidied = 0;
    const tidy = createTidying({
      sql,
      now: () => clock.now(),
      retention: defaultRetention,
      tidyJournal() {
        tidied += 1;
        return Promise.reject(new Error("the disk is away"));
      },
      tell: (one) => void told.push(one),
      trouble: (what) => void troubles.push(what),
    });
    await tidy();
    await clock.advance(80 * day);
    for (let hours = 0; hours < 15 * 24; hours += 6) {
      await tidy();
      await clock.advance(day / 4);
    }
    expect(tidied).toBe(61);
    expect(new Set(troubles)).toEqual(new Set(["cleaning up the journal of deletions"]));
    const warnings = told.filter(({ expiring }) => expiring !== undefined);
    expect(warnings).toHaveLength(7);
    expect(told.filter(({ forgotten }) => forgotten > 0)).toHaveLength(1);
    expect(describeLetters(warnings[0] ?? { forgotten: 0, expiring: undefined })).toEqual([
      expect.stringMatching(
        /^1 dead letters that nobody has listed are forgotten from 20\d\d-\d\d-\d\d on: 'pagerport inbox list --state dead' shows them$/,
      ),
    ]);
  });

  test(`readRetentionProblems() tells of a full journal and of letters that go, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    expect(await readRetentionProblems(sql, names)).toEqual([]);
    const size = { firm: 10, rotating: 0, limit: 10 };
    await keepJournalNote(sql, { ...size, refused: 3 });
    await sql.run(
      `INSERT INTO inbox (id, type, received_at, payload, state, attempts, next_attempt, warned_at)
      VALUES ('a', 'x', 0, ?, 'dead', 0, 0, ${sql.now})`,
      [noPayload],
    );
    expect(await readRetentionProblems(sql, names)).toEqual([
      "Nothing is deleted, as the journal of deletions has no room: raise journalLimit, or lower keepDays",
      expect.stringContaining("1 dead letters"),
    ]);
    await keepJournalNote(sql, { ...size, refused: 0 });
    await noteListed(sql, ["a"]);
    expect(await readRetentionProblems(sql, names)).toEqual([]);
  });
}
