import { hash } from "./random.ts";
import { type PageRequest, pageFields, pageRequest } from "./paging.ts";
import { listedOf } from "./visibility.ts";
import type { World } from "./world.ts";

/** One in so many objects has a field that no documentation names, where that is switched on. */
const extraFieldOneIn = 3;

/** A page of a classic list: what `items` has there, written one by one. */
export function pageOf<T>(
  world: World,
  query: URLSearchParams,
  name: string,
  items: readonly T[],
  write: (item: T) => object,
): Response {
  const page = pageRequest(query, world.behaviour.maxLimit);
  const listed = listedOf(world, name, page.limit, items, write);
  const rows = listed
    .slice(page.offset, page.offset + page.limit)
    .map((item, at) => JSON.stringify(withExtraFields(world, write(item), page.offset + at)));
  return listResponse(name, rows, page, listed.length, world);
}

/** A page of a list whose rows are written already. @param total rows of the whole list */
export function listResponse(
  name: string,
  rows: readonly string[],
  page: PageRequest,
  total: number,
  world: World,
): Response {
  const extra = world.behaviour.extraFields ? `,"x_page_hint":${rows.length}` : "";
  return jsonResponse(
    `{"${name}":[${rows.join(",")}],${pageFields(page, rows.length, total)}${extra}}`,
  );
}

/** An answer whose JSON is written already. */
export function jsonResponse(text: string): Response {
  return new Response(text, { headers: { "content-type": "application/json; charset=utf-8" } });
}

/** An object, with fields that no documentation names where that is switched on. */
export function withExtraFields(world: World, object: object, index: number): object {
  if (!world.behaviour.extraFields) return object;
  if (hash(world.account.key, index, 6) % extraFieldOneIn !== 0) return object;
  const level = hash(world.account.key, index, 6) % 10;
  return { ...object, x_added_next_year: { level, labels: ["new"], note: null } };
}
