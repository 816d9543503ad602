/**
 * PagerDuty's history into something that is not Port: here a count of incidents by urgency. The import can be
 * stopped and goes on where it was, by the files beside history.json.
 *
 *     PD_TOKEN=… bun examples/custom-sink.ts
 */
import process from "node:process";
import {
  connectPagerDuty,
  importHistory,
  nameImportFiles,
  type PayloadSink,
} from "@pagerport/core";

const { PD_TOKEN: token = "", PD_API_URL: apiUrl = "https://api.pagerduty.com" } = process.env;
const counts: Record<string, number> = {};

const sink: PayloadSink = {
  deliver: ({ kind, line }) => {
    if (kind === "incidents") {
      const { event } = JSON.parse(line) as {
        event: { data: { properties: { urgency: string } } };
      };
      const { urgency } = event.data.properties;
      counts[urgency] = (counts[urgency] ?? 0) + 1;
    }
    return Promise.resolve({ accepted: true });
  },
};

const report = await importHistory({
  pagerDuty: connectPagerDuty({ token, apiUrl }),
  sink,
  files: nameImportFiles("history.json"),
});
if (!report.complete) process.exitCode = 1;
process.stdout.write(`${JSON.stringify(counts)}\n`);
