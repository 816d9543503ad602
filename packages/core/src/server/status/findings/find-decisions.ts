import { describeAge, describeMoment } from "../describe-age.ts";
import type { Finding } from "../finding.ts";
import type { StatusKept, StatusReport } from "../status-report.ts";

/** Plans that are told one by one. */
const mostPlans = 5;

/** What a person has stopped, or has to decide. */
export function findDecisions(report: StatusReport): Finding[] {
  return [...findPause(report), ...findPlans(report), ...findKept(report), ...findMapping(report)];
}

function findPause({ pause, at }: StatusReport): Finding[] {
  if (pause === null) return [];
  const { scope, since, until, by, reason } = pause;
  const what = [
    scope === "all" ? "Paused, nothing is written" : "Paused, nothing is deleted",
    `for ${describeAge(since, at)} by ${by}`,
    until === null ? "until somebody resumes" : `until ${describeMoment(until)}`,
  ].join(", ");
  const why = reason === null ? "" : `: ${reason}`;
  return [{ severity: "waits", about: "pause", what: `${what}${why}`, todo: "pagerport resume" }];
}

function findPlans({ plans, at }: StatusReport): Finding[] {
  const findings = plans.slice(0, mostPlans).map((plan): Finding => {
    const { id, blueprint, reason, entities, since, sort } = plan;
    const may = sort === "mapping" ? " by the changed mapping" : "";
    const what = `Plan ${id} waits for ${describeAge(since, at)}: may ${count(entities)} of ${blueprint} be deleted${may}? ${reason}`;
    return { severity: "waits", about: `plan/${id}`, what, todo: `pagerport deletions show ${id}` };
  });
  const more = plans.length - findings.length;
  if (more <= 0) return findings;
  const what = `${count(more)} more ${more === 1 ? "plan waits" : "plans wait"}`;
  return [
    ...findings,
    { severity: "waits", about: "plans", what, todo: "pagerport deletions list" },
  ];
}

/** What to do about what no approval lets go. */
const guardTodo: Readonly<Record<string, string>> = {
  control: "nothing, the next run asks again; if it lasts: pagerport doctor",
  guard: "pagerport sync --dry-run",
  refused: "pagerport sync --dry-run",
};

/** Guard stops, and what is held back and on no plan. */
function findKept({ withheld, plans }: StatusReport): Finding[] {
  const planned = new Set(plans.map(({ blueprint, brake }) => `${blueprint}\n${brake}`));
  return withheld
    .filter(({ blueprint, brake }) => !planned.has(`${blueprint}\n${brake}`))
    .map((kept) => ({
      severity: "waits",
      about: `kept/${kept.blueprint}/${kept.brake}`,
      what: describeKept(kept),
      todo: guardTodo[kept.brake] ?? "pagerport sync --dry-run",
    }));
}

function describeKept({ blueprint, reason, entities, isGuardStop }: StatusKept): string {
  const are = entities === 1 ? "is" : "are";
  const how = isGuardStop ? "not deleted, and no approval helps" : "held back from deletion";
  return `${count(entities)} of ${blueprint} ${are} ${how}: ${reason}`;
}

function findMapping({ mapping, plans, withheld }: StatusReport): Finding[] {
  if (mapping === null) return [];
  if (mapping.deletions === "pending") {
    const what = `The mapping ${mapping.hash} has been through no full resync yet`;
    return [{ severity: "note", about: "mapping", what, todo: "pagerport sync" }];
  }
  const isTold =
    plans.some(({ sort }) => sort === "mapping") ||
    withheld.some(({ brake }) => brake === "reader");
  if (mapping.blocked.length === 0 || isTold) return [];
  const what = `${mapping.blocked.join(", ")} ${mapping.blocked.length === 1 ? "is" : "are"} not written: the mapping names the entities otherwise than before`;
  return [{ severity: "waits", about: "mapping", what, todo: "pagerport sync --dry-run" }];
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
