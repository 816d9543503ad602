import { expect, test } from "bun:test";
import type { JsonObject, PauseGate } from "@pagerport/core";
import { FakeClock } from "../../packages/core/src/testing/fake-clock.ts";
import { ScriptedPort } from "../../packages/core/src/testing/scripted-port.ts";
import type { OpenedRun } from "../../packages/cli/src/open-run.ts";
import { prepareServer } from "../../packages/cli/src/serve/prepare-server.ts";
import { createMappingReader } from "../../packages/cli/src/serve/read-mapping.ts";
import { createContext } from "../../packages/cli/src/testing/create-context.ts";
import { createLog } from "../../packages/cli/src/ui/log.ts";

const resource = {
  kind: "services",
  selector: { query: "true" },
  port: { entity: { mappings: { identifier: ".id", blueprint: '"a"' } } },
};

/** An integration that nothing has to be made for. */
function describeIntegration(config: unknown): JsonObject {
  return {
    integration: { identifier: "mine", config, arePortResourcesInitialized: true },
  } as JsonObject;
}

async function prepare(answers: (JsonObject | number)[]) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const lines: Record<string, unknown>[] = [];
  const write = (text: string): void => void lines.push(JSON.parse(text));
  const output = { write, isTTY: false, columns: 80 };
  const log = createLog({ output, level: "debug", now: () => clock.now() });
  const port = new ScriptedPort(() => answers.shift() ?? 500);
  const resync = { initializePortResources: true, createPortResourcesOrigin: undefined };
  const opened = { port, integrationIdentifier: "mine", resync } as unknown as OpenedRun;
  const context = createContext();
  const mapping = await createMappingReader(opened, { environment: {} }, context);
  let setbacks = 0;
  const service = { checkHosts: () => Promise.resolve() };
  // Nothing has to be made, so that nobody asks it.
  const pauses = {} as PauseGate;
  const shared = { opened, mapping, service, pauses, isShadow: false };
  const options = { ...shared, clock, log, signal: stop.signal };
  const onSetback = (): void => void (setbacks += 1);
  const startedAt = clock.now();
  const done = prepareServer({ ...options, onSetback }, context);
  done.catch(() => undefined);
  return { clock, stop, lines, done, port, startedAt, setbacks: () => setbacks };
}

test("prepareServer() asks Port again, each time after a longer pause", async () => {
  const ready = describeIntegration({ resources: [resource] });
  const { clock, done, lines, startedAt, setbacks } = await prepare([503, 503, 500, 503, ready]);
  await clock.drive(done);
  expect(clock.now() - startedAt).toBe(1000 + 2000 + 4000 + 8000);
  expect(setbacks()).toBe(4);
  // What is the same as before is for whoever looks closely.
  expect(lines.map(({ level, message }) => [level, message])).toEqual([
    ["error", "Not ready: events are received and kept"],
    ["debug", "Not ready: events are received and kept"],
    ["error", "Not ready: events are received and kept"],
    ["error", "Not ready: events are received and kept"],
    ["info", "The mapping is the mapping of integration mine in Port"],
    ["info", "Port is ready"],
  ]);
});

test("prepareServer() waits longer for what only a person can mend", async () => {
  const broken = describeIntegration({ resources: [{ ...resource, kind: "servces" }] });
  const ready = describeIntegration({ resources: [resource] });
  const { clock, done, lines, startedAt } = await prepare([401, broken, ready]);
  await clock.drive(done);
  expect(clock.now() - startedAt).toBe(120_000);
  expect(lines[1]).toMatchObject({ level: "error", error: expect.stringContaining("services") });
});

test("prepareServer() goes on without resources, and says that nothing will be done", async () => {
  const { clock, done, lines } = await prepare([describeIntegration({})]);
  await clock.drive(done);
  expect(lines).toMatchObject([
    { level: "warning", message: expect.stringMatching(/no resources/) },
  ]);
});

test("prepareServer() ends when it is told to", async () => {
  const { clock, done, stop } = await prepare([503]);
  await clock.settle();
  stop.abort(new Error("enough"));
  expect(done).rejects.toThrow("enough");
  expect(clock.sleeping).toBe(0);
});
