/** Name of a table that is there while a database is filled from another. */
export const loadingTable = "_loading";

/** What whoever wants to use a database is told that was filled in part. */
export function unfinishedLoad(): Error {
  return new Error(
    "The database holds only a part of another one: galley move or galley restore was interrupted. Run the same command again, and it goes on; or use another database.",
  );
}
