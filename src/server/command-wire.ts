import type { Command } from "../operations/command.ts";
import type { Principal } from "../schema/principal.ts";
import { isPlainObject } from "../schema/validator.ts";
import type { Shared, SharedOut } from "./shared-values.ts";

/**
 * A command as it crosses to the thread that writes. What one caller's commands have in common, who they are and what their rules
 * came to, is sent once; what most commands don't have is left out; and a list has no names, which are copied like the values.
 */
export type WiredCommand = readonly [
  operation: string,
  input: unknown,
  grant: Grant,
  principal: Shared,
  now: string,
  requestId: string,
  address: string,
  agent: string,
  seldom: Seldom | undefined,
];

type Seldom = Pick<Command, "prepared" | "ifMatch" | "ifNoneMatch" | "idempotency" | "claimed" | "step">;
/** What most commands have of it, and don't send. */
const usual: Seldom = {
  prepared: undefined,
  ifMatch: undefined,
  ifNoneMatch: undefined,
  idempotency: undefined,
  claimed: false,
  step: "run",
};
/** Permissions by name, which are shared; or anything else, as it is. */
type Grant =
  | { readonly shared: readonly (readonly [name: string, permission: Shared])[] }
  | { readonly whole: unknown };

/** Spells a command. Values are put in the order in which they are read: the first may be forgotten when the next one comes. */
export function wireCommand(command: Command, shared: SharedOut): WiredCommand {
  const { operation, input, grant, principal, now, requestId, client } = command;
  const { prepared, ifMatch, ifNoneMatch, idempotency, claimed, step } = command;
  const rest: Seldom = { prepared, ifMatch, ifNoneMatch, idempotency, claimed, step };
  const who = shared.put(principal);
  const granted = wireGrant(grant, shared);
  const seldom = isUsual(rest) ? undefined : rest;
  return [operation, input, granted, who, now, requestId, client.address, client.agent, seldom];
}

function isUsual(rest: Seldom): boolean {
  for (const name in usual) if (rest[name as keyof Seldom] !== usual[name as keyof Seldom]) return false;
  return true;
}

function wireGrant(grant: unknown, shared: SharedOut): Grant {
  if (!isPlainObject(grant)) return { whole: grant };
  const permissions: [string, object][] = [];
  for (const [name, permission] of Object.entries(grant)) {
    if (!isPlainObject(permission)) return { whole: grant };
    permissions.push([name, permission]);
  }
  // Only now: what was put counts as sent.
  return { shared: permissions.map(([name, permission]) => [name, shared.put(permission)]) };
}

/** The command that was spelled. */
export function unwireCommand(wired: WiredCommand, read: (shared: Shared) => unknown): Command {
  const [operation, input, grant, who, now, requestId, address, agent, seldom] = wired;
  const principal = read(who) as Principal;
  const granted =
    "whole" in grant
      ? grant.whole
      : Object.fromEntries(grant.shared.map(([name, permission]) => [name, read(permission)]));
  const client = { address, agent };
  return { operation, input, grant: granted, principal, now, requestId, client, ...(seldom ?? usual) };
}
