/** The words that invented services, people and incidents are named with. No person or account is meant. */

export const serviceAreas = [
  "Checkout",
  "Ledger",
  "Catalogue",
  "Search",
  "Basket",
  "Login",
  "Profile",
  "Billing",
  "Invoice",
  "Shipping",
  "Inventory",
  "Pricing",
  "Reviews",
  "Media",
  "Email",
  "Push",
  "Reporting",
  "Export",
  "Import",
  "Audit",
  "Consent",
  "Loyalty",
  "Voucher",
  "Refund",
] as const;

export const serviceRoles = [
  "API",
  "Worker",
  "Gateway",
  "Database",
  "Cache",
  "Queue",
  "Frontend",
  "Scheduler",
  "Proxy",
  "Indexer",
  "Stream",
  "Monitor",
] as const;

/** Names that break programs which build JSON or shell commands by pasting text together. */
export const awkwardSuffixes = [
  " (EU)",
  "  two  blanks",
  ' "quoted"',
  " – Zürich",
  " $HOME",
  " \\ back\\slash",
  "\ttab",
  " 決済",
  " & <co>",
] as const;

export const firstNames = [
  "Aino",
  "Bela",
  "Cleo",
  "Dario",
  "Enna",
  "Falk",
  "Gwen",
  "Hanno",
  "Ilse",
  "Jonte",
  "Kaja",
  "Levke",
  "Milo",
  "Noor",
  "Oona",
  "Pelle",
  "Quirin",
  "Runa",
  "Søren",
  "Tilda",
] as const;

export const lastNames = [
  "Abendrot",
  "Birkholm",
  "Castelino",
  "Dunvale",
  "Eschenbrook",
  "Fjordane",
  "Grünwald",
  "Holloway-Pine",
  "Ivarsen",
  "Kestrel",
  "Larkmoor",
  "Mistral",
  "Norrland",
  "Ostwind",
  "Quillfeather",
] as const;

export const incidentTitles = [
  "High error rate on",
  "Latency above target on",
  "Disk almost full on",
  "Health check failing on",
  "Queue backlog growing on",
  "Certificate expires soon on",
  "Memory pressure on",
  "No data received from",
  "Replication lag on",
  "Too many open connections on",
  "Deploy rolled back on",
  "CPU saturated on",
] as const;

/** What an incident's title ends with now and then. */
export const awkwardEndings = [
  ' since "release 7"',
  " — 🔥 prod",
  "\tsee\trunbook",
  " $(date) `id` %s",
  " C:\\temp\\new",
  " für Kund:innen",
  " 障害",
  " it's down & <out>",
  "  (second  attempt) ",
] as const;

export const triggerSummaries = [
  "Triggered through the API.",
  "Triggered through the website.",
  "Triggered by a change event.",
] as const;

/** What the account's plan can do, as `GET /abilities` lists it. */
export const abilities = [
  "teams",
  "read_only_users",
  "sso",
  "advanced_reports",
  "urgencies",
  "manual_alert_grouping",
  "incident_priorities",
] as const;
