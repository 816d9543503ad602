import type {
  Json,
  JsonObject,
  PagerDutyAnswer,
  PagerDutyClient,
  PortClient,
} from "@pagerport/core";

/** Remembers entities as they are sent to be written, in the order of the requests. */
export function watchWrites(port: PortClient): PortClient & { readonly written: JsonObject[] } {
  const written: JsonObject[] = [];
  return {
    written,
    async send(request) {
      if (request.path.endsWith("/entities/bulk")) {
        const entities: Json | undefined = request.body?.["entities"];
        written.push(...((entities ?? []) as JsonObject[]));
      }
      return port.send(request);
    },
  };
}

/** Lets something happen after the first answer to a path was made, and before it arrives. */
export function delayAnswer(
  pagerDuty: PagerDutyClient,
  delayed: string,
  happens: (answer: PagerDutyAnswer) => Promise<void>,
): PagerDutyClient {
  let hasHappened = false;
  return {
    ...pagerDuty,
    async get(path, query, ...others) {
      const answer = await pagerDuty.get(path, query, ...others);
      const isPage = query.some(([name]) => name === "offset");
      if (path === delayed && isPage && !hasHappened) {
        hasHappened = true;
        await happens(answer);
      }
      return answer;
    },
  };
}
