/** `bun run bench NAME [PART …]`: measures and prints ratios; nothing is asserted. */
type RunBench = (parts: readonly string[]) => Promise<void>;
const benches: Readonly<Record<string, () => Promise<{ runBench: RunBench }>>> = {
  import: () => import("./bench-import.ts"),
  map: () => import("./bench-map.ts"),
  start: () => import("./bench-start.ts"),
  sync: () => import("./bench-sync.ts"),
  webhook: () => import("./bench-webhook.ts"),
};

const [name = "", ...parts] = process.argv.slice(2);
const load = benches[name];
if (load === undefined) {
  process.stderr.write(`usage: bun run bench ${Object.keys(benches).join("|")}\n`);
  process.exit(2);
}
const { runBench } = await load();
await runBench(parts);
