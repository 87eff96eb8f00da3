import cluster from "node:cluster";
import type { AddressInfo } from "node:net";

/** What a server of this benchmark is told by its environment. */
export const environment = {
  database: process.env["DATABASE"] ?? "plain.db",
  secret: process.env["JWT_SECRET"] ?? "",
  port: Number(process.env["PORT"] ?? 0),
  processes: Number(process.env["PROCESSES"] ?? 1),
};

/**
 * Serves with as many processes as there are to be, by node:cluster; one process alone needs no cluster. When all listen, the
 * port is printed.
 *
 * @param serve listens on a port and answers with the one that it got
 */
export async function startProcesses(serve: (port: number) => Promise<number>): Promise<void> {
  if (environment.processes === 1) {
    console.log(`port ${await serve(environment.port)}`);
    return;
  }
  if (!cluster.isPrimary) {
    await serve(environment.port);
    return;
  }
  let listening = 0;
  cluster.on("listening", (_worker, { port }: Pick<AddressInfo, "port">) => {
    if (++listening === environment.processes) console.log(`port ${port}`);
  });
  cluster.on("exit", () => process.exit(1));
  for (let worker = 0; worker < environment.processes; worker++) cluster.fork();
}
