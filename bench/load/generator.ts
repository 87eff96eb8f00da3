// The process that asks. It does nothing else, so that it costs far less than what it measures; what it is to do comes as a message.
import { createHistogram, type Histogram } from "./histogram.ts";
import { type LoadConnection, openConnection } from "./connection.ts";
import type { Job, Measured, Phase } from "./load.ts";

/** Connections that are opened at the same time: more would overflow the queue of those that the server hasn't accepted. */
const openedAtOnce = 100;

/** One client, who has at most one request under way. */
interface Client {
  readonly index: number;
  connection: LoadConnection | undefined;
  busy: boolean;
  /** Told of its first answer. */
  opened: (() => void) | undefined;
  turn: number;
  since: number;
}

/** What is counted of a phase. */
interface Tally {
  readonly histogram: Histogram;
  readonly statuses: Record<string, number>;
  answers: number;
  missed: number;
  sample: string | undefined;
}

async function run(job: Job): Promise<Measured[]> {
  const shared = Buffer.allocUnsafe(256 * 1024);
  const clients: Client[] = [];
  const free = createQueue<Client>();
  /** How many clients ask again as soon as they are answered; the others ask when it is their turn. */
  let eager = 0;
  let tally = createTally();
  let ended = false;

  function ask(client: Client): void {
    const requests = job.requests[client.index % job.requests.length]!;
    client.busy = true;
    client.since = performance.now();
    client.connection?.send(requests[client.turn++ % requests.length]!);
  }

  function goOn(client: Client): void {
    if (ended) return;
    if (client.index < eager) ask(client);
    else free.push(client);
  }

  function fail(what: string, sample: string): void {
    tally.statuses[what] = (tally.statuses[what] ?? 0) + 1;
    tally.sample ??= sample;
  }

  async function connect(client: Client): Promise<void> {
    client.connection = await openConnection(
      job.port,
      shared,
      (status, head) => {
        if (status === job.expect) {
          tally.answers++;
          tally.histogram.record((performance.now() - client.since) * 1000);
        } else fail(String(status), head.toString("latin1"));
        client.busy = false;
        if (client.opened === undefined) return goOn(client);
        client.opened();
        client.opened = undefined;
      },
      (reason) => {
        client.connection = undefined;
        if (ended) return;
        if (client.busy) fail("broken", reason);
        client.opened?.();
        client.opened = undefined;
        client.busy = false;
        // Whoever is cut off comes back.
        setTimeout(
          () =>
            void connect(client).then(
              () => goOn(client),
              () => fail("refused", reason),
            ),
          10,
        );
      },
    );
  }

  /** A server ends connections on which nothing was ever asked, and ten thousand that come back are a load of their own. */
  async function open(client: Client): Promise<void> {
    await connect(client);
    const answered = new Promise<void>((resolve) => (client.opened = resolve));
    ask(client);
    await answered;
  }

  async function measure(phase: Phase, rate: number | undefined): Promise<Measured> {
    tally = createTally();
    eager = rate === undefined ? (phase.clients ?? job.connections) : 0;
    const began = performance.now();
    const cpu = process.cpuUsage();
    for (const client of clients.slice(0, eager)) if (!client.busy) ask(client);
    const pacing = rate === undefined ? undefined : pace(rate);
    await pause(phase.milliseconds);
    clearInterval(pacing);
    const { histogram, ...counted } = tally;
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (performance.now() - began) / 1000;
    return { ...counted, seconds, counts: histogram.counts, cpu: user + system };
  }

  /** Sends at a rate, whether or not answers come: each request on a connection that has none under way. */
  function pace(rate: number): NodeJS.Timeout {
    const began = performance.now();
    let sent = 0;
    return setInterval(() => {
      const due = ((performance.now() - began) * rate) / 1000;
      for (; sent < due; sent++) {
        let client = free.take();
        // Those who were eager in an earlier phase may have asked since.
        while (client !== undefined && (client.busy || client.connection === undefined)) client = free.take();
        if (client === undefined) tally.missed++;
        else ask(client);
      }
    }, 1);
  }

  for (let index = 0; index < job.connections; index++) {
    const requests = job.requests[index % job.requests.length]!;
    const turn = Math.floor((index * requests.length) / job.connections);
    clients.push({ index, connection: undefined, busy: false, opened: undefined, turn, since: 0 });
  }
  for (let from = 0; from < clients.length; from += openedAtOnce)
    await Promise.all(clients.slice(from, from + openedAtOnce).map(open));
  clients.forEach(goOn);

  const measured: Measured[] = [];
  for (const phase of job.phases) {
    const { rate } = phase;
    const times = typeof rate === "object" ? rateOf(measured[rate.phase]) * rate.times : rate;
    measured.push(await measure(phase, times));
  }
  ended = true;
  for (const { connection } of clients) connection?.close();
  return measured;
}

function rateOf(measured: Measured | undefined): number {
  return measured === undefined ? 0 : measured.answers / measured.seconds;
}

function createTally(): Tally {
  return { histogram: createHistogram(), statuses: {}, answers: 0, missed: 0, sample: undefined };
}

/** First in, first out, whatever its length. */
function createQueue<T>(): { push(one: T): void; take(): T | undefined } {
  let items: T[] = [];
  let head = 0;
  return {
    push: (one) => void items.push(one),
    take() {
      if (head > 10_000) {
        items = items.slice(head);
        head = 0;
      }
      return head < items.length ? items[head++] : undefined;
    },
  };
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
