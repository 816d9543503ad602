/** `bun run demo`: the main job with an invented account, and what to do next with a real one. */

process.stderr.write(
  "Importing an invented PagerDuty account: 40 services, 25,000 incidents over three years.\n",
);

// Ctrl-C goes to the import too; what it says then comes last.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));

const main = `${import.meta.dir}/../packages/cli/src/main.ts`;
const child = Bun.spawn([process.execPath, main, "import", "--sandbox", "--fresh"], {
  stdin: "inherit",
  stdout: "inherit",
  stderr: "inherit",
});
const code = await child.exited;

if (code === 0) {
  process.stderr.write(`
Next, with your own account:
  1. In PagerDuty, make a read-only API key (Integrations > API Access Keys).
  2. In Port, make a webhook data source with the History Mapper, and copy its URL.
  3. PD_TOKEN=<key> PORT_URL=<URL> npx --yes bun@1.4.5 run import --fresh
     (EU accounts: also PD_API_URL=https://api.eu.pagerduty.com; see its cost first with --estimate)
More ways, and what comes after: docs/getting-started.md
`);
}
process.exit(code);
