/** Kept of an address whose path is itself a secret: where it goes, not what opens it. */
export function maskPath(url: string): string {
  const parsed = new URL(url);
  return parsed.pathname.length > 1 || parsed.search !== "" ? `${parsed.origin}/…` : parsed.origin;
}

/** A part of an address this long opens something; shorter ones (`hooks`, `v1`) are ordinary words. */
const shortestSecret = 8;

/** The parts of an address that must not be shown where its path is itself a secret, longest first. */
export function secretsOfUrl(url: string): string[] {
  const { pathname, search, searchParams } = new URL(url);
  const parts = [...pathname.split("/"), ...searchParams.values()];
  const whole = [pathname + search, pathname, search].filter((part) => part.length > 1);
  return [...whole, ...parts.filter((part) => part.length >= shortestSecret)];
}

/** Credentials this short open nothing, and are in every other word: hiding them hides the message. */
const shortestCredential = 4;

/** What another side wrote, without the secrets that it repeats: error pages quote the request. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= shortestCredential)
    .reduce((shown, secret) => shown.replaceAll(secret, "…"), text);
}
