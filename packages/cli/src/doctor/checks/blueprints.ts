import { describeInitProblems, type InitPlan, isBlocked, planInit } from "@pagerport/core";
import type { Examination } from "../examination.ts";
import { type Check, failed, type Finding, ok, skipped, warning } from "../finding.ts";
import { whyNot } from "./host.ts";

/** Whether Port has the blueprints, properties and relations that the mapping writes. */
export function checkBlueprints({ port, mapping, integration }: Examination): Check {
  return {
    name: "blueprints",
    run: async (signal) => {
      const reason = await whyNot(port, signal, integration);
      if (port === undefined || reason !== undefined) return reason ?? skipped("");
      const chosen = await mapping(signal).catch(() => undefined);
      if (chosen?.mapping === undefined)
        return skipped("there is no mapping to compare with, see above");
      const { integrationIdentifier } = port.settings;
      return judge(
        await planInit({
          port: port.client,
          integrationIdentifier,
          mapping: chosen.mapping,
          signal,
        }),
      );
    },
  };
}

function judge(plan: InitPlan): Finding {
  const problems = describeInitProblems({ ...plan, differing: [], unchecked: [] });
  if (isBlocked(plan)) return failed(problems.join("\n"));
  const created = plan.blueprints.filter(({ create }) => create !== undefined);
  const changed = plan.blueprints.filter(({ create }) => create === undefined);
  const missing = [
    ...created.map(({ identifier }) => identifier),
    ...changed.flatMap(({ identifier, properties, relations }) =>
      [...properties.keys(), ...relations.keys()].map((field) => `${identifier}.${field}`),
    ),
  ];
  if (problems.length > 0) return warning(problems.join("\n"));
  if (missing.length === 0) return ok("Port has all that the mapping writes");
  const advice = "'pagerport init' makes them, as does the first 'pagerport sync'.";
  return warning(`Port lacks ${missing.join(", ")}`, advice);
}
