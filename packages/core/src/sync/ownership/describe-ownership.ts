import type { EntityRef } from "../../store/produced.ts";

/** An entity that was left to the integration that owns it. */
export interface LeftEntity extends EntityRef {
  /** Empty where Port does not list the integration. */
  readonly owner: string;
  /** It was not left before. */
  readonly isNew: boolean;
  /** It had been taken over, and its owner wrote it again. */
  readonly wasTaken: boolean;
  /** `leaveTo` names its owner. */
  readonly isMeant: boolean;
}

/** Identifiers that a sentence names. */
const mostNamed = 3;

/** Says what was left to others: as undone where it is more than before and nobody said that it is meant. */
export function describeLeft(left: readonly LeftEntity[]): {
  readonly unfinished: readonly string[];
  readonly notices: readonly string[];
} {
  const unfinished: string[] = [];
  const notices: string[] = [];
  const groups = Map.groupBy(
    left.filter(({ isMeant }) => !isMeant),
    ({ blueprint, owner }) => JSON.stringify([blueprint, owner]),
  );
  for (const some of groups.values()) {
    const [first] = some;
    if (first === undefined) continue;
    const added = some.filter(({ isNew }) => isNew);
    if (added.length === 0) {
      notices.push(`${count(some)} left to ${describeOwner(first.owner)}, as before`);
      continue;
    }
    const what = `${count(added)} not written: ${describeOwner(first.owner)} owns ${pronoun(added)}${nameSome(added)}`;
    unfinished.push(`${what}. ${explain(first, added)}`);
  }
  return { unfinished, notices };
}

/** Says which entities had been made by no integration, and are written from here on. */
export function describeNobodys(refs: readonly EntityRef[]): string[] {
  return [...Map.groupBy(refs, ({ blueprint }) => blueprint).values()].map(
    (some) =>
      `${count(some)} in Port already, made by no integration but a webhook, a script or a person, and ${some.length === 1 ? "is" : "are"} written like all others${nameSome(some)}`,
  );
}

/** Says which names were to be taken over, and are nobody's. */
export function describeUnknownNames(names: readonly string[]): string[] {
  return names.map(
    (name) =>
      `--take-over ${name} took over nothing: Port lists no integration of that identifier, and nothing that was made is its own. Look at its spelling; pagerport remembers it until leaveTo names it`,
  );
}

function explain({ owner }: LeftEntity, added: readonly LeftEntity[]): string {
  if (owner === "") {
    return "Port lists no integration of these any more: --take-over NAME, with the identifier that it had, writes them from here on";
  }
  if (added.some(({ wasTaken }) => wasTaken)) {
    return `It wrote them again after they were taken over: stop it, then pagerport sync --take-over ${owner}`;
  }
  return `pagerport sync --take-over ${owner} writes them from here on; leaveTo: ${owner} says that they are to stay its own`;
}

/** Names an integration in a sentence. @param owner empty where Port does not list it */
export function describeOwner(owner: string): string {
  return owner === "" ? "an integration that Port does not list" : `integration '${owner}'`;
}

function count(some: readonly EntityRef[]): string {
  const [first] = some;
  const { length } = some;
  return length === 1
    ? `${first?.identifier} of ${first?.blueprint} is`
    : `${length} of ${first?.blueprint} are`;
}

function pronoun({ length }: readonly EntityRef[]): string {
  return length === 1 ? "it" : "them";
}

function nameSome(some: readonly EntityRef[]): string {
  if (some.length < 2) return "";
  const names = some.slice(0, mostNamed).map(({ identifier }) => identifier);
  return ` (${names.join(", ")}${some.length > mostNamed ? " …" : ""})`;
}
