import { Client } from "pg";

/**
 * One server for all tests of a process, started by the first that needs it. The runner ends processes that a
 * test which takes too long has started: whoever needs one then starts another.
 */
let server: Promise<string> | undefined;
let databases = 0;

/** Names the address of a server that all processes of one test run share; `bun run test` sets it. */
const sharedServer = "PAGERPORT_TEST_POSTGRES";

/** Makes an empty database on a real PostgreSQL; its address. It goes when the tests end. */
export async function createPostgresDatabase(): Promise<string> {
  const address = await findServer();
  databases += 1;
  const name = `test_${process.pid}_${databases}`;
  const client = new Client({ connectionString: `${address}/postgres` });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return `${address}/${name}`;
}

async function findServer(): Promise<string> {
  const shared = process.env[sharedServer];
  if (shared !== undefined) return shared;
  const known = server;
  try {
    if (known !== undefined) return await known;
  } catch {
    // It was ended before it was ready.
    if (server === known) server = undefined;
  }
  server ??= startServer();
  return server;
}

function startServer(): Promise<string> {
  const script = `${import.meta.dir}/postgres-server.ts`;
  const child = Bun.spawn([process.execPath, script], {
    // It ends when this closes, that is with this process at the latest.
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
    onExit: () => {
      if (server === started) server = undefined;
    },
  });
  child.unref();
  const started = readAddress(child.stdout);
  return started;
}

async function readAddress(stdout: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stdout.getReader();
  const { value } = await reader.read();
  if (value === undefined) throw new Error("PostgreSQL did not start, see above");
  reader.releaseLock();
  return new TextDecoder().decode(value).trim();
}
