/** Where webhooks come in; the second is Ocean's path. */
export const webhookPaths: readonly string[] = ["/webhook", "/integration/webhook"];

/**
 * The addresses of a server at which webhooks come in, our own first.
 *
 * @param server.baseUrl public address, without a slash at the end
 * @param server.pathPrefix with a slash before it and none behind; empty where there is none
 */
export function listWebhookUrls(server: {
  readonly baseUrl: string;
  readonly pathPrefix: string;
}): [string, ...string[]] {
  const [own = "", ...others] = webhookPaths.map(
    (path) => `${server.baseUrl}${server.pathPrefix}${path}`,
  );
  return [own, ...others];
}

/** Whether two addresses lead to the same place: parameters and credentials in them do not count. */
export function isSameAddress(one: string, other: string): boolean {
  return findPlace(one) === findPlace(other);
}

function findPlace(address: string): string {
  if (!URL.canParse(address)) return address;
  const { protocol, host, pathname } = new URL(address);
  return `${protocol}//${host}${pathname.replace(/\/+$/, "")}`;
}
