import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { settings } from "@pagerport/core";
import { createProgram } from "../../packages/cli/src/create-program.ts";
import { Interrupted } from "../../packages/cli/src/interrupted.ts";
import { createFolder } from "../support/run-import.ts";
import { runHere } from "../support/run-here.ts";
import { createRandom, type Random } from "../support/sample-objects.ts";
import { bySize } from "../support/size.ts";
import { drawBelow, drawOne, mutateText } from "./mutate.ts";
import { watchRejections } from "./watch-rejections.ts";

const inputs = bySize({ short: 700, long: 35_000 });

/** What goes on for ever, or waits for hosts, is interrupted after so many milliseconds. */
const patience = 150;

/** An interrupted command ends within so many milliseconds, as those who pressed Ctrl-C expect. */
const endsWithin = 5000;

const secret = "s3cret-of-somebody";

/** Every exit code that the help lists, but 1: nothing that is given to pagerport is unexpected. */
const codes = new Set([0, 2, 3, 4, 5, 130, 143]);

interface KnownCommand {
  readonly path: readonly string[];
  readonly flags: readonly string[];
}

type Command = ReturnType<typeof createProgram>;

/** Every command there is, with its flags. */
function listCommands(command: Command, path: readonly string[] = []): KnownCommand[] {
  const flags = command.options.flatMap(({ short, long }) => [short, long]);
  const own = { path, flags: flags.filter((flag) => flag !== undefined) };
  return [own, ...command.commands.flatMap((one) => listCommands(one, [...path, one.name()]))];
}

const values = [
  "",
  " ",
  "0",
  "1",
  "-1",
  "1e9",
  "NaN",
  "true",
  "null",
  "{}",
  "[1",
  "x y",
  "é",
  "services",
  "incidents",
  "2026-01-01",
  "2026-02-31",
  "10m",
  "mapping.yaml",
  "broken.yaml",
  "objects.json",
  "folder",
  "nowhere",
  "-",
  "POLLING",
  '{"type":"ONCE"}',
  "string",
  "PSERVIC",
  "http://127.0.0.1:9",
  "ftp://x",
  "localhost",
  "incident.triggered",
  "constructor",
  "8000",
];

function drawArguments(random: Random, commands: readonly KnownCommand[]): string[] {
  const { path, flags } = drawOne(random, commands);
  const args = [...path];
  for (let count = drawBelow(random, 5); count > 0; count -= 1) {
    const flag = drawOne(random, [...flags, "--help", "--no-such", "--"]);
    const value = drawOne(random, values);
    const pieces: readonly string[][] = [[flag], [flag, value], [`${flag}=${value}`], [value]];
    const piece = drawOne(random, pieces);
    args.push(...piece.map((one) => (random() < 0.05 ? mutateText(random, one, 1) : one)));
  }
  return args;
}

const names = Object.values(settings).flatMap((setting) =>
  [...setting.environment, ...(("ocean" in setting ? setting.ocean : undefined) ?? [])].map(
    (name) => ({
      name,
      isSecret: setting.isSecret,
    }),
  ),
);

function drawEnvironment(random: Random, hosts: Record<string, string>): Record<string, string> {
  const environment: Record<string, string> = random() < 0.8 ? { ...hosts } : {};
  for (let count = drawBelow(random, 4); count > 0; count -= 1) {
    const { name, isSecret } = drawOne(random, names);
    environment[name] = isSecret && random() < 0.7 ? secret : drawOne(random, values);
  }
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, toArgument(value)]),
  );
}

/** A text as a process can be given it: without NUL, and without halves of characters. */
function toArgument(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}

test(`pagerport with ${inputs} odd command lines and environments ends in order, and tells no secret`, async () => {
  using rejections = watchRejections();
  using folder = createFolder();
  const cwd = `${folder.path}/here`;
  mkdirSync(`${cwd}/folder`, { recursive: true });
  writeFileSync(`${cwd}/mapping.yaml`, "resources: []\n");
  writeFileSync(`${cwd}/broken.yaml`, "resources:\n\t- kind: [\n");
  writeFileSync(`${cwd}/objects.json`, '[{"id": "P1"}, {"id": null}]');
  // A host that lets nobody in: what is asked of it ends at once.
  using host = Bun.serve({ port: 0, fetch: () => Response.json({ error: {} }, { status: 401 }) });
  const hosts = {
    PD_TOKEN: secret,
    PD_API_URL: String(host.url),
    PORT_URL: `${host.url}${secret}`,
    PORT_BASE_URL: String(host.url),
    PORT_CLIENT_ID: "somebody",
    PORT_CLIENT_SECRET: secret,
    PAGERPORT_STATE_DIR: `${cwd}/state`,
  };
  const never = new AbortController().signal;
  const nowhere = { write: () => undefined, isTTY: false, columns: 80 };
  const commands = listCommands(
    createProgram({
      env: {},
      cwd,
      clock: testClock,
      stdin: (async function* () {})(),
      stdout: nowhere,
      stderr: nowhere,
      signal: never,
      exitCode: 0,
    }),
  );
  const random = createRandom(31);
  const seen = new Map<number, number>();
  for (let count = 0; count < inputs; count += 1) {
    const args = drawArguments(random, commands).map(toArgument);
    const env = drawEnvironment(random, hosts);
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(new Interrupted("SIGTERM")), patience);
    const { code, stdout, stderr, milliseconds } = await runHere(args, {
      cwd,
      env,
      signal: stop.signal,
    });
    clearTimeout(timer);
    const told = JSON.stringify({ count, args, env, code, stderr });
    seen.set(code ?? -1, (seen.get(code ?? -1) ?? 0) + 1);
    if (!codes.has(code ?? -1) || /^ +at /m.test(stderr)) throw new Error(told);
    if (`${stdout}${stderr}`.includes(secret)) throw new Error(`A secret was told: ${told}`);
    if (code !== 0 && `${stdout}${stderr}` === "") throw new Error(`Nothing was said: ${told}`);
    if (milliseconds > patience + endsWithin) throw new Error(`${milliseconds} ms: ${told}`);
  }
  // Much was tried: what is done, what is wrong, and who is not let in.
  expect([...seen.keys()]).toEqual(expect.arrayContaining([0, 2, 4]));
  expect(rejections.unhandled).toEqual([]);
});
