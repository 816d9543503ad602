import { expect, test } from "bun:test";
import { join } from "node:path";
import { loadStoreSettings, openStore, type Store } from "@pagerport/core";
import { addEvents } from "../../packages/core/src/store/inbox.ts";
import { createEvent } from "../../packages/core/src/testing/inbox-event.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { type CliResult, runCli } from "../support/run-cli.ts";
import { runHere } from "../support/run-here.ts";

interface Setting extends AsyncDisposable {
  readonly store: Store;
  run(...args: readonly string[]): Promise<CliResult>;
}

async function start(): Promise<Setting> {
  const folder = new TemporaryFolder();
  const env = { PORT_CLIENT_ID: "id", PAGERPORT_STATE_DIR: join(folder.path, "state") };
  const store = await openStore(loadStoreSettings({ environment: env }, folder.path));
  await addEvents(store.sql, [
    createEvent("E1", { key: "incidents/Q1" }),
    createEvent("E2", { type: "service.updated", key: "services/P1" }),
    createEvent("E3", { state: "dead", error: "Port refused it\nfor good" }),
    createEvent("E4", { state: "done" }),
    createEvent("E5", {
      type: "unreadable",
      key: undefined,
      state: "dead",
      error: "It is no JSON",
      payload: new Uint8Array([0xff, 0x00, 0x1b]),
    }),
  ]);
  return {
    store,
    run: (...args) => runHere(["inbox", ...args], { cwd: folder.path, env }),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

async function readStates({ store }: Setting): Promise<string> {
  const rows = await store.sql.all("SELECT id, state FROM inbox ORDER BY id");
  return rows.map((row) => `${String(row["id"])} ${String(row["state"])}`).join(", ");
}

function idsOf({ stdout }: CliResult): string[] {
  const { events } = JSON.parse(stdout) as { readonly events: readonly { readonly id: string }[] };
  return events.map(({ id }) => id).toSorted();
}

test("inbox list shows what waits and is dead, by filters, and no payload", async () => {
  await using setting = await start();
  const listed = await setting.run("list");
  expect(listed.code).toBe(0);
  expect(listed.stdout).toMatch(
    /\tdead\tE3\tincident\.triggered\tincidents\/Q1\tPort refused it for good\n/,
  );
  expect(listed.stdout.trimEnd().split("\n")).toHaveLength(4);
  expect(listed.stderr).toMatch(
    /^4 shown\. In all 2 wait, the oldest for .+; 2 are dead letters\.\n$/,
  );
  const all = await setting.run("list", "--json");
  expect(all.stdout).not.toContain("payload");
  expect(JSON.parse(all.stdout)).toMatchObject({ backlog: { waiting: 2, dead: 2 } });
  expect(idsOf(await setting.run("list", "--state", "dead", "--json"))).toEqual(["E3", "E5"]);
  expect(idsOf(await setting.run("list", "--state", "done", "--json"))).toEqual(["E4"]);
  expect(idsOf(await setting.run("list", "--type", "service.updated", "--json"))).toEqual(["E2"]);
  expect(idsOf(await setting.run("list", "--key", "incidents/Q1", "--json"))).toEqual(["E1", "E3"]);
  expect(idsOf(await setting.run("list", "--since", "2100-01-01", "--json"))).toEqual([]);
  expect(idsOf(await setting.run("list", "--limit", "1", "--json"))).toHaveLength(1);
});

test.each([
  [["list", "--state", "ded"], "Did you mean dead?"],
  [["list", "--since", "yesterday"], "--since must be a date"],
  [["list", "--limit", "0"], "--limit must be"],
  [["show", "E9"], "There is no event E9"],
  [["retry"], "--all"],
  [["drop", "E1", "--all"], "cannot be used together"],
  [["drop", "--state", "done"], "what is done stays so"],
])("inbox %p is refused", async (args, message) => {
  await using setting = await start();
  const refused = await setting.run(...args);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain(message);
});

test("inbox show gives the payload as it came", async () => {
  await using setting = await start();
  const shown = await setting.run("show", "E1");
  expect(shown).toMatchObject({ code: 0, stdout: '{"event":{"id":"E1"}}\n' });
  expect(shown.stderr).toContain("key: incidents/Q1\n");
  expect(JSON.parse((await setting.run("show", "E1", "--json")).stdout)).toMatchObject({
    id: "E1",
    state: "waiting",
    payload: '{"event":{"id":"E1"}}',
  });
  expect(JSON.parse((await setting.run("show", "E5", "--json")).stdout)).toMatchObject({
    payload: null,
    payloadBase64: "/wAb",
  });
  const done = await setting.run("show", "E4");
  expect(done).toMatchObject({ code: 0, stdout: "" });
  expect(done.stderr).toContain("not kept any more");
});

test("inbox retry and drop change what they name, and say what they could not", async () => {
  await using setting = await start();
  expect(await setting.run("retry", "E3")).toMatchObject({ code: 0, stdout: "" });
  expect(await readStates(setting)).toContain("E3 waiting");
  const some = await setting.run("retry", "E1", "E4", "E9", "--json");
  expect(some.code).toBe(3);
  expect(JSON.parse(some.stdout)).toEqual({ command: "inbox retry", events: 1, notChanged: 2 });
  const all = await setting.run("retry", "--all");
  expect(all.code).toBe(0);
  expect(all.stderr).toContain("3 of 4 events");
  expect(await setting.run("drop", "--state", "dead")).toMatchObject({ code: 0 });
  expect(await setting.run("drop", "--key", "services/P1")).toMatchObject({ code: 0 });
  expect(await readStates(setting)).toBe("E1 waiting, E2 done, E3 waiting, E4 done, E5 done");
});

test("inbox says where there is no store, and makes none", async () => {
  using folder = new TemporaryFolder();
  const state = join(folder.path, "state");
  const env = { PORT_CLIENT_ID: "id", PAGERPORT_STATE_DIR: state };
  const none = await runCli(["inbox", "list"], { cwd: folder.path, env });
  expect(none.code).toBe(2);
  expect(none.stderr).toContain(state);
  expect(await Bun.file(state).exists()).toBe(false);
});
