/** Whose PagerDuty account and which Port organisation an integration belongs to. */
export interface Pins {
  /** Host of the account's web pages, such as `acme.eu.pagerduty.com`. */
  readonly account?: string | undefined;
  /** Id of the organisation in Port. */
  readonly portOrg?: string | undefined;
  /** Another process came to remember this account after this one had found another to be the own. */
  readonly isMoved?: boolean | undefined;
}

/**
 * Where the pins of one integration are remembered: beside its stores and in none of them, where a store's
 * name follows from hosts and credentials. Whoever switches those opens another store, and is to be found out.
 */
export interface PinMemory {
  /** What is remembered; empty where nothing is. */
  read(): Promise<Pins>;
  /** Remembers pins, besides those of the other host that are remembered already. */
  keep(pins: Pins): Promise<void>;
  /** Notes for this process alone what a look has found, before it is good enough to be remembered. */
  readonly note?: ((pins: Pins) => Promise<void>) | undefined;
}

/** Makes a memory out of what reads and writes one text. */
export function createPinMemory(options: {
  /** Undefined where there is none yet. */
  readonly readText: () => Promise<string | undefined>;
  readonly writeText: (text: string) => Promise<void>;
}): PinMemory {
  const read = async (): Promise<Pins> => parsePins(await options.readText());
  return {
    read,
    async keep({ account, portOrg }) {
      const known = await read();
      const all = { account: account ?? known.account, portOrg: portOrg ?? known.portOrg };
      if (all.account === known.account && all.portOrg === known.portOrg) return;
      await options.writeText(JSON.stringify(all));
    },
  };
}

function parsePins(text: string | undefined): Pins {
  if (text === undefined) return {};
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) throw new RangeError("it is not an object");
  const { account, portOrg } = value as Record<string, unknown>;
  return {
    account: typeof account === "string" ? account : undefined,
    portOrg: typeof portOrg === "string" ? portOrg : undefined,
  };
}
