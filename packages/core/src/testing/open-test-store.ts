import { openStore, type OpenStoreOptions, type Store } from "../store/open-store.ts";
import { testShift } from "./test-clock.ts";

/** Opens a store, kept nowhere where no place is given, whose clock shows what `testClock` does. */
export function openTestStore({
  shiftClock = () => 0,
  ...options
}: OpenStoreOptions = {}): Promise<Store> {
  return openStore({ ...options, shiftClock: () => testShift + shiftClock() });
}
