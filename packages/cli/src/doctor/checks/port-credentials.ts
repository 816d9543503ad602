import type { Examination } from "../examination.ts";
import { type Check, ok, skipped } from "../finding.ts";
import { whyNot } from "./host.ts";

/** Whether Port knows the credentials, and has the integration. */
export function checkPortCredentials({ port, integration }: Examination): Check {
  return {
    name: "Port credentials",
    run: async (signal) => {
      const reason = await whyNot(port, signal);
      if (port === undefined || reason !== undefined) return reason ?? skipped("");
      const { clientId, integrationIdentifier } = port.settings;
      const found = await integration(signal);
      const there = found === undefined ? "not there yet" : "there";
      return ok(`client ${clientId}; integration ${integrationIdentifier} is ${there}`);
    },
  };
}
