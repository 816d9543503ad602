/**
 * Every incident that a service has ever had, as CSV on stdout.
 *
 *     PD_TOKEN=… bun examples/incidents-to-csv.ts PSERVICE > incidents.csv
 */
import process from "node:process";
import { connectPagerDuty, listObjects } from "@pagerport/core";

const { PD_TOKEN: token = "", PD_API_URL: apiUrl = "https://api.pagerduty.com" } = process.env;
const [service = ""] = process.argv.slice(2);
const pagerDuty = connectPagerDuty({ token, apiUrl });
const columns = ["incident_number", "created_at", "status", "urgency", "title"];

const print = (cells: (string | number)[]): void => {
  const line = cells.map((cell) => `"${String(cell).replaceAll('"', '""')}"`).join(",");
  process.stdout.write(`${line}\n`);
};

print(columns);
const selector = { apiQueryParams: { date_range: "all", service_ids: [service] } } as const;
for await (const incident of listObjects(pagerDuty, "incidents", { selector })) {
  print(columns.map((column) => incident[column] as string | number));
}
