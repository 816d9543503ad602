/**
 * A sync whose services carry something that PagerDuty does not know: the tier, from a file of your own. The
 * mapping sees it as `.__tier`.
 *
 *     PD_TOKEN=… PORT_CLIENT_ID=… PORT_CLIENT_SECRET=… \
 *       bun examples/sync-with-own-data.ts mapping.yaml tiers.json
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import * as pagerport from "@pagerport/core";

const [mappingFile = "", tiersFile = ""] = process.argv.slice(2);
const tiers = JSON.parse(readFileSync(tiersFile, "utf8")) as Record<string, string>;
const sources = { environment: process.env };
const mapper = pagerport.createMapper(
  await pagerport.parseMapping(readFileSync(mappingFile, "utf8")),
);
const store = await pagerport.openStore(pagerport.loadStoreSettings(sources, process.cwd()));

const report = await pagerport.resync({
  pagerDuty: pagerport.connectPagerDuty(pagerport.loadPagerDutySettings(sources, 0.5)),
  port: pagerport.connectPort(pagerport.loadPortSettings(sources)),
  ...pagerport.loadPortSettings(sources),
  clock: pagerport.systemClock,
  owner: "sync-with-own-data",
  store,
  mapper,
  createJournal: ({ number }) => pagerport.createJournalFile({ folder: ".", run: number }),
  enrich: (kind, objects) => {
    const withTier = objects.map((one) => ({ ...one, __tier: tiers[String(one["name"])] ?? null }));
    return Promise.resolve(kind === "services" ? withTier : objects);
  },
});
process.stdout.write(`${pagerport.judgeSync(report)}\n`);
await mapper.close();
await store[Symbol.asyncDispose]();
