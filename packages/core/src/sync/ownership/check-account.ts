import { ForeignHostError } from "../../errors.ts";
import { type Account, listTellingKinds, readAccount } from "./read-account.ts";
import {
  fewestKnown,
  isHalfFound,
  type Recognition,
  recogniseAccount,
  type RecogniseAccountOptions,
} from "./recognise-account.ts";

export interface CheckAccountOptions extends Omit<RecogniseAccountOptions, "kinds"> {
  /** What a person says: the name of the account, or its host. */
  readonly expected: string | undefined;
  /** Host that is remembered. */
  readonly remembered: string | undefined;
  /** Names that a person accepts in the place of what is remembered, for once. */
  readonly accepted: readonly string[];
  /**
   * The token takes the place of another while work goes on, so that what was read with both becomes one: what
   * nobody can tell is then another's. @default false
   */
  readonly isChange?: boolean | undefined;
  /** See `Pins`: whatever is known, this is no renamed account. @default false */
  readonly isMoved?: boolean | undefined;
  /** What the user calls the settings. */
  readonly names: AccountSettingNames;
}

export interface AccountSettingNames {
  readonly token: string;
  readonly apiUrl: string;
  readonly expectAccount: string;
  /** What lets an integration go over to another account, to be followed by its name. */
  readonly acceptAccount: string;
}

/** Whose token it is, and what a person should know of that. */
export interface CheckedAccount {
  /** Undefined where no object of PagerDuty's tells it. */
  readonly account: Account | undefined;
  readonly warnings: readonly string[];
}

/**
 * Makes sure that a token is of the account that the integration belongs to: by what a person expects, by
 * what is remembered, or else by whether the objects that are known are there.
 *
 * @throws {ForeignHostError} where it is of another
 * @throws {HttpError} {@link NetworkError} when a host refuses the credentials or cannot be reached
 */
export async function checkAccount(options: CheckAccountOptions): Promise<CheckedAccount> {
  const { client, expected, remembered, accepted, names, mapping, signal } = options;
  const { isChange = false } = options;
  const kinds = listTellingKinds(mapping);
  const { account, listsNothing } = await readAccount(client, kinds, signal);
  const warnings: string[] = [];
  if (expected !== undefined) {
    if (account !== undefined) {
      if (isCalled(account, expected)) return { account, warnings };
      throw new ForeignHostError(
        `${names.token} is of the PagerDuty account ${describeAccount(account)}, and ${names.expectAccount} expects ${expected}. Nothing was written. Look at ${names.token}, ${names.apiUrl} and ${names.expectAccount}.`,
        { setting: names.expectAccount },
      );
    }
    if (isChange) throw cannotTell(options);
    warnings.push(
      `No object that PagerDuty lists tells whose account it is, so that ${names.expectAccount} (${expected}) could not be compared`,
    );
  }
  if (listsNothing) {
    if (isChange) throw cannotTell(options);
    // Nothing comes of such a reading, and what is empty deletes nothing: the run says more.
    if (expected === undefined) {
      warnings.push(
        `PagerDuty gives out nothing to ${names.token} by which one could tell whose account it is`,
      );
    }
    return { account, warnings };
  }
  const isAccepted = account !== undefined && accepted.some((name) => isCalled(account, name));
  if (isAccepted || (account !== undefined && account.host === remembered)) {
    return { account, warnings };
  }

  const isMoved = options.isMoved === true && account !== undefined;
  const recognition = isMoved ? undefined : await recogniseAccount({ ...options, kinds });
  const isRenamed = remembered !== undefined && account !== undefined;
  if (isForeign(recognition, isRenamed)) {
    throw new ForeignHostError(explainForeign(options, account, recognition), {
      setting: names.token,
    });
  }
  const hasFound = recognition !== undefined && recognition.found > 0;
  if (isChange && !hasFound) throw cannotTell(options);
  if (isRenamed) {
    warnings.push(
      `The PagerDuty account ${remembered} is ${account.host} now, by the objects that it has. Addresses of objects that no run reads again stay the old ones: 'pagerport import --to port --fresh' writes them anew`,
    );
  } else if (recognition !== undefined && recognition.sample < fewestKnown) {
    warnings.push(
      `Too few of PagerDuty's objects are known to tell by them whether the account is the same as before: ${names.expectAccount} would make sure`,
    );
  }
  return { account, warnings };
}

/** Where another account is remembered, nobody guesses by next to nothing. */
function isForeign(recognition: Recognition | undefined, isRenamed: boolean): boolean {
  if (recognition === undefined) return isRenamed;
  if (recognition.sample === 0) return isRenamed;
  if (!isRenamed && recognition.sample < fewestKnown) return false;
  return !isHalfFound(recognition);
}

function cannotTell({ names }: CheckAccountOptions): ForeignHostError {
  return new ForeignHostError(
    `${names.token} was replaced while pagerport works, and nothing tells that the new token is of the same PagerDuty account as the one before. Nothing is written with it. If it is, begin anew (restart the server); else put back the token of that account.`,
    { setting: names.token },
  );
}

/** `acme (acme.eu.pagerduty.com)` */
export function describeAccount({ name, host }: Account): string {
  return `${name} (${host})`;
}

/** Whether a person means an account by a name or host. */
export function isCalled({ name, host }: Account, given: string): boolean {
  const wanted = given.trim().toLowerCase();
  return wanted === name || wanted === host;
}

function explainForeign(
  { remembered, integrationIdentifier, names }: CheckAccountOptions,
  account: Account | undefined,
  recognition: Recognition | undefined,
): string {
  const isOf = account === undefined ? "another PagerDuty account" : describeAccount(account);
  const belongs = remembered === undefined ? "is of another" : `belongs to ${remembered}`;
  const knows =
    recognition === undefined || recognition.sample === 0
      ? "nothing that it knows could tell that this is the same"
      : `of ${recognition.sample} ${recognition.kind} that it knows, ${recognition.found} are there`;
  // What tells no name can be called by none.
  const wayOut =
    account === undefined
      ? "No object there tells its name: for an account of its own use another integration identifier."
      : `Where the integration is to go over to that account: ${names.acceptAccount} ${account.name}.`;
  return `${names.token} is of ${isOf}, and integration ${integrationIdentifier} ${belongs}: ${knows}. Nothing was written. Look at ${names.token} and ${names.apiUrl}. ${wayOut}`;
}
