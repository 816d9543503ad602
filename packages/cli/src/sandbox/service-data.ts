import { kindKey, type Account, type Reference } from "./account-data.ts";
import { shortId } from "./ids.ts";
import { awkwardSuffixes, serviceAreas, serviceRoles } from "./names.ts";
import { hash, pick } from "./random.ts";

/** One service, and the pieces of JSON that every incident of it repeats. */
export interface Service {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly policy: Reference;
  readonly team: Reference | undefined;
  readonly reference: Reference;
  readonly json: {
    readonly reference: string;
    readonly policy: string;
    readonly teams: string;
  };
}

/** One service in so many has an awkward name; one in so many belongs to no team. */
const awkwardOneIn = 9;
const teamlessOneIn = 4;

/** So long after their creation the generated services were changed last. */
const configuredAfterSeconds = 3600;

/** Services are older than the first incident by up to so many days. */
const olderByDays = 400;

/** The services of an account: those the list tells, and those that only incidents still name. */
export class ServiceStore {
  readonly #account: Account;
  readonly #services: Service[] = [];
  readonly #byId = new Map<string, Service>();
  readonly #deleted = new Set<string>();

  /**
   * @param options.listed how many services the list has
   * @param options.deleted how many more there once were: incidents name them, nothing else does
   * @param options.before seconds since 1970 before which all of them were created
   */
  constructor(
    account: Account,
    options: { readonly listed: number; readonly deleted: number; readonly before: number },
  ) {
    this.#account = account;
    for (let index = 0; index < options.listed + options.deleted; index++) {
      const age = (hash(account.key, index, 201) % (olderByDays * 86_400)) + 86_400;
      const service = this.#add(nameOf(account.key, index), options.before - age);
      if (index >= options.listed) this.#deleted.add(service.id);
    }
  }

  /** How many there are and were. */
  get size(): number {
    return this.#services.length;
  }

  /** The service of an index, deleted or not. */
  at(index: number): Service {
    const service = this.#services[index];
    if (service === undefined) throw new RangeError(`Cannot find service ${index} of ${this.size}`);
    return service;
  }

  /** The service of an id, deleted or not. */
  find(id: string): Service | undefined {
    return this.#byId.get(id);
  }

  /** The services that are not deleted, in the order they were created in. */
  listed(): Service[] {
    return this.#services.filter((service) => !this.#deleted.has(service.id));
  }

  /** Whether the service is there (and not deleted). */
  has(id: string): boolean {
    return this.#byId.has(id) && !this.#deleted.has(id);
  }

  /** @param createdAt seconds since 1970 */
  create(name: string | undefined, createdAt: number): Service {
    return this.#add(name ?? nameOf(this.#account.key, this.size), createdAt);
  }

  /**
   * Gives a service another name or team, at that second since 1970. Undefined where there is none of that
   * id.
   *
   * @param changes.team undefined as a value: none
   */
  change(
    id: string,
    changes: { readonly name?: string; readonly team?: Reference | undefined },
    updatedAt: number,
  ): Service | undefined {
    const before = this.#byId.get(id);
    if (before === undefined || !this.has(id)) return undefined;
    const { index, createdAt } = before;
    const { name, team } = { ...before, ...changes };
    const after = { ...this.#make({ index, name, createdAt, team }), updatedAt };
    this.#services[index] = after;
    this.#byId.set(id, after);
    return after;
  }

  /** Makes a deleted service be there again, as nothing in PagerDuty can. False where it is. */
  restore(id: string): boolean {
    return this.#deleted.delete(id);
  }

  /** Deletes a service; its incidents stay. False where there is none of that id. */
  delete(id: string): boolean {
    if (!this.has(id)) return false;
    this.#deleted.add(id);
    return true;
  }

  #add(name: string, createdAt: number): Service {
    const index = this.#services.length;
    const { key, teams } = this.#account;
    const hasTeam = hash(key, index, 203) % teamlessOneIn !== 0;
    const team = hasTeam ? pick(teams, hash(key, index, 204)) : undefined;
    const service = this.#make({ index, name, createdAt, team });
    this.#services.push(service);
    this.#byId.set(service.id, service);
    return service;
  }

  #make(own: Pick<Service, "index" | "name" | "createdAt" | "team">): Service {
    const { key, apiUrl, webUrl, policies } = this.#account;
    const { index, name, createdAt, team } = own;
    const id = shortId(kindKey(key, "service"), index);
    const reference: Reference = {
      id,
      type: "service_reference",
      summary: name,
      self: `${apiUrl}/services/${id}`,
      html_url: `${webUrl}/service-directory/${id}`,
    };
    const policy = pick(policies, hash(key, index, 202));
    return {
      ...own,
      id,
      updatedAt: createdAt + configuredAfterSeconds,
      policy,
      reference,
      json: {
        reference: JSON.stringify(reference),
        policy: JSON.stringify(policy),
        teams: JSON.stringify(team === undefined ? [] : [team]),
      },
    };
  }
}

function nameOf(key: number, index: number): string {
  const areas = serviceAreas.length;
  const shuffled = index * 7 + (hash(key, 0, 205) % areas);
  const area = serviceAreas[shuffled % areas] ?? "";
  const role = serviceRoles[Math.floor(index / areas) % serviceRoles.length] ?? "";
  const round = Math.floor(index / (areas * serviceRoles.length));
  const hashed = hash(key, index, 206);
  const suffix = hashed % awkwardOneIn === 0 ? pick(awkwardSuffixes, hashed >>> 8) : "";
  return `${area} ${role}${round === 0 ? "" : ` ${round + 1}`}${suffix}`;
}
