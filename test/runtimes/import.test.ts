import { expect, test } from "bun:test";
import { putBlueprints } from "../support/blueprints.ts";
import { createFolder, identifiersOf, readOutput } from "../support/run-import.ts";
import { portEnvironment, runCli, sandboxEnvironment, startCli } from "../support/run-cli.ts";
import { bySize, isLong } from "../support/size.ts";
import { endOptions, runtimes } from "../support/runtimes.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const rows = bySize({ short: 250, long: 1500 });

// Node 24 runs what Node 22 does; the server, the store and webhooks run on both in every size.
const tried = Object.entries(runtimes).filter(([name]) => isLong || name !== "Node 24");

for (const [name, runtime] of tried) {
  test(
    `import runs unbuilt on ${name}, through faults and a kill`,
    async () => {
      await using sandbox = await startSandbox({
        incidents: rows,
        faults: { rate: 0.1, kinds: ["500", "408", "reset"] },
        ingest: {
          secret: "s3cret",
          faults: { rate: 0.02, kinds: ["500", "reset"] },
          latency: { minMs: 1, maxMs: 5 },
        },
      });
      using folder = createFolder();
      const options = {
        cwd: folder.path,
        runtime,
        env: { ...sandboxEnvironment(sandbox), PORT_WEBHOOK_SECRET: "s3cret" },
      };
      const child = startCli(["import"], options);
      while (sandbox.ingest.received.distinct < rows / 5) await Bun.sleep(5);
      child.kill("SIGKILL");
      await child.finished;

      const result = await runCli(["import", "--json"], options);
      expect(result.stderr).not.toContain("Warning");
      expect(result.code).toBe(0);
      expect(JSON.parse(result.stdout)).toMatchObject({ complete: true, resumed: true });
      const identifiers = identifiersOf(readOutput(folder.path));
      expect(identifiers).toHaveLength(rows + 40);
      expect(new Set(identifiers).size).toBe(rows + 40);
      expect(sandbox.ingest.received.distinct).toBe(rows + 40);
    },
    endOptions(name),
  );

  test(
    `import --to port runs unbuilt on ${name}, through faults and a kill`,
    async () => {
      await using sandbox = await startSandbox({
        incidents: rows,
        portApi: {
          faults: { rate: 0.1, kinds: ["500", "reset"] },
          latency: { minMs: 1, maxMs: 5 },
        },
      });
      putBlueprints(sandbox);
      using folder = createFolder();
      const options = { cwd: folder.path, runtime, env: portEnvironment(sandbox) };
      const child = startCli(["import", "--to", "port"], options);
      while (sandbox.port.entityCount < rows / 2) await Bun.sleep(5);
      child.kill("SIGKILL");
      await child.finished;

      const result = await runCli(["import", "--to", "port", "--json"], options);
      expect(result.stderr).not.toContain("Warning");
      expect(result.code).toBe(0);
      expect(JSON.parse(result.stdout)).toMatchObject({ complete: true, resumed: true });
      expect(sandbox.port.entities("pagerdutyIncident")).toHaveLength(rows);
      expect(sandbox.port.entities("pagerdutyService")).toHaveLength(40);
    },
    endOptions(name),
  );

  test(
    `import --sandbox runs unbuilt on ${name}`,
    async () => {
      using folder = createFolder();
      const args = ["import", "--sandbox", "--until", "2024-02-01"];
      const result = await runCli(args, { cwd: folder.path, runtime });
      expect(result.stderr).toContain("Delivered 40 services and");
      expect(result.code).toBe(0);
    },
    endOptions(name),
  );

  test(
    `import tells a wrong token, host and flag apart on ${name}`,
    async () => {
      await using sandbox = await startSandbox({ incidents: 10 });
      using folder = createFolder();
      const env = sandboxEnvironment(sandbox);
      const options = { cwd: folder.path, runtime };
      const wrongToken = await runCli(["import"], {
        ...options,
        env: { ...env, PD_TOKEN: "wrong" },
      });
      expect(wrongToken.code).toBe(4);
      const noHost = { ...env, PD_API_URL: "http://127.0.0.1:9" };
      expect((await runCli(["import"], { ...options, env: noHost })).code).toBe(5);
      expect((await runCli(["import", "--wrong"], { ...options, env })).code).toBe(2);
    },
    endOptions(name),
  );
}
