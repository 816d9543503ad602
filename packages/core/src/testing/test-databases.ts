import { openStore, type OpenStoreOptions, type Store } from "../store/open-store.ts";
import { TemporaryFolder } from "./temporary-folder.ts";
import { createPostgresDatabase } from "./test-postgres.ts";

/** An empty database of one test, which may be opened several times, as replicas do. */
export interface TestDatabase extends AsyncDisposable {
  /** What opens it, also in another process. */
  readonly place: { readonly stateDir: string } | { readonly databaseUrl: string };
  /** Opens the store in it; closed with the database. */
  open(options?: OpenStoreOptions): Promise<Store>;
}

/** Every sort of database that a store may be in, each real, with what makes one. */
export const databaseSorts: readonly (readonly [string, () => Promise<TestDatabase>])[] = [
  ["SQLite", createSqlite],
  ["PostgreSQL", createPostgres],
];

async function createSqlite(): Promise<TestDatabase> {
  const folder = new TemporaryFolder();
  return createDatabase({ stateDir: folder.path }, () => folder[Symbol.dispose]());
}

async function createPostgres(): Promise<TestDatabase> {
  return createDatabase({ databaseUrl: await createPostgresDatabase() }, () => undefined);
}

function createDatabase(place: TestDatabase["place"], remove: () => void): TestDatabase {
  const stores: Store[] = [];
  return {
    place,
    async open(options = {}) {
      const store = await openStore({ ...options, ...place });
      stores.push(store);
      return store;
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store[Symbol.asyncDispose]();
      remove();
    },
  };
}
