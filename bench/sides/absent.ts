/** What was looked at and is not measured, and why. */
export const absent: readonly string[] = [
  "Parse Server 9: keeps its records in MongoDB or PostgreSQL only, so not on the same engine.",
  "bknd 0.20: its filters by user are not applied when one record is read by its id, so it doesn't give the same answers; it has no transactions for a checkout either.",
  "Directus 12: has to compile or download parts when it is installed, and its newest version named a package that the registry didn't have.",
];
