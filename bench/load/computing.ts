// A process that only computes, and gives way to others as what a server does beside its requests may: told to end, it says how many
// microseconds of a processor it had.
import { constants, setPriority } from "node:os";

setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
let ended = false;
process.once("message", () => (ended = true));

function compute(): void {
  const until = performance.now() + 20;
  while (performance.now() < until);
  if (!ended) return void setImmediate(compute);
  const { user, system } = process.cpuUsage();
  process.send?.(user + system, () => process.exit());
}

compute();
