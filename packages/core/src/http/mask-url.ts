/** Kept of an address whose path is itself a secret: where it goes, not what opens it. */
export function maskPath(url: string): string {
  const parsed = new URL(url);
  return parsed.pathname.length > 1 || parsed.search !== "" ? `${parsed.origin}/…` : parsed.origin;
}
