/** An absolute http(s) URL; a path alone loses its trailing slash. */
export function parseUrl(text: string): string {
  const trimmed = text.trim();
  const url = URL.canParse(trimmed) ? new URL(trimmed) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    throw new RangeError("must be a URL that begins with https:// (or http://)");
  }
  if (url.username !== "" || url.password !== "") {
    throw new RangeError("must not hold a user name or password");
  }
  return url.search === "" && url.hash === "" ? trimmed.replace(/\/+$/, "") : trimmed;
}

/** The address of a PostgreSQL database. What is wrong with it is never shown: it holds a password. */
export function parseDatabaseUrl(text: string): string {
  const trimmed = text.trim();
  const url = URL.canParse(trimmed) ? new URL(trimmed) : undefined;
  if (url === undefined || !["postgres:", "postgresql:"].includes(url.protocol)) {
    throw new RangeError("must be like postgres://user:password@host/name");
  }
  return trimmed;
}

/** Where a server listens. */
export interface ListenAddress {
  /** A name or IP address, an IPv6 one without brackets. */
  readonly host: string;
  /** 0 = any that is free. */
  readonly port: number;
}

/** `8000`, `:8000`, `127.0.0.1:8000` or `[::1]:8000`; without a host, every interface. */
export function parseListen(text: string): ListenAddress {
  const match = /^(?:(?:\[([\da-fA-F:.]+)\]|([\w.-]*)):)?(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new RangeError("must be a port or host:port (0.0.0.0:8000)");
  }
  const host = match[1] ?? match[2] ?? "";
  return { host: host === "" ? "0.0.0.0" : host, port };
}

/** A path with a slash before it and none behind; empty where there is none. */
export function parsePathPrefix(text: string): string {
  const path = text.trim().replace(/^\/+/, "").replace(/\/+$/, "");
  if (path === "") return "";
  if (!/^[\w.~@+-]+(?:\/[\w.~@+-]+)*$/.test(path)) {
    throw new RangeError("must be a path (/pagerport)");
  }
  return `/${path}`;
}
