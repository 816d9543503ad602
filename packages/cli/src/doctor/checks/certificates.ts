import { readFile } from "node:fs/promises";
import { describeError } from "@pagerport/core";
import type { Examination } from "../examination.ts";
import { type Check, failed, type Finding, ok, warning } from "../finding.ts";
import { nameRuntime } from "../runtime.ts";

/** Which runtime takes certificates from which variable: tried out with Bun 1.4, Node 22 and 24, Deno 2.9. */
const takenBy = {
  NODE_EXTRA_CA_CERTS: ["Bun", "Node"],
  SSL_CERT_FILE: ["Bun"],
  DENO_CERT: ["Deno"],
} as const;

/** Whom this process trusts besides those whom its runtime does. */
export function checkCertificates({ context: { env } }: Examination): Check {
  return {
    name: "certificates",
    run: async () => {
      if (env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
        return warning(
          "NODE_TLS_REJECT_UNAUTHORIZED=0: no certificate is checked, and tokens can be read on the way",
          "Take it away, and give your CA instead: NODE_EXTRA_CA_CERTS=/path/ca.pem",
        );
      }
      const given = Object.entries(takenBy).flatMap(([name, by]) => {
        const path = env[name];
        return path === undefined || path === "" ? [] : [{ name, path, by }];
      });
      const [first] = given;
      if (first === undefined) return ok(`those that ${nameRuntime()} trusts`);
      const findings = await Promise.all(given.map(judgeFile));
      return findings.find(({ state }) => state !== "ok") ?? findings[0] ?? ok("");
    },
  };
}

interface GivenFile {
  readonly name: string;
  readonly path: string;
  readonly by: readonly string[];
}

async function judgeFile({ name, path, by }: GivenFile): Promise<Finding> {
  const runtime = nameRuntime();
  if (!by.includes(runtime)) {
    const right = runtime === "Deno" ? "DENO_CERT" : "NODE_EXTRA_CA_CERTS";
    return warning(`${name} is set, which ${runtime} does not read`, `Use ${right}=${path}`);
  }
  try {
    const text = await readFile(path, "utf8");
    const count = text.split("-----BEGIN CERTIFICATE-----").length - 1;
    if (count === 0) return failed(`${name}: ${path} holds no certificate in PEM`);
    return ok(`${name}: ${count} ${count === 1 ? "certificate" : "certificates"} in ${path}`);
  } catch (error) {
    return failed(`${name} names a file that cannot be read: ${describeError(error)}`);
  }
}
