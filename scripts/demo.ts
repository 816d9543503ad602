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
  2. In Port, copy the client ID and secret ("..." > Credentials).
  3. export PD_TOKEN=<key> PORT_CLIENT_ID=<client ID> PORT_CLIENT_SECRET=<secret>
     (EU or US accounts: also PD_API_URL=https://api.eu.pagerduty.com, PORT_BASE_URL=https://api.us.getport.io)
  4. npx --yes bun@1.4.5 run pagerport doctor
     npx --yes bun@1.4.5 run pagerport import --to port --estimate
     npx --yes bun@1.4.5 run pagerport import --to port
More ways, and what comes after: docs/getting-started.md
`);
}
process.exit(code);
