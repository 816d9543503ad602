import { HttpError } from "../../errors.ts";
import { findEntities } from "../../sink/port/find-entities.ts";
import type { JsonObject } from "../../json.ts";
import { anyIntegration, findForeign } from "../../sink/port/find-foreign.ts";
import { listIntegrationNames } from "../../sink/port/integration.ts";
import { searchEntities } from "../../sink/port/search-entities.ts";
import { nameEntity } from "../../sink/port/port-entity.ts";
import type { PortClient } from "../../sink/port/port-client.ts";
import {
  type ForeignEntity,
  forgetForeign,
  keepForeign,
  type KnownForeign,
  listForeignWritten,
  noteLeft,
  readForeign,
} from "../../store/foreign-entities.ts";
import type { EntityRef } from "../../store/produced.ts";
import type { Sql } from "../../store/sql.ts";
import {
  describeLeft,
  describeNobodys,
  describeUnknownNames,
  type LeftEntity,
} from "./describe-ownership.ts";
import { isTakenBack, judgeForeign, judgeKnown, ours, type Verdict } from "./verdict.ts";
import { keepRules, type KnownRules, type OwnershipRules, readRules } from "./ownership-rules.ts";

export interface OwnershipGateOptions extends OwnershipRules {
  readonly port: PortClient;
  readonly sql: Sql;
  readonly integrationIdentifier: string;
  /** Which of some entities are known to be this integration's without a question: their names. */
  readonly findOurs: (refs: readonly EntityRef[]) => Promise<ReadonlySet<string>>;
  /** Whether nothing is to be remembered. @default false */
  readonly dryRun?: boolean | undefined;
  /** Whether an entity is in the listing of what is owned; undefined where none was read. */
  readonly isListed?: ((ref: EntityRef) => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a gate has to tell. */
interface OwnershipReport {
  /** How many were left to their owners, by blueprint. */
  readonly left: ReadonlyMap<string, number>;
  /** What was not written though it was made: one sentence each. */
  readonly unfinished: readonly string[];
  readonly notices: readonly string[];
}

/** Keeps what is written away from entities that another integration owns. Of one run, or one event. */
export interface OwnershipGate {
  /** Judges entities, by name; asks Port of those alone that are new to us. */
  judge(refs: readonly EntityRef[]): Promise<ReadonlyMap<string, Verdict>>;
  /** Which entities a search for one finds that some integration owns. */
  findSearched(blueprint: string, query: JsonObject): Promise<EntityRef[]>;
  /** Notes what an entity is given, and whether Port had none of its name; undefined = not written. */
  noteWanted(ref: EntityRef, hash: string, isCreated: boolean | undefined): void;
  /** Notes what is related to: Port may make it, and then it is nobody else's. */
  noteTargets(identifiers: Iterable<string>): void;
  report(): Promise<OwnershipReport>;
  /** Remembers all of it. */
  save(): Promise<void>;
}

/** Makes the gate of one run, or of one event. */
export function createOwnershipGate(options: OwnershipGateOptions): OwnershipGate {
  const { port, sql, integrationIdentifier, findOurs, isListed, signal } = options;
  const judged = new Map<string, Verdict>();
  const known = new Map<string, KnownForeign>();
  const left = new Map<string, LeftEntity>();
  const wanted = new Map<string, { ref: EntityRef; owner: string; hashes: Set<string> }>();
  const nobodys = new Map<string, EntityRef>();
  const renewed = new Set<string>();
  const gone: EntityRef[] = [];
  const targets = new Set<string>();
  const searched = new Map<string, Promise<EntityRef[]>>();
  let rules: Promise<KnownRules> | undefined;
  let names: Promise<string[]> | undefined;
  /** Owners that were found, the last one first: it is likely to own the next too. */
  let lastOwners: readonly string[] = [];

  async function listNames(): Promise<readonly string[]> {
    names ??= listIntegrationNames(port, signal).catch((error: unknown) => {
      if (error instanceof HttpError && error.status !== 401) return [];
      throw error;
    });
    const { takeOver, leaveTo } = await readKnownRules();
    const all = new Set([...lastOwners, ...(await names), ...takeOver, ...leaveTo]);
    all.delete(integrationIdentifier);
    return [...all];
  }

  /** Names that are to be taken over now, and that neither Port nor an entity knows. */
  async function findUnknownNames(): Promise<string[]> {
    const { takeOverAgain } = await readKnownRules();
    if (takeOverAgain.size === 0) return [];
    await listNames();
    const listed = (await names) ?? [];
    // A list that Port refuses says nothing.
    if (listed.length === 0) return [];
    const owners = [...judged.values()].map((verdict) => ("owner" in verdict ? verdict.owner : ""));
    const met = new Set([...listed, ...owners]);
    return [...takeOverAgain].filter((name) => !met.has(name));
  }

  function readKnownRules(): Promise<KnownRules> {
    rules ??= readRules(sql, options);
    return rules;
  }

  /** What Port says of entities of one blueprint. */
  async function ask(blueprint: string, identifiers: readonly string[]): Promise<void> {
    if (identifiers.length === 0) return;
    const foreign = await findForeign({
      port,
      integrationIdentifier,
      blueprint,
      identifiers,
      listNames,
      signal,
    });
    const found = [...foreign.values()].flatMap((owner) => owner ?? []);
    lastOwners = [...new Set([...found, ...lastOwners])];
    // What nobody owns is still what it was, as long as it is there.
    const written = identifiers.filter((identifier) => {
      const before = known.get(nameEntity(blueprint, identifier));
      return !foreign.has(identifier) && (before?.written?.length ?? 0) > 0;
    });
    const there = await findThere(blueprint, written);
    const said = await readKnownRules();
    const leftNow: ForeignEntity[] = [];
    for (const identifier of identifiers) {
      const ref = { blueprint, identifier };
      const name = nameEntity(blueprint, identifier);
      const before = known.get(name);
      if (before !== undefined) renewed.add(name);
      if (foreign.has(identifier)) {
        const verdict = judgeForeign(foreign.get(identifier) ?? "", before, said);
        settle(ref, verdict, said);
        const isNoted = before !== undefined && before.written === undefined;
        if (verdict.state === "left" && !isNoted) {
          const { owner } = verdict;
          leftNow.push({ ...ref, owner, written: undefined, wasTaken: isTakenBack(owner, before) });
        }
        continue;
      }
      const isThere = there.has(identifier);
      if (before !== undefined && !isThere) gone.push(ref);
      settle(ref, { state: "open", owner: "", written: (isThere && before?.written) || [] }, said);
    }
    if (options.dryRun !== true) await noteLeft(sql, leftNow);
  }

  function settle(ref: EntityRef, verdict: Verdict, { leaveTo }: KnownRules): void {
    const name = nameEntity(ref.blueprint, ref.identifier);
    judged.set(name, verdict);
    if (verdict.state !== "left" || left.has(name)) return;
    const before = known.get(name);
    const { owner } = verdict;
    const isNew = before === undefined || before.written !== undefined || !before.isTold;
    const wasTaken = isTakenBack(owner, before);
    left.set(name, { ...ref, owner, isNew, wasTaken, isMeant: leaveTo.has(owner) });
  }

  async function searchForOwned(blueprint: string, query: JsonObject): Promise<EntityRef[]> {
    const rule = { property: "$datasource", operator: "contains", value: anyIntegration };
    const search = { blueprint, query: { combinator: "and", rules: [query, rule] }, fields: [] };
    const found: EntityRef[] = [];
    try {
      for await (const page of searchEntities(port, { ...search, signal })) {
        for (const { identifier } of page) found.push({ blueprint, identifier });
      }
    } catch (error) {
      // Who writes it hears of it.
      if (!(error instanceof HttpError) || ![400, 404, 422].includes(error.status)) throw error;
    }
    return found;
  }

  /** Which of some identifiers Port has, whoever owns them; none of a blueprint that it does not have. */
  async function findThere(
    blueprint: string,
    identifiers: readonly string[],
  ): Promise<ReadonlySet<string>> {
    if (identifiers.length === 0) return new Set();
    try {
      const titles = { fields: ["title"], signal };
      return new Set((await findEntities(port, blueprint, identifiers, titles)).keys());
    } catch (error) {
      // Who writes into it hears of it.
      if (error instanceof HttpError && error.status === 404) return new Set();
      throw error;
    }
  }

  /**
   * Which of some entities that nobody owned are not in Port any more: what Port made empty for a relation is in
   * the listing once it was written, and missing from it only because somebody deleted it.
   */
  async function findLost(refs: readonly (readonly [string, EntityRef])[]): Promise<Set<string>> {
    if (isListed === undefined) return new Set();
    const nobodysYet = refs.filter(([name]) => {
      const row = known.get(name);
      return row?.owner === "" && (row.written?.length ?? 0) > 0;
    });
    const lost = new Set(nobodysYet.map(([name]) => name));
    for (const [blueprint, some] of Map.groupBy(nobodysYet, ([, ref]) => ref.blueprint)) {
      const identifiers = some.map(([, { identifier }]) => identifier);
      for (const identifier of await findThere(blueprint, identifiers)) {
        lost.delete(nameEntity(blueprint, identifier));
      }
    }
    return lost;
  }

  /** Judges what is not in the listing. */
  async function judgeUnlisted(refs: ReadonlyMap<string, EntityRef>): Promise<void> {
    const said = await readKnownRules();
    for (const row of await readForeign(sql, [...refs.values()])) {
      known.set(nameEntity(row.blueprint, row.identifier), row);
    }
    const open = new Map<string, EntityRef>();
    const lost = await findLost([...refs]);
    for (const [name, ref] of refs) {
      const verdict = judgeKnown(known.get(name), said, isListed !== undefined);
      if (verdict === undefined || lost.has(name)) open.set(name, ref);
      else settle(ref, verdict, said);
    }
    if (open.size === 0) return;
    const trusted = await findOurs([...open.values()]);
    const asked = [...open].filter(([name]) => !trusted.has(name) || known.has(name));
    const byBlueprint = Map.groupBy(asked, ([, ref]) => ref.blueprint);
    for (const [blueprint, some] of byBlueprint) {
      await ask(
        blueprint,
        some.map(([, { identifier }]) => identifier),
      );
    }
  }

  return {
    async judge(refs) {
      const named = refs.map((ref) => [nameEntity(ref.blueprint, ref.identifier), ref] as const);
      const unlisted = new Map(
        named.filter(([name, ref]) => !judged.has(name) && isListed?.(ref) !== true),
      );
      if (unlisted.size > 0) await judgeUnlisted(unlisted);
      return new Map(named.map(([name]) => [name, judged.get(name) ?? ours]));
    },
    findSearched(blueprint, query) {
      const key = JSON.stringify([blueprint, query]);
      const searching = searched.get(key) ?? searchForOwned(blueprint, query);
      searched.set(key, searching);
      return searching;
    },
    noteWanted(ref, hash, isCreated) {
      const name = nameEntity(ref.blueprint, ref.identifier);
      const verdict = judged.get(name);
      if (verdict?.state !== "open") return;
      // What nobody had is in the listing from here on.
      if (isCreated === true) {
        judged.delete(name);
        if (known.has(name)) gone.push(ref);
        return;
      }
      const { owner } = verdict;
      const { hashes } = wanted.get(name) ?? { hashes: new Set() };
      wanted.set(name, { ref, owner, hashes: hashes.add(hash) });
      if (owner !== "" || known.has(name) || targets.has(ref.identifier)) return;
      if (isCreated === false) nobodys.set(name, ref);
    },
    noteTargets(identifiers) {
      for (const identifier of identifiers) targets.add(identifier);
    },
    async report() {
      const all = [...left.values()];
      const counts = Map.groupBy(all, ({ blueprint }) => blueprint);
      const { unfinished, notices } = describeLeft(all);
      return {
        left: new Map([...counts].map(([blueprint, { length }]) => [blueprint, length])),
        unfinished,
        notices: [
          ...notices,
          ...describeNobodys([...nobodys.values()]),
          ...describeUnknownNames(await findUnknownNames()),
        ],
      };
    },
    async save() {
      if (rules !== undefined) await keepRules(sql, await rules);
      const changed: ForeignEntity[] = [];
      for (const [name, { blueprint, identifier, owner, wasTaken }] of left) {
        const before = known.get(name);
        const isSame =
          before?.isTold === true && before.written === undefined && before.owner === owner;
        if (isSame && !renewed.has(name)) continue;
        changed.push({ blueprint, identifier, owner, written: undefined, wasTaken });
      }
      for (const [name, { ref, owner, hashes }] of wanted) {
        const written = [...hashes].toSorted();
        const before = known.get(name);
        const isSame = before?.owner === owner && before.written?.join() === written.join();
        if (!isSame || renewed.has(name)) changed.push({ ...ref, owner, written });
      }
      const isIdle = changed.length === 0 && gone.length === 0 && isListed === undefined;
      if (isIdle) return;
      const stays = new Set(changed.map((one) => nameEntity(one.blueprint, one.identifier)));
      await sql.transaction(async (inside) => {
        const isStale = (ref: EntityRef): boolean =>
          !stays.has(nameEntity(ref.blueprint, ref.identifier));
        await forgetForeign(inside, gone.filter(isStale));
        await keepForeign(inside, changed);
        if (isListed === undefined) return;
        // What is ours by now: that it is missing one day says that it is gone.
        const mine = (await listForeignWritten(inside)).filter(isListed);
        await forgetForeign(
          inside,
          mine.filter(({ owner }) => owner === ""),
        );
        const taken = mine.filter(({ owner, written }) => owner !== "" && written?.length !== 0);
        await keepForeign(
          inside,
          taken.map(({ blueprint, identifier, owner }) => ({
            blueprint,
            identifier,
            owner,
            written: [],
          })),
        );
      });
    },
  };
}
