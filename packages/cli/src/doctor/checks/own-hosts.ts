import {
  type CheckedHosts,
  checkHosts,
  describeHosts,
  HttpError,
  loadExpectedHosts,
  type Mapping,
  PagerportError,
  type Sql,
} from "@pagerport/core";
import { openPins } from "../../check-hosts.ts";
import type { Examination } from "../examination.ts";
import { type Check, ok, skipped, warning } from "../finding.ts";
import { lookIntoStore } from "../with-store.ts";
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
      const mapping = await readMapping(examination, signal);
      const { pins, close } = await openPins(sources, context);
      const check = (sql?: Sql): Promise<CheckedHosts> =>
        checkHosts({
          pagerDuty: pagerDuty.client,
          port: port.client,
          pins,
          expected: loadExpectedHosts(sources),
          integrationIdentifier: port.settings.integrationIdentifier,
          sql,
          mapping,
          signal,
        });
      try {
        const checked = await checkWithStore(examination, check);
        const told = describeHosts(checked) || "neither host tells whose it is";
        if (checked.warnings.length === 0) return ok(told);
        return warning([told, ...checked.warnings].join("; "));
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
        return skipped("its credentials cannot be used, see above");
      } finally {
        await close();
      }
    },
  };
}

/** With what the store knows, where it can be used: what is wrong with it is told by another check. */
async function checkWithStore(
  examination: Examination,
  check: (sql?: Sql) => Promise<CheckedHosts>,
): Promise<CheckedHosts> {
  const { value } = await lookIntoStore(examination, ({ sql }) =>
    check(sql).catch((error: unknown) => ({ error })),
  );
  if (value !== undefined && "error" in value) throw value.error;
  return value ?? check();
}

/** That it has mistakes is told by another check. */
async function readMapping(
  { mapping }: Examination,
  signal: AbortSignal,
): Promise<Mapping | undefined> {
  try {
    return (await mapping(signal)).mapping;
  } catch (error) {
    if (error instanceof PagerportError) return undefined;
    throw error;
  }
}
