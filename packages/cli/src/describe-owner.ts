import { hostname } from "node:os";
import process from "node:process";

/** Who holds a lock, for others who wait: host and process. */
export function describeOwner(): string {
  return `${hostname()}, process ${process.pid}`;
}
