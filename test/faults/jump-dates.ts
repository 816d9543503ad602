/**
 * Loaded before `pagerport` into its process: its clock is put forward and back while it runs, as by whoever
 * sets a machine's time. `STORM_JUMPS` tells when and where: `[[milliseconds since the start, shift], …]`.
 */
const jumps = JSON.parse(process.env["STORM_JUMPS"] ?? "[]") as [number, number][];
const RealDate = globalThis.Date;
const realNow = RealDate.now.bind(RealDate);

function now(): number {
  const jump = jumps.findLast(([after]) => performance.now() >= after);
  return realNow() + (jump?.[1] ?? 0);
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args) =>
    args.length === 0 ? new target(now()) : Reflect.construct(target, args),
  get: (target, name, receiver) => (name === "now" ? now : Reflect.get(target, name, receiver)),
});
