import { isIP } from "node:net";

/** Whether a host, without brackets, is this machine and cannot be reached from another. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  if (name === "localhost" || name.endsWith(".localhost") || name === "::1") return true;
  return isIP(name) === 4 && name.startsWith("127.");
}

/** Whether a server at that address is reached by whatever addresses its machine has. */
export function isEveryInterface(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === "";
}
