import { expect, test } from "bun:test";
import { databaseSorts } from "../../testing/test-databases.ts";
import {
  keepTeams,
  markTeamsGone,
  pruneTeams,
  readGone,
  readTeams,
  readTeamsOf,
} from "./object-teams.ts";

function teams(given: Readonly<Record<string, readonly string[]>>): Map<string, Set<string>> {
  return new Map(Object.entries(given).map(([object, ids]) => [object, new Set(ids)]));
}

for (const [name, createDatabase] of databaseSorts) {
  test(`keepTeams() puts teams in the place of what was, of what was read, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    expect(await readTeams(sql)).toEqual(new Map());
    await keepTeams(
      sql,
      teams({ "services/P1": ["T1", "T2"], "services/P2": ["T1"], "users/U1": ["T1"] }),
    );
    await keepTeams(sql, teams({ "services/P1": ["T2", "T3"], "services/P2": [] }));
    expect(await readTeams(sql)).toEqual(
      teams({ "services/P1": ["T2", "T3"], "users/U1": ["T1"] }),
    );
    expect(await readTeamsOf(sql, "services/P1")).toEqual(new Set(["T2", "T3"]));
    expect(await readTeamsOf(sql, "services/P2")).toEqual(new Set());
    await markTeamsGone(sql, ["services/P1", "services/P9"], { at: 1000, isNamed: true });
    expect(await readGone(sql)).toEqual(new Map([["services/P1", true]]));
    await pruneTeams(sql, 999);
    expect((await readTeams(sql)).size).toBe(2);
    await pruneTeams(sql, 1000);
    expect(await readTeams(sql)).toEqual(teams({ "users/U1": ["T1"] }));
  });

  test(`keepTeams() takes more than one statement on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const names = Array.from({ length: 1203 }, (_, place) => `services/P${place}`);
    const all = new Map(names.map((object) => [object, new Set(["T1"])]));
    await keepTeams(sql, all);
    await keepTeams(sql, all);
    expect((await readTeams(sql)).size).toBe(1203);
    await markTeamsGone(sql, names.slice(1), { at: 1000, isNamed: false });
    await pruneTeams(sql, 1000);
    expect((await readTeams(sql)).size).toBe(1);
  });
}
