import type {
  AuthService,
  BackstageCredentials,
  PermissionsService,
  UserInfoService,
} from "@backstage/backend-plugin-api";
import { NotAllowedError } from "@backstage/errors";
import { AuthorizeResult, type BasicPermission } from "@backstage/plugin-permission-common";
import { pagerportReadPermission } from "./permissions.ts";
import type { PluginConfig } from "./read-config.ts";

export interface AllowCallerDeps {
  readonly access: PluginConfig["access"];
  readonly auth: Pick<AuthService, "isPrincipal">;
  readonly permissions: PermissionsService;
  readonly userInfo: UserInfoService;
}

/**
 * Makes sure that a caller may. Backstage's permissions decide; where a portal has none, they let everybody
 * do everything, and then whoever is signed in reads, and those do more whom `pagerport.allowActions` names.
 * Services have their tokens from whoever runs the portal, with restrictions that hold either way.
 *
 * @throws {NotAllowedError} naming what would have to be given
 */
export async function allowCaller(
  credentials: BackstageCredentials,
  permission: BasicPermission,
  { access, auth, permissions, userInfo }: AllowCallerDeps,
): Promise<void> {
  const [decision] = await permissions.authorize([{ permission }], { credentials });
  if (decision?.result !== AuthorizeResult.ALLOW) {
    throw new NotAllowedError(`You may not ask for that: permission ${permission.name}`);
  }
  const isDecided = access.hasPermissions || auth.isPrincipal(credentials, "service");
  if (isDecided || permission === pagerportReadPermission) return;
  const { ownershipEntityRefs } = await userInfo.getUserInfo(credentials);
  const isNamed = ownershipEntityRefs.some((ref) => access.allowActions.has(ref.toLowerCase()));
  if (isNamed) return;
  throw new NotAllowedError(
    "You may not ask for that: this portal has no permission framework, and pagerport.allowActions names neither you nor a group of yours",
  );
}

/** What a caller is called in audit records: the entity of a person, the subject of a service. */
export function nameCaller(
  credentials: BackstageCredentials,
  auth: Pick<AuthService, "isPrincipal">,
): string {
  if (auth.isPrincipal(credentials, "user")) return credentials.principal.userEntityRef;
  if (auth.isPrincipal(credentials, "service")) return credentials.principal.subject;
  return "nobody";
}
