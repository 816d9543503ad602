import type { Sql } from "./sql.ts";

/** The purpose of secrets that PagerDuty signs webhooks with; their name is the subscription's id. */
export const webhookPurpose = "webhook";

/** Keeps a secret for a purpose (`webhook`) by name (the subscription's id); on disk when it returns. */
export async function keepSecret(
  sql: Sql,
  purpose: string,
  secret: { readonly name: string; readonly value: string },
): Promise<void> {
  await sql.run(
    `INSERT INTO secret (purpose, name, value, kept_at) VALUES (?, ?, ?, ${sql.now})
    ON CONFLICT (purpose, name) DO UPDATE SET value = excluded.value, kept_at = excluded.kept_at`,
    [purpose, secret.name, secret.value],
  );
}

/** All secrets of a purpose, by name. */
export async function readSecrets(sql: Sql, purpose: string): Promise<Map<string, string>> {
  const rows = await sql.all("SELECT name, value FROM secret WHERE purpose = ? ORDER BY name", [
    purpose,
  ]);
  return new Map(rows.map((row) => [String(row["name"]), String(row["value"])]));
}

/** Forgets a secret. */
export async function forgetSecret(sql: Sql, purpose: string, name: string): Promise<void> {
  await sql.run("DELETE FROM secret WHERE purpose = ? AND name = ?", [purpose, name]);
}
