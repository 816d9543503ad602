import type { Sandbox } from "@pagerport/cli/sandbox";
import type { Random } from "../support/sample-objects.ts";
import { drawBelow, drawOne } from "./mutate.ts";

/** What PagerDuty shows, or says, that is not so, for a while. */
export interface Attacker {
  /** How often each attack began. */
  readonly begun: ReadonlyMap<string, number>;
  /** Whether the token was somebody else's for a while: what is gone then waits for a person. */
  readonly hadOtherOwner: boolean;
  /** Before a request to PagerDuty is answered: attacks come and go by these. */
  step(): void;
  /** From now on everything is shown as it is. */
  end(): void;
}

const nothing = {
  emptied: [],
  cutShort: [],
  unlisted: [],
  missing: [],
  hiddenTeams: [],
  hiddenTeamStatus: 404,
  maxLimit: 100,
  tokenOwner: null,
} as const;

/** Requests to PagerDuty while an attack goes on, and until the next: a run makes about 15. */
const longest = 20;
const longestPause = 6;
/** One that goes on while several runs begin and end. */
const severalRuns = 50;
/** One that cannot be told apart from a loss where it is in two runs: it never is. */
const moment = 8;

const lists = ["services", "users", "schedules", "escalation_policies", "oncalls", "incidents"];

interface Victims {
  readonly services: readonly string[];
  readonly users: readonly string[];
  readonly teams: readonly string[];
}

interface Attack {
  readonly name: string;
  /** Nothing that is there answers 404 by id. @default false */
  readonly isOfLists?: boolean;
  /** @default longest */
  readonly requests?: number;
  readonly begin: (sandbox: Sandbox, random: Random, victims: Victims) => void;
}

const attacks: readonly Attack[] = [
  {
    name: "a list empty",
    isOfLists: true,
    begin: (sandbox, random) => sandbox.configure({ emptied: [drawOne(random, lists)] }),
  },
  {
    name: "all lists empty",
    isOfLists: true,
    begin: (sandbox) => sandbox.configure({ emptied: lists }),
  },
  {
    name: "a page short",
    isOfLists: true,
    begin: (sandbox, random) =>
      sandbox.configure({ cutShort: [drawOne(random, lists)], maxLimit: 2 + drawBelow(random, 4) }),
  },
  {
    name: "lists short, and 404 by id for these alone",
    requests: moment,
    begin: (sandbox, random, { services, users }) => {
      // Never those of which a false deletion is told: that and a 404 is all that there is to go by.
      const some = [...services.slice(0, 1 + drawBelow(random, 3)), drawOne(random, users)];
      sandbox.configure({ unlisted: some, missing: some });
    },
  },
  {
    name: "lists short, and 404 by id for all",
    requests: severalRuns,
    begin: (sandbox, random, { services, users }) => {
      const some = [...services, ...users].filter(() => random() < 0.5);
      sandbox.configure({ unlisted: some, missing: ["*"] });
    },
  },
  { name: "404 by id for all", begin: (sandbox) => sandbox.configure({ missing: ["*"] }) },
  {
    name: "a team lost",
    requests: severalRuns,
    begin: (sandbox, random, { teams }) => {
      const hiddenTeamStatus = drawOne(random, [403, 404] as const);
      sandbox.configure({ hiddenTeams: [drawOne(random, teams)], hiddenTeamStatus });
    },
  },
  {
    name: "another one's token, which sees no team",
    begin: (sandbox, random, { teams, users }) =>
      sandbox.configure({ hiddenTeams: teams, tokenOwner: drawOne(random, users) }),
  },
  {
    name: "false deletions",
    isOfLists: true,
    begin: (sandbox, random, victims) => tellFalseDeletions(sandbox, random, victims),
  },
  {
    name: "false deletions, and 404 by id for all",
    begin: (sandbox, random, victims) => {
      sandbox.configure({ missing: ["*"] });
      tellFalseDeletions(sandbox, random, victims);
    },
  },
  {
    name: "false deletions, and a team lost",
    begin: (sandbox, random, victims) => {
      sandbox.configure({ hiddenTeams: [drawOne(random, victims.teams)] });
      tellFalseDeletions(sandbox, random, victims);
    },
  },
];

/** Tells of the later half of the services that they were deleted. */
function tellFalseDeletions(sandbox: Sandbox, random: Random, { services }: Victims): void {
  const there = new Set([...sandbox.pagerduty.allServices()].map(({ id }) => id));
  for (const id of services.slice(Math.ceil(services.length / 2))) {
    if (there.has(id) && random() < 0.7) sandbox.pagerduty.tellFalseDeletion(id);
  }
}

export interface AttackerOptions {
  /**
   * Requests between attacks that let anything answer 404 by id: what is asked for again within a moment, as
   * live events do, must not find itself in the next one.
   */
  readonly apart: number;
}

/** Makes what attacks an account: each attack once, in an order of the seed's, and then again. */
export async function createAttacker(
  sandbox: Sandbox,
  random: Random,
  { apart }: AttackerOptions,
): Promise<Attacker> {
  const list = async (path: string): Promise<string[]> =>
    (await sandbox.pagerduty.list(path)).map(({ id }) => String(id));
  const victims: Victims = {
    services: await list("/services"),
    users: await list("/users"),
    teams: await list("/teams"),
  };
  const begun = new Map<string, number>();
  let left = 1 + drawBelow(random, longestPause);
  let isOn = false;
  let order: Attack[] = [];
  let sinceMissing = apart;
  let current: Attack | undefined;
  const choose = (): Attack => {
    if (order.length === 0) order = shuffle(random, attacks);
    const mayBe = ({ isOfLists = false }: Attack): boolean => isOfLists || sinceMissing >= apart;
    const next = order.findLast(mayBe) ?? drawOne(random, attacks.filter(mayBe));
    order = order.filter((one) => one !== next);
    return next;
  };
  return {
    begun,
    get hadOtherOwner() {
      return begun.has("another one's token, which sees no team");
    },
    step() {
      const isMissing = isOn && current?.isOfLists !== true;
      sinceMissing = isMissing ? 0 : sinceMissing + 1;
      left -= 1;
      if (left > 0) return;
      sandbox.configure(nothing);
      isOn = !isOn;
      if (!isOn) {
        left = 1 + drawBelow(random, longestPause);
        return;
      }
      current = choose();
      const { name, requests = longest, begin } = current;
      left = 4 + drawBelow(random, requests);
      begun.set(name, (begun.get(name) ?? 0) + 1);
      begin(sandbox, random, victims);
    },
    end: () => sandbox.configure(nothing),
  };
}

function shuffle<Value>(random: Random, values: readonly Value[]): Value[] {
  return values
    .map((value) => [random(), value] as const)
    .toSorted(([one], [other]) => one - other)
    .map(([, value]) => value);
}
