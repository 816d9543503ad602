import { describeAge } from "../describe-age.ts";
import type { Finding } from "../finding.ts";
import type { StatusReport } from "../status-report.ts";

const hour = 3_600_000;
/** Blueprints that one sentence names. */
const mostNamed = 3;

/** What the last check found, and checks that are missing. */
export function findDrift(report: StatusReport): Finding[] {
  const { check, at } = report;
  if (check?.verdict !== "drifted") return findMissing(report);
  const differing = check.blueprints.filter(
    ({ changed, missing, extra }) => changed + missing + extra > 0,
  );
  const named = differing.slice(0, mostNamed).map(({ blueprint, changed, missing, extra }) => {
    const counts = [
      [changed, "changed"],
      [missing, "missing"],
      [extra, "extra"],
    ] as const;
    const told = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
    return `${blueprint} ${told.join(", ")}`;
  });
  const more = differing.length - named.length;
  const rest = more > 0 ? `; and ${more} more blueprints` : "";
  const what = `The check ${describeAge(check.at, at)} ago found that Port differs from PagerDuty: ${named.join("; ")}${rest}`;
  return [
    { severity: "wrong", about: "check", what, todo: "pagerport verify, then pagerport sync" },
  ];
}

function findMissing({ check, server, at }: StatusReport): Finding[] {
  if (check === null || server === null || server.verifyHours === 0) return [];
  if (Date.parse(at) - Date.parse(check.at) <= 2 * server.verifyHours * hour) return [];
  const what = `The catalog was last checked ${describeAge(check.at, at)} ago, every ${server.verifyHours} h is wanted`;
  return [{ severity: "note", about: "check", what, todo: "pagerport verify" }];
}
