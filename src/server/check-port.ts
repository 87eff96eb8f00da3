import { createServer } from "node:net";

/**
 * Makes sure that nobody listens on a port. Threads share a port by asking the kernel for it; asked the same by another
 * server of the same user, the kernel would let it in as well, and give it half of the requests.
 *
 * @throws Error with the code EADDRINUSE, as for a port that isn't shared
 */
export async function checkPort(port: number, host: string): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen({ port, host }, () => probe.close(() => resolve()));
  });
}
