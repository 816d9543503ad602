import {
  hasStore,
  openStore,
  PagerportError,
  readLayout,
  type Store,
  type StoreLayout,
} from "@pagerport/core";
import type { Examination } from "./examination.ts";

/** What was found in the store, or why nothing could be looked for there. */
export type Looked<Value> =
  | { readonly value: Value; readonly reason?: undefined }
  | { readonly value?: undefined; readonly reason: string };

/** Looks into the store of a server of the same settings, without changing it; makes none. */
export async function withStore<Value>(
  { store: settings }: Pick<Examination, "store">,
  look: (store: Store, layout: StoreLayout) => Promise<Value>,
): Promise<Looked<Value>> {
  if (settings === undefined) return { reason: "the store's settings are missing or wrong" };
  if (!hasStore(settings)) return { reason: "there is no store yet: the first run makes it" };
  const store = await openStore({ ...settings, migrates: false });
  try {
    if (store.warning !== undefined) return { reason: store.warning };
    const layout = await readLayout(store.sql);
    if (layout.made === 0) return { reason: "there is no store yet: the first run makes it" };
    return { value: await look(store, layout) };
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

/** {@link withStore} for what leaves it to another check to tell why the store cannot be used. */
export async function lookIntoStore<Value>(
  examination: Pick<Examination, "store">,
  look: (store: Store) => Promise<Value>,
): Promise<Looked<Value>> {
  try {
    return await withStore(examination, async (store, { made, known }) =>
      made < known ? undefined : { found: await look(store) },
    ).then(({ value, reason }) => {
      if (value !== undefined) return { value: value.found };
      return { reason: reason ?? "its tables are made by the next run" };
    });
  } catch (error) {
    if (error instanceof PagerportError) return { reason: "the store cannot be used, see above" };
    throw error;
  }
}
