import {
  checkHosts,
  type CheckedHosts,
  createFilePins,
  createHostAdmission,
  createPostgresPins,
  createSessionPins,
  describeError,
  describeHosts,
  type HostAdmission,
  loadExpectedHosts,
  loadStoreSettings,
  openStore,
  type PagerDutyClient,
  type PinMemory,
  type PortClient,
  requireSetting,
  type SettingSources,
} from "@pagerport/core";
import type { Command } from "commander";
import type { CliContext } from "./context.ts";
import type { RunMapping } from "./choose-run-mapping.ts";
import type { OpenedRun } from "./open-run.ts";

/** The flag of commands that write, as commander gives it. */
export interface NewAccountFlag {
  readonly newAccount?: readonly string[];
}

/** Adds `--new-account` to a command. */
export function addNewAccountOption(command: Command): Command {
  return command.option(
    "--new-account <name...>",
    "let the integration go over, for once, to the PagerDuty account or Port organisation of this name",
  );
}

/**
 * Makes sure that both hosts are the integration's own, and tells on stderr whose they are.
 *
 * @throws {ForeignHostError} where one is another's
 */
export async function checkRunHosts(
  { pagerDuty, port, pins, expected, store, integrationIdentifier }: OpenedRun,
  { mapping }: Pick<RunMapping, "mapping">,
  { newAccount }: NewAccountFlag,
  { stderr, signal }: Pick<CliContext, "stderr" | "signal">,
): Promise<CheckedHosts> {
  const checked = await checkHosts({
    pagerDuty,
    port,
    pins,
    expected,
    accepted: newAccount,
    integrationIdentifier,
    sql: store.sql,
    mapping,
    signal,
  });
  tellHosts(checked, stderr);
  return checked;
}

/**
 * Compares whose PagerDuty account it is with what a person expects, for commands that have no integration;
 * nothing is asked where nothing is expected, and the token stays the same.
 *
 * @throws {ForeignHostError} where it is another's
 */
export async function checkExpectedAccount(
  pagerDuty: PagerDutyClient,
  options: {
    readonly expectAccount: string | undefined;
    readonly readToken?: (() => string) | undefined;
    readonly pins?: PinMemory;
  },
  { stderr, signal }: Pick<CliContext, "stderr" | "signal">,
): Promise<void> {
  const { expectAccount: account, readToken, pins = noPins } = options;
  if (account === undefined && readToken === undefined) return;
  const checking = { pagerDuty, pins, expected: { account }, integrationIdentifier: "" };
  tellHosts(await checkHosts({ ...checking, signal }), stderr);
}

/**
 * Does the work of a command that talks to Port alone, once that is found to be the integration's own, and
 * remembers whose it is when that has gone well.
 *
 * @param options.writes false for what only looks: nothing is remembered then
 * @throws {ForeignHostError} where it is another's
 */
export async function withPortHost<Result>(
  port: PortClient,
  options: NewAccountFlag & { readonly sources: SettingSources; readonly writes: boolean },
  context: CliContext,
  work: () => Promise<Result>,
): Promise<Result> {
  const { sources, newAccount, writes } = options;
  const { pins, close } = await openPins(sources, context);
  try {
    const checked = await checkHosts({
      port,
      pins,
      expected: loadExpectedHosts(sources),
      accepted: newAccount,
      integrationIdentifier: requireSetting("integrationIdentifier", sources),
      signal: context.signal,
    });
    tellHosts(checked, context.stderr);
    const result = await work();
    if (writes) await checked.remember();
    return result;
  } finally {
    await close();
  }
}

/** Remembers nothing. */
const noPins: PinMemory = { read: () => Promise.resolve({}), keep: () => Promise.resolve() };

/** Knows for as long as a command runs whose token it began with, where nothing is remembered of it. */
export function createAccountMemory({
  expectAccount: account,
}: {
  readonly expectAccount: string | undefined;
}): Pick<HostAdmission, "admitToken"> & { readonly pins: PinMemory } {
  const pins = createSessionPins(noPins);
  const admission = createHostAdmission({ pins, expected: { account }, integrationIdentifier: "" });
  return { pins, admitToken: admission.admitToken };
}

interface OpenedPins {
  readonly pins: PinMemory;
  readonly close: () => Promise<void>;
}

/** Opens what is remembered of an integration's hosts; makes no store for it. */
export async function openPins(
  sources: SettingSources,
  context: Pick<CliContext, "cwd" | "stderr">,
): Promise<OpenedPins> {
  const integrationIdentifier = requireSetting("integrationIdentifier", sources);
  const { databaseUrl, stateDir } = loadStoreSettings(sources, context.cwd);
  const nothingToClose = { close: () => Promise.resolve() };
  if (databaseUrl === undefined) {
    return { ...nothingToClose, pins: createFilePins({ stateDir, integrationIdentifier }) };
  }
  try {
    // Pins are beside the stores: none is made, or brought to another layout, to read them.
    const database = await openStore({ databaseUrl, migrates: false });
    const pins = createPostgresPins({ sql: database.sql, integrationIdentifier });
    return { pins, close: async () => database[Symbol.asyncDispose]() };
  } catch (error) {
    context.stderr.write(
      `Whose Port organisation it was before could not be looked up: ${describeError(error)}\n`,
    );
    return { ...nothingToClose, pins: noPins };
  }
}

function tellHosts(checked: CheckedHosts, stderr: CliContext["stderr"]): void {
  const line = describeHosts(checked);
  if (line !== "") stderr.write(`${line}.\n`);
  for (const warning of checked.warnings) stderr.write(`${warning}.\n`);
}
