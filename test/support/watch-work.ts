import type { PagerDutyClient, PortClient, Store } from "@pagerport/core";

/** What hosts are asked for and objects are worked on, by any number of replicas. */
export interface WorkWatch {
  /** Requests to PagerDuty and to Port. */
  requests: number;
  /** Objects that were read while another reading of theirs was not written yet. */
  readonly overlaps: string[];
  /** Objects that were read without a claim on them. */
  readonly unclaimed: string[];
  /** The same clients, seen. */
  watch<Clients extends { readonly pagerDuty: PagerDutyClient; readonly port: PortClient }>(
    clients: Clients,
  ): Clients;
}

/** Watches how single objects are worked on: each from its reading to the answer to its writing. */
export function createWorkWatch({ sql }: Store): WorkWatch {
  const working = new Set<string>();
  const begin = async (key: string): Promise<void> => {
    if (working.has(key)) work.overlaps.push(key);
    working.add(key);
    const claims = await sql.all(
      `SELECT 1 FROM inbox_key WHERE key = ? AND lease_until > ${sql.now}`,
      [key],
    );
    if (claims.length === 0) work.unclaimed.push(key);
  };
  const work: WorkWatch = {
    requests: 0,
    overlaps: [],
    unclaimed: [],
    watch: (clients) => ({
      ...clients,
      pagerDuty: {
        ...clients.pagerDuty,
        async get(path, ...others) {
          work.requests += 1;
          const [, key] = /^\/((?:incidents|services)\/\w+)$/.exec(path) ?? [];
          if (key !== undefined) await begin(key);
          return clients.pagerDuty.get(path, ...others);
        },
        async ask(...question) {
          work.requests += 1;
          return clients.pagerDuty.ask(...question);
        },
      },
      port: {
        async send(request) {
          work.requests += 1;
          const answer = await clients.port.send(request);
          const entities = request.body?.["entities"];
          for (const entity of Array.isArray(entities) ? entities : []) {
            const id = String(Reflect.get(Object(entity), "identifier"));
            working.delete(`incidents/${id}`);
            working.delete(`services/${id}`);
          }
          return answer;
        },
      },
    }),
  };
  return work;
}

/** Has the database itself write down when each claim on an object begins and ends. */
export async function logClaims({ sql }: Store): Promise<void> {
  if (sql.dialect === "sqlite") {
    await sql.run("CREATE TABLE claim_log (id INTEGER PRIMARY KEY, key TEXT, what TEXT)");
    for (const [what, event, row] of [
      ["begins", "INSERT", "NEW"],
      ["taken", "UPDATE OF token", "NEW"],
      ["ends", "DELETE", "OLD"],
    ]) {
      await sql.run(`CREATE TRIGGER claim_${what} AFTER ${event} ON inbox_key
        BEGIN INSERT INTO claim_log (key, what) VALUES (${row}.key, '${what}'); END`);
    }
    return;
  }
  await sql.run("CREATE TABLE claim_log (id BIGSERIAL PRIMARY KEY, key TEXT, what TEXT)");
  for (const [what, event, row] of [
    ["begins", "INSERT", "NEW"],
    ["taken", "UPDATE OF token", "NEW"],
    ["ends", "DELETE", "OLD"],
  ]) {
    await sql.run(`CREATE FUNCTION claim_${what}() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO claim_log (key, what) VALUES (${row}.key, '${what}'); RETURN NULL; END $$`);
    await sql.run(`CREATE TRIGGER claim_${what} AFTER ${event} ON inbox_key
      FOR EACH ROW EXECUTE FUNCTION claim_${what}()`);
  }
}

/** Claims that were written down, by object, in their order. */
export async function readClaims({ sql }: Store): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await sql.all("SELECT key, what FROM claim_log ORDER BY id");
  const grouped = Map.groupBy(rows, (row) => String(row["key"]));
  return new Map([...grouped].map(([key, own]) => [key, own.map((row) => String(row["what"]))]));
}
