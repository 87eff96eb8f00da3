import { join } from "node:path";

/** The folder of an application's files in what is stored on this machine. */
export function filesFolder(dataFolder: string): string {
  return join(dataFolder, "files");
}
