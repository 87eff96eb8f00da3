import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Contender } from "../check-answers.ts";
import { withContenders } from "../contenders.ts";
import type { Sample } from "../load/load.ts";
import { usageOf } from "../processes.ts";
import { showCount, showSpread, spreadOf, table } from "../report/statistics.ts";
import { rotated } from "../rounds.ts";
import { users } from "../store/plain.ts";
import { bytesOf } from "../works.ts";
import type { Bench, Part } from "./part.ts";

/** Different sign-ins of each client: more than it comes to in one measurement. */
const turns = 64;

interface Result extends Pick<Sample, "rate" | "p50" | "p99"> {
  /** Microseconds of processor time that a sign-in cost the server; undefined where the system doesn't tell. */
  readonly serverCpu: number | undefined;
}

/** How many sign in a second, when nobody does anything else: argon2id bounds it. */
export const signInPart: Part = {
  name: "sign-in",
  title: "Signing in",
  async run(bench) {
    const sides = bench.sides.filter(({ alternative }) => !alternative);
    const hashed: number[] = [];
    const results = new Map(sides.map(({ name }) => [name, [] as Result[]]));
    await withContenders(bench, sides, async (contenders) => {
      for (let round = 0; round <= bench.rounds; round++) {
        // Twice as many as there are processors, so that none of them waits for the next.
        const hashes = await hashesPerSecond(2 * bench.threads, bench.seconds);
        if (round > 0) hashed.push(hashes);
        for (const contender of rotated(contenders, round)) {
          const result = await signInsOf(bench, contender, round);
          if (round === 0) continue;
          results.get(contender.side.name)?.push(result);
          bench.say(
            `${round}/${bench.rounds} ${contender.side.name}: ${showCount(result.rate)} sign-ins/s of ${showCount(hashes)} hashes/s`,
          );
        }
      }
    });
    const rows = sides.map(({ name, title }) => {
      const own = results.get(name) ?? [];
      const cpu = own.flatMap(({ serverCpu }) => serverCpu ?? []);
      return [
        title,
        showSpread(spreadOf(own.map(({ rate }) => rate)), 1),
        `**${showSpread(spreadOf(own.map(({ rate }, round) => rate / (hashed[round] ?? 0))))}**`,
        showSpread(spreadOf(own.map(({ p50 }) => p50)), 0),
        showSpread(spreadOf(own.map(({ p99 }) => p99)), 0),
        cpu.length === 0 ? "" : showSpread(spreadOf(cpu.map((one) => one / 1000)), 1),
      ];
    });
    const head = ["", "sign-ins/s", "of argon2id alone", "p50, ms", "p99, ms", "server CPU, ms each"];
    return `${bench.clients} clients sign in, each as soon as it was answered. A process that does nothing but argon2id (19 MiB, two passes) made ${showSpread(spreadOf(hashed), 1)} a second in the same rounds.\n\n${table(head, rows)}`;
  },
};

async function signInsOf(bench: Bench, { side, running }: Contender, round: number): Promise<Result> {
  const { signIn } = running;
  if (signIn === undefined) throw new Error(`Nobody signs in to ${side.name}.`);
  const requests = Array.from({ length: bench.clients }, (_, client) =>
    Array.from({ length: turns }, (__, turn) => {
      const one = (round * bench.clients + client) * turns + turn;
      return bytesOf(signIn(one % users, one));
    }),
  );
  const before = usageOf(running.pid);
  const [begun, sample] = await bench.load.run({
    port: running.port,
    connections: bench.clients,
    requests,
    expect: 200,
    // Those who have just come wait for one another's hash.
    phases: [{ milliseconds: 1000 }, { milliseconds: bench.seconds * 1000 }],
  });
  const after = usageOf(running.pid);
  if (begun === undefined || sample === undefined) throw new Error("The load generator measured nothing.");
  if (Object.keys(sample.statuses).length > 0)
    throw new Error(
      `${side.name} answers who signs in with ${JSON.stringify(sample.statuses)}: ${sample.sample ?? "nothing"}`,
    );
  const answers = begun.answers + sample.answers + bench.clients;
  return { ...sample, serverCpu: before && after && (after.cpu - before.cpu) / answers };
}

/** What this machine's processors can do, without a server around it. */
async function hashesPerSecond(atOnce: number, seconds: number): Promise<number> {
  const child = fork(fileURLToPath(new URL("../load/hashing.ts", import.meta.url)), { execArgv: [] });
  const told = once(child, "message");
  child.send({ milliseconds: seconds * 1000, atOnce });
  const [hashes] = (await told) as [number];
  return hashes;
}
