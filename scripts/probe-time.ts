import { runtimes } from "../test/support/runtimes.ts";
import { runCommand } from "./run-command.ts";

const root = `${import.meta.dir}/..`;

/** Milliseconds that a clock may be off: what is asked for is in whole seconds. */
const tolerance = 1500;

/** What `tell-time.ts` prints, twice. */
interface Told {
  readonly runtime: number;
  readonly store: number;
}

/**
 * Asks every runtime, SQLite and PostgreSQL what time it is in an environment.
 *
 * @param now what it should be
 * @returns a line for each, and whose time is another or does not go on
 */
export async function probeTime(
  environment: Readonly<Record<string, string>>,
  now: () => number,
): Promise<{ readonly lines: string[]; readonly problems: string[] }> {
  const lines: string[] = [];
  const problems: string[] = [];
  const ask = async (
    command: readonly string[],
    place: object,
    names: Partial<Record<keyof Told, string>>,
  ) => {
    const before = now();
    const arguments_ = [`${root}/scripts/tell-time.ts`, JSON.stringify(place)];
    const run = (): Promise<string> => runCommand([...command, ...arguments_], root, environment);
    // Under the preload Deno crashes now and then as it ends.
    const text = await run().catch(run);
    const after = now();
    const [first, second] = JSON.parse(text) as [Told, Told];
    for (const [key, name] of Object.entries(names) as [keyof Told, string][]) {
      lines.push(`${new Date(first[key]).toISOString()} ${name}`);
      const isThen = first[key] >= before - tolerance && second[key] <= after + tolerance;
      if (!isThen) problems.push(`${name}: ${new Date(first[key]).toISOString()} is another time`);
      const gone = second[key] - first[key];
      if (gone < 900) problems.push(`${name}: its time goes on by ${gone} ms in a second`);
    }
  };
  for (const [name, command] of Object.entries(runtimes)) {
    await ask(command, {}, { runtime: name, store: `SQLite of ${name}` });
  }
  const server = Bun.spawn(
    [process.execPath, `${root}/packages/core/src/testing/postgres-server.ts`],
    { env: { ...process.env, ...environment }, stdin: "pipe", stdout: "pipe", stderr: "inherit" },
  );
  try {
    const { value } = await server.stdout.getReader().read();
    if (value === undefined) throw new Error("PostgreSQL did not start, see above");
    const databaseUrl = `${new TextDecoder().decode(value).trim()}/postgres`;
    await ask([process.execPath], { databaseUrl }, { store: "PostgreSQL" });
  } finally {
    await server.stdin.end();
    await server.exited;
  }
  return { lines, problems };
}
