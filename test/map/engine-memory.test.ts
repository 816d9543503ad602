import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import {
  createJqEngine,
  createMapper,
  parseMapping,
  readDefaultFile,
  startJqChild,
} from "@pagerport/core";
import { bySize } from "../support/size.ts";
import { createRandom, createSamples } from "../support/sample-objects.ts";

const singles = bySize({ short: 2000, long: 20_000 });
const pages = bySize({ short: 200, long: 2000 });

/**
 * A garbage collector lets these processes swing by 50 MB. Keeping the pages alone, at half a megabyte
 * each, would take 100 MB in the short size and 1 GB in the long one.
 */
const toleratedMegabytes = 80;

/** Milliseconds; the short size takes 8 s where nothing else runs. */
const testLimit = bySize({ short: 60_000, long: 1_800_000 });

test(
  "apply() neither grows nor fails over thousands of evaluations in one jq process",
  async () => {
    const processes: number[] = [];
    const engine = createJqEngine({
      startChild: () => {
        const child = startJqChild();
        processes.push(child.pid ?? 0);
        return child;
      },
    });
    const mapping = await parseMapping(readDefaultFile("mapping.yaml"), { engine });
    const mapper = createMapper(mapping, { engine, native: false });
    const incidents = createSamples("incidents", 100, createRandom(5));
    const resource = mapping.resources.findIndex((one) => one.kind === "incidents");
    let problems = 0;
    const mapSome = async (count: number, objects: typeof incidents): Promise<void> => {
      for (let done = 0; done < count; done += 1) {
        const mapped = await mapper.apply(resource, objects);
        problems += mapped.filter((one) => one.entities.length !== 1).length;
      }
    };
    // A fifth first: by then every buffer has its size.
    await mapSome(singles / 5, incidents.slice(0, 1));
    await mapSome(pages / 5, incidents);
    const before = { child: residentMegabytes(processes[0]), own: ownMegabytes() };
    await mapSome(singles, incidents.slice(0, 1));
    await mapSome(pages, incidents);
    const after = { child: residentMegabytes(processes[0]), own: ownMegabytes() };
    await engine.close();

    expect(problems).toBe(0);
    expect(processes).toHaveLength(1);
    process.stderr.write(
      `${singles} single evaluations and ${pages} pages: jq process ${before.child} -> ${after.child} MB, this one ${before.own} -> ${after.own} MB\n`,
    );
    expect(after.child - before.child).toBeLessThan(toleratedMegabytes);
    expect(after.own - before.own).toBeLessThan(toleratedMegabytes);
  },
  testLimit,
);

function ownMegabytes(): number {
  Bun.gc(true);
  return residentMegabytes(process.pid);
}

/** Of a process; 0 where the system does not tell in the way that Linux does. */
function residentMegabytes(pid: number | undefined): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return 0;
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(file, "utf8"))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}
