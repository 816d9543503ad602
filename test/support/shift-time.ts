/**
 * Loaded before `pagerport` into its process: there it is the time of tests too. `PAGERPORT_TEST_SHIFT` tells
 * how many milliseconds that is from the machine's.
 */
const shift = Number(process.env["PAGERPORT_TEST_SHIFT"]);
const RealDate = globalThis.Date;
const now = (): number => RealDate.now() + shift;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args) =>
    args.length === 0 ? new target(now()) : Reflect.construct(target, args),
  get: (target, name, receiver) => (name === "now" ? now : Reflect.get(target, name, receiver)),
});
