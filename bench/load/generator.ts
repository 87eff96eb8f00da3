// The process that asks. It does nothing else, so that it costs far less than what it measures; what it is to do comes as a message.
import { createHistogram } from "./histogram.ts";
import { type LoadConnection, openConnection } from "./connection.ts";
import type { Job, Measured } from "./load.ts";

/** Connections that are opened at the same time: more would overflow the queue of those that the server hasn't accepted. */
const openedAtOnce = 100;

async function run(job: Job): Promise<Measured> {
  const shared = Buffer.allocUnsafe(256 * 1024);
  const histogram = createHistogram();
  const statuses: Record<string, number> = {};
  let sample: string | undefined;
  let measuring = false;
  let ended = false;
  let answers = 0;
  let missed = 0;

  /** Counts one answer that was asked for at a time. */
  function count(since: number, status: number, head: Buffer): void {
    if (!measuring) return;
    if (status === job.expect) {
      answers++;
      histogram.record((performance.now() - since) * 1000);
    } else {
      statuses[status] = (statuses[status] ?? 0) + 1;
      sample ??= head.toString("latin1");
    }
  }

  const idle: (() => void)[] = [];
  const connections: LoadConnection[] = [];

  async function open(index: number): Promise<void> {
    const requests = job.requests[index % job.requests.length]!;
    let turn = Math.floor((index * requests.length) / job.connections);
    let since = 0;
    const ask = (): void => {
      since = performance.now();
      connection.send(requests[turn++ % requests.length]!);
    };
    const connection = await openConnection(
      job.port,
      shared,
      (status, head) => {
        count(since, status, head);
        if (ended) return;
        if (job.rate === undefined) ask();
        else idle.push(ask);
      },
      (reason) => {
        if (ended) return;
        statuses["broken"] = (statuses["broken"] ?? 0) + 1;
        sample ??= reason;
        // Whoever is cut off comes back.
        setTimeout(() => void open(index).catch(() => {}), 10);
      },
    );
    connections.push(connection);
    if (job.rate === undefined) ask();
    else idle.push(ask);
  }

  for (let index = 0; index < job.connections; index += openedAtOnce) {
    await Promise.all(
      Array.from({ length: Math.min(openedAtOnce, job.connections - index) }, (_, offset) => open(index + offset)),
    );
  }
  const pacing = job.rate === undefined ? undefined : pace(job.rate, idle, () => missed++);
  await pause(job.warmUp);
  measuring = true;
  missed = 0;
  const began = performance.now();
  const cpu = process.cpuUsage();
  await pause(job.milliseconds);
  measuring = false;
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  ended = true;
  clearInterval(pacing);
  for (const connection of connections) connection.close();
  return { answers, seconds, statuses, sample, missed, counts: histogram.counts, cpu: user + system };
}

/** Sends at a rate, whether or not answers come: each request on a connection that has none under way. */
function pace(rate: number, idle: (() => void)[], miss: () => void): NodeJS.Timeout {
  const began = performance.now();
  let sent = 0;
  return setInterval(() => {
    const due = ((performance.now() - began) * rate) / 1000;
    for (; sent < due; sent++) (idle.shift() ?? miss)();
  }, 1);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

process.on("message", (job: Job) => {
  run(job).then(
    (measured) => process.send?.(measured),
    (error: unknown) => process.send?.({ failed: String(error) }),
  );
});
process.on("disconnect", () => process.exit());
