import { expect, test } from "bun:test";
import { type Absence, keepAbsences } from "../../../store/deletion/absences.ts";
import {
  forgetDeletions,
  readCounted,
  recordDeletions,
} from "../../../store/deletion/deletions.ts";
import { keepHeld } from "../../../store/deletion/held-counts.ts";
import { keepSettledRuns } from "../../../store/deletion/settled-runs.ts";
import { readProducers, recordProduced } from "../../../store/produced.ts";
import type { Sql } from "../../../store/sql.ts";
import { parseResources } from "../../../testing/parse-resources.ts";
import { databaseSorts } from "../../../testing/test-databases.ts";
import {
  brakeLive,
  type BrakeLiveOptions,
  type LiveBraked,
  type LiveCandidate,
} from "./brake-live.ts";
import { describeReader } from "./describe-reader.ts";
import { shareSpan } from "./measure-share.ts";

const now = Date.parse("2026-03-09T09:00:00Z");
const mapping = await parseResources([{ kind: "services", blueprint: "service" }]);
const owner = "PUSER01";

function nameOf(place: number): string {
  return `P${place}`;
}

/** What a full run over so many services has left behind, at number 1 and long ago. */
async function settle(sql: Sql, services: number): Promise<void> {
  const refs = Array.from({ length: services }, (_, place) => ({
    blueprint: "service",
    identifier: nameOf(place),
  }));
  await recordProduced(
    sql,
    refs.map((ref) => ({
      object: `services/${ref.identifier}`,
      resource: "services[0]",
      entities: [ref],
    })),
    1,
  );
  const at = now - 2 * shareSpan;
  await keepHeld(sql, [{ blueprint: "service", at, run: 1, entities: services }], at - 1);
  const reader = describeReader(mapping, "service");
  const resources = { "services[0]": { objects: services, passed: services } };
  await keepSettledRuns(sql, [
    { blueprint: "service", run: 1, at, reader, tokenOwner: owner, resources, firstRun: 1 },
  ]);
}

async function candidate(
  sql: Sql,
  place: number,
  changes: Partial<LiveCandidate> = {},
): Promise<LiveCandidate> {
  const ref = { blueprint: "service", identifier: nameOf(place) };
  const rows = await readProducers(sql, [ref]);
  return { ...ref, evidence: "E5", counts: true, rows, team: "", control: "", ...changes };
}

async function brake(
  sql: Sql,
  places: readonly number[],
  changes: Partial<LiveCandidate> = {},
  options: Partial<BrakeLiveOptions> = {},
): Promise<LiveBraked> {
  const candidates = await Promise.all(places.map((place) => candidate(sql, place, changes)));
  const usual = { mapping, now, tokenOwner: owner, threshold: 0.2 };
  return brakeLive({ sql, candidates, ...usual, ...options });
}

const sizes: readonly [services: number, limit: number][] = [
  [1, 0],
  [4, 2],
  [15, 5],
  [800, 160],
];

for (const [name, createDatabase] of databaseSorts) {
  test.each(sizes)(
    `brakeLive() lets go of %i services %i, one by one, on ${name}`,
    async (services, limit) => {
      await using database = await createDatabase();
      const { sql } = await database.open();
      await settle(sql, services);
      if (limit > 3) {
        // What went before counts; what an older week lost does not.
        const usual = { blueprint: "service", evidence: "E5", counts: true };
        const before = Array.from({ length: limit - 3 }, (_, place) => {
          return { ...usual, identifier: `before-${place}`, at: now - shareSpan + 1 };
        });
        const old = { ...usual, identifier: "old", at: now - shareSpan };
        await recordDeletions(sql, [...before, old]);
      }
      const left = Math.min(limit, 3);
      for (let place = 0; place < Math.min(services, left + 2); place += 1) {
        const { remove, withheld } = await brake(sql, [place]);
        expect(remove).toHaveLength(place < left ? 1 : 0);
        expect(withheld.map((one) => one.brake)).toEqual(place < left ? [] : ["share"]);
      }
    },
  );

  test(`brakeLive() of 20 at once, over two connections, never lets more go than the share on ${name}`, async () => {
    await using database = await createDatabase();
    const stores = [await database.open(), await database.open()];
    const [first] = stores;
    if (first === undefined) throw new Error("There are two");
    await settle(first.sql, 15);
    const braked = await Promise.all(
      Array.from({ length: 20 }, (_, place) =>
        brake((stores[place % 2] ?? first).sql, [place % 15]),
      ),
    );
    const gone = new Set(
      braked.flatMap(({ remove }) => remove.map(({ identifier }) => identifier)),
    );
    expect(gone.size).toBe(5);
    expect(await readCounted(first.sql, now - 1)).toHaveLength(5);
  });

  test(`brakeLive() counts what is not settled, and no more what stays after all, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await settle(sql, 15);
    const absent = (place: number): Absence => ({
      blueprint: "service",
      identifier: nameOf(place),
      unlistedAt: now,
      goneAt: undefined,
      askedAt: undefined,
      namedAt: undefined,
    });
    await keepAbsences(sql, [10, 11, 12].map(absent));
    expect((await brake(sql, [0])).remove).toHaveLength(1);
    const second = await brake(sql, [1]);
    expect(second.remove).toHaveLength(1);
    expect((await brake(sql, [2])).remove).toEqual([]);
    await forgetDeletions(sql, second.remove);
    expect((await brake(sql, [2])).remove).toHaveLength(1);
    // A run that began before calls absent what went since: it counts once.
    await keepAbsences(sql, [absent(0)]);
    // One that is absent itself counts once.
    await forgetDeletions(sql, [{ blueprint: "service", identifier: nameOf(2) }]);
    expect((await brake(sql, [10])).remove).toHaveLength(1);
  });

  test(`brakeLive() holds what the reader, a team or the control reading makes odd, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await settle(sql, 15);
    const brakesOf = async (
      changes: Partial<LiveCandidate>,
      options: Partial<BrakeLiveOptions> = {},
    ): Promise<string[]> =>
      (await brake(sql, [0], changes, options)).withheld.map((one) => one.brake);
    expect(await brakesOf({ team: "odd" })).toEqual(["team"]);
    expect(await brakesOf({ control: "odd" })).toEqual(["control"]);
    expect(await brakesOf({}, { tokenOwner: "PUSER02" })).toEqual(["reader"]);
    expect(await brakesOf({}, { tokenOwner: undefined })).toEqual(["reader"]);
    expect(await brakesOf({}, { threshold: 0 })).toEqual(["share"]);
    const changed = await parseResources([
      { kind: "services", blueprint: "service", query: "false" },
    ]);
    const reader = { mapping: changed, tokenOwner: null };
    expect(await brakesOf({ evidence: "E3" }, reader)).toEqual(["reader"]);
    expect(await brakesOf({ evidence: "E4", counts: false }, reader)).toEqual(["reader"]);
    // 404 is 404, whatever the mapping says; this token shows what it shows.
    expect(await brakesOf({}, { mapping: changed })).toEqual([]);
    expect(await brakesOf({ evidence: "E3" }, { tokenOwner: null })).toEqual([]);
  });

  test(`brakeLive() does not count what ended, became another or is new, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await settle(sql, 4);
    const made = ["N1", "N2", "N3", "N4"].map((identifier) => ({
      blueprint: "service",
      identifier,
    }));
    await recordProduced(
      sql,
      made.map((ref) => ({
        object: `services/${ref.identifier}`,
        resource: "services[0]",
        entities: [ref],
      })),
      5,
    );
    const usual = { sql, mapping, now, tokenOwner: owner, threshold: 0.2 };
    for (const ref of made) {
      const rows = await readProducers(sql, [ref]);
      const one: LiveCandidate = {
        ...ref,
        evidence: "E5",
        counts: true,
        rows,
        team: "",
        control: "",
      };
      expect((await brakeLive({ ...usual, candidates: [one] })).remove).toHaveLength(1);
    }
    const uncounted = { evidence: "E4", counts: false } as const;
    for (const place of [0, 1, 2, 3]) {
      expect((await brake(sql, [place], uncounted, { tokenOwner: null })).remove).toHaveLength(1);
    }
    expect(await readCounted(sql, 0)).toEqual([]);
  });

  test(`brakeLive() without a settled run knows the share and the control reading on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await recordProduced(
      sql,
      Array.from({ length: 4 }, (_, place) => ({
        object: `services/${nameOf(place)}`,
        resource: "services[0]",
        entities: [{ blueprint: "service", identifier: nameOf(place) }],
      })),
      1,
    );
    const odd = { team: "odd" };
    expect((await brake(sql, [0], { control: "odd" })).remove).toEqual([]);
    const gone: number[] = [];
    for (const place of [0, 1, 2, 3]) {
      const { remove } = await brake(sql, [place], odd, { tokenOwner: "PUSER02" });
      gone.push(remove.length);
    }
    expect(gone).toEqual([1, 1, 0, 0]);
  });
}
