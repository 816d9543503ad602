import { expect, test } from "bun:test";
import { HttpError } from "../../errors.ts";
import { nameEntity } from "../../sink/port/port-entity.ts";
import type { PortClient } from "../../sink/port/port-client.ts";
import { keepForeign } from "../../store/foreign-entities.ts";
import { databaseSorts } from "../../testing/test-databases.ts";
import { createOwnershipGate } from "./ownership-gate.ts";

/** Port without the blueprint that is asked for. */
const port: PortClient = {
  send: ({ method, path }) =>
    Promise.reject(
      new HttpError("Port answered 404", {
        host: "Port",
        method,
        url: `https://port.test${path}`,
        status: 404,
        requestId: undefined,
        reason: "There is no such blueprint",
      }),
    ),
};

test.each(databaseSorts)(
  "judge() leaves it to whoever writes that a blueprint is gone, whatever is remembered of its entities (%s)",
  async (_sort, create) => {
    await using database = await create();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    const ref = { blueprint: "gone", identifier: "a" };
    const judge = async (): Promise<unknown> => {
      const gate = createOwnershipGate({
        port,
        sql,
        integrationIdentifier: "ours",
        findOurs: () => Promise.resolve(new Set<string>()),
        isListed: () => false,
      });
      return (await gate.judge([ref])).get(nameEntity("gone", "a"));
    };
    const open = { state: "open", owner: "", written: [] };
    expect(await judge()).toEqual(open);
    await keepForeign(sql, [{ ...ref, owner: "", written: ["hash"] }]);
    expect(await judge()).toEqual(open);
    // What is remembered for longer than a week is asked for anew.
    shift = 8 * 24 * 3_600_000;
    expect(await judge()).toEqual(open);
  },
);
