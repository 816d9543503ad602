/**
 * Loaded before `pagerport` into its process: once a file is there that `PAGERPORT_TEST_LEAP` names, its wall
 * clock shows so many milliseconds more as `PAGERPORT_TEST_LEAP_BY` says, as if it had been stopped for so long.
 */
import { existsSync } from "node:fs";

const { PAGERPORT_TEST_LEAP: file = "", PAGERPORT_TEST_LEAP_BY: by = "0" } = process.env;
const RealDate = globalThis.Date;
const now = (): number => RealDate.now() + (existsSync(file) ? Number(by) : 0);

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args) =>
    args.length === 0 ? new target(now()) : Reflect.construct(target, args),
  get: (target, name, receiver) => (name === "now" ? now : Reflect.get(target, name, receiver)),
});
