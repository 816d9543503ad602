/** Which integration, and what ends the request. */
export interface IntegrationRequest {
  readonly integrationIdentifier: string;
  readonly signal?: AbortSignal | undefined;
}

/** The path of an integration below `/v1`. */
export function pathOf({ integrationIdentifier }: IntegrationRequest): string {
  return `/integration/${encodeURIComponent(integrationIdentifier)}`;
}
