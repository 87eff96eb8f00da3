import { accessSync, constants } from "node:fs";
import { makeFolder } from "../kit/make-folder.ts";

/**
 * Makes sure that a folder is there and can be written to. A new one is for this user alone: what it will hold is other
 * people's.
 *
 * @throws Error that says what to do
 */
export function checkFolder(folder: string): void {
  try {
    makeFolder(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new Error(
      `The folder ${folder} can't be used for data (${reason}): it must be a folder that this user may write to. Set GALLEY_DATA to another.`,
      { cause: error },
    );
  }
}
