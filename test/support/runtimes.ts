const root = `${import.meta.dir}/../..`;

/** The runtimes that core runs on, each with the arguments that come before the file. */
export const runtimes: readonly (readonly [string, readonly string[]])[] = [
  ["bun", [process.execPath]],
  ["deno", [`${root}/node_modules/.bin/deno`, "run", "-A"]],
  ["node 22", [`${root}/node_modules/node-22/bin/node`]],
  ["node 24", [`${root}/node_modules/node-24/bin/node`]],
];
