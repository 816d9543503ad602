import { runCli } from "../support/run-cli.ts";
import { createFolder } from "../support/run-import.ts";
import { type Exchange, recordTraffic } from "./record-traffic.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

/** More than the list of one second gives out in one order (10,000), so that it is read from both ends. */
const crowd = 10_050;
const crowded = Date.UTC(2026, 3, 1, 12);
const end = Date.UTC(2026, 5, 1);

/** Records what the command line asks for when it imports a history, estimates it and imports again. */
export async function driveImport(): Promise<readonly Exchange[]> {
  await using sandbox = await startSandbox({
    services: 120,
    deletedServices: 2,
    extraFields: true,
    now: end,
    shape: [
      { from: Date.UTC(2024, 0), to: crowded, count: 500 },
      { from: crowded, to: crowded + 1000, count: crowd },
      { from: crowded + 1000, to: end, count: 100 },
    ],
  });
  await using recorder = recordTraffic(sandbox.portUrl);
  using folder = createFolder();
  const run = async (...args: readonly string[]): Promise<void> => {
    const { code, stderr } = await runCli(["import", ...args], {
      cwd: folder.path,
      env: {
        PD_TOKEN: sandbox.token,
        PD_API_URL: recorder.url,
        PORT_URL: sandbox.ingestUrl.replace(sandbox.portUrl, recorder.url),
        PAGERPORT_REQUESTS_PER_MINUTE: "0",
      },
    });
    if (code !== 0) throw new Error(`import ${args.join(" ")} ended with ${code}: ${stderr}`);
  };
  await run("--estimate");
  await run("--since", "2026-05-01");
  await run("--fresh", "--no-port");
  return recorder.exchanges;
}
