import {
  checkHosts,
  describeHosts,
  HttpError,
  loadExpectedHosts,
  PagerportError,
} from "@pagerport/core";
import { openPins } from "../../check-hosts.ts";
import type { Examination } from "../examination.ts";
import { type Check, ok, skipped, warning } from "../finding.ts";
import { whyNot } from "./host.ts";

/** Whether the credentials are of the account and the organisation that the integration belongs to. */
export function checkOwnHosts(examination: Examination): Check {
  const { pagerDuty, port, integration, sources, context } = examination;
  return {
    name: "whose they are",
    run: async (signal) => {
      const reason = (await whyNot(pagerDuty, signal)) ?? (await whyNot(port, signal, integration));
      if (pagerDuty === undefined || port === undefined || reason !== undefined) {
        return reason ?? skipped("");
      }
      const { pins, close } = await openPins(sources, context);
      try {
        const checked = await checkHosts({
          pagerDuty: pagerDuty.client,
          port: port.client,
          pins,
          expected: loadExpectedHosts(sources),
          integrationIdentifier: port.settings.integrationIdentifier,
          mapping: await readMapping(examination, signal),
          signal,
        });
        const told = describeHosts(checked) || "neither host tells whose it is";
        return checked.warnings.length === 0
          ? ok(told)
          : warning([told, ...checked.warnings].join("; "));
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
        return skipped("its credentials cannot be used, see above");
      } finally {
        await close();
      }
    },
  };
}

/** That it has mistakes is told by another check. */
async function readMapping({ mapping }: Examination, signal: AbortSignal) {
  try {
    return (await mapping(signal)).mapping;
  } catch (error) {
    if (error instanceof PagerportError) return undefined;
    throw error;
  }
}
