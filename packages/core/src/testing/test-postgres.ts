import { Client } from "pg";

/** One server for all tests of a process, started by the first that needs it. */
let server: Promise<string> | undefined;
let databases = 0;

/** Makes an empty database on a real PostgreSQL; its address. It goes when the tests end. */
export async function createPostgresDatabase(): Promise<string> {
  server ??= startServer();
  const address = await server;
  databases += 1;
  const name = `test_${databases}`;
  const client = new Client({ connectionString: `${address}/postgres` });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return `${address}/${name}`;
}

async function startServer(): Promise<string> {
  const script = `${import.meta.dir}/postgres-server.ts`;
  const child = Bun.spawn([process.execPath, script], {
    // It ends when this closes, that is with this process at the latest.
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  child.unref();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  if (value === undefined) throw new Error("PostgreSQL did not start, see above");
  reader.releaseLock();
  return new TextDecoder().decode(value).trim();
}
