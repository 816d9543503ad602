import { hostname, userInfo } from "node:os";

/** Who has typed a command, as others are told of it: `user@host`. */
export function namePerson(): string {
  return `${nameUser()}@${hostname()}`;
}

/** A container may run as a user that the system has no name for. */
function nameUser(): string {
  try {
    return userInfo().username;
  } catch {
    return "somebody";
  }
}
