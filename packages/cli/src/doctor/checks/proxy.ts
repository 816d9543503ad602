import type { Examination } from "../examination.ts";
import { type Check, ok, warning } from "../finding.ts";
import { nameRuntime } from "../runtime.ts";

/** Which hosts are asked through a proxy, and whether this runtime takes it at all. */
export function checkProxy({ context, pagerDuty, port }: Examination): Check {
  return {
    name: "proxy",
    run: () => {
      const { env } = context;
      const routes = [
        ["PagerDuty", pagerDuty?.settings.apiUrl],
        ["Port", port?.settings.baseUrl],
      ].flatMap(([host = "", url]) => (url === undefined ? [] : describeRoute(host, url, env)));
      if (routes.length === 0) return Promise.resolve(ok("none is set"));
      const told = routes.join("; ");
      if (nameRuntime() !== "Node" || env["NODE_USE_ENV_PROXY"] === "1") {
        return Promise.resolve(ok(told));
      }
      const advice =
        "Node takes no proxy from the environment by itself: set NODE_USE_ENV_PROXY=1.";
      return Promise.resolve(warning(`${told}: set, but not used`, advice));
    },
  };
}

type Variables = Examination["context"]["env"];

/** What a host is asked through; nothing where no proxy is set. */
function describeRoute(host: string, url: string, env: Variables): string[] {
  const { protocol, hostname } = new URL(url);
  const names = protocol === "https:" ? ["HTTPS_PROXY", "ALL_PROXY"] : ["HTTP_PROXY", "ALL_PROXY"];
  const found = readEither(env, names);
  if (found === undefined) return [];
  const [name, proxy] = found;
  if (isExcepted(hostname, readEither(env, ["NO_PROXY"])?.[1] ?? "")) {
    return [`${host} directly (NO_PROXY)`];
  }
  return [`${host} through ${hidePassword(proxy)} (${name})`];
}

/** Both ways of writing are in use; the small one goes first, as curl has it. */
function readEither(env: Variables, names: readonly string[]): [string, string] | undefined {
  for (const name of names.flatMap((one) => [one.toLowerCase(), one])) {
    const value = env[name];
    if (value !== undefined && value !== "") return [name, value];
  }
  return undefined;
}

function isExcepted(hostname: string, exceptions: string): boolean {
  return exceptions.split(",").some((part) => {
    const name = part
      .trim()
      .replace(/^\*?\./, "")
      .replace(/:\d+$/, "");
    return name === "*" || (name !== "" && (hostname === name || hostname.endsWith(`.${name}`)));
  });
}

function hidePassword(proxy: string): string {
  return proxy.replace(/\/\/.*@/, "//…@");
}
