import { exitCodes } from "../../context.ts";
import { type ExaminedPort, type Examination, statusOf } from "../examination.ts";
import { type Check, failed, ok, skipped, warning } from "../finding.ts";
import { whyNot } from "./host.ts";

/** What does not exist cannot be changed: whoever may is told 404 (or 422), and who may not 403. */
const nobody = "pagerport-doctor-there-is-none";

const writes = [
  ["blueprints", `/blueprints/${nobody}`],
  ["entities", `/blueprints/${nobody}/entities/${nobody}`],
  ["integrations", `/integration/${nobody}`],
] as const;

/** What the credentials may do in Port; nothing is written. */
export function checkPortRights({ port, integration }: Examination): Check {
  return {
    name: "Port rights",
    run: async (signal) => {
      const reason = await whyNot(port, signal, integration);
      if (port === undefined || reason !== undefined) return reason ?? skipped("");
      const reads = await statusOf(() =>
        port.client.send({ method: "GET", path: "/blueprints", signal }),
      );
      if (reads !== undefined) {
        const advice = "Use credentials that may read the catalog.";
        return failed(`may not read blueprints (${reads})`, advice, exitCodes.authentication);
      }
      const refused = await findRefused(port, signal);
      if (refused.length === 0) return ok("may write blueprints, entities and integrations");
      const message = `may read, but not write ${refused.join(", ")}`;
      if (refused.includes("entities")) {
        const advice = "Use credentials of a role that may write, or of an admin.";
        return failed(message, advice, exitCodes.authentication);
      }
      return warning(
        message,
        "'pagerport init' cannot make what is missing: somebody else has to, and PAGERPORT_INITIALIZE_PORT_RESOURCES=false.",
      );
    },
  };
}

async function findRefused({ client }: ExaminedPort, signal: AbortSignal): Promise<string[]> {
  const statuses = await Promise.all(
    writes.map(async ([name, path]) => {
      const change = { method: "PATCH", path, body: {}, signal } as const;
      return [name, await statusOf(() => client.send(change))] as const;
    }),
  );
  return statuses.flatMap(([name, status]) => (status === 403 ? [name] : []));
}
