import { findMapping, MappingError } from "@pagerport/core";
import type { Examination } from "../examination.ts";
import { type Check, failed, ok, skipped, warning } from "../finding.ts";
import { whyNot } from "./host.ts";

/** Mistakes that are told: the others come with 'pagerport validate'. */
const mostTold = 3;

/** Whether the mapping that runs go by can be used. */
export function checkMapping({ mapping, port, integration, sources, context }: Examination): Check {
  return {
    name: "mapping",
    run: async (signal) => {
      if (findMapping(sources, context.cwd) === undefined) {
        const reason = await whyNot(port, signal, integration);
        if (reason !== undefined) return skipped("none is given, and Port's cannot be read");
      }
      try {
        const { name, mapping: chosen } = await mapping(signal);
        if (chosen === undefined) {
          const advice = "Write one in Port's data source, or give one: PAGERPORT_MAPPING_FILE.";
          return warning(`${name} has no resources: nothing is read`, advice);
        }
        return ok(`${name}: ${chosen.resources.length} resources`);
      } catch (error) {
        if (!(error instanceof MappingError)) throw error;
        const lines = error.message.split("\n");
        const more = lines.length > mostTold ? [`… and ${lines.length - mostTold} more`] : [];
        const advice = "'pagerport validate FILE' tells all of them.";
        return failed([...lines.slice(0, mostTold), ...more].join("\n"), advice);
      }
    },
  };
}
