/** What runs this. */
export function nameRuntime(): "Bun" | "Deno" | "Node" {
  if (typeof Bun !== "undefined") return "Bun";
  return Reflect.get(globalThis, "Deno") === undefined ? "Node" : "Deno";
}
