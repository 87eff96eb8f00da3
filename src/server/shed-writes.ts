import type { Route } from "../kit/exchange.ts";
import type { CommandPort } from "../operations/command.ts";
import type { Operations } from "../operations/operation.ts";
import type { Refusals } from "./refusals.ts";

/**
 * Refuses at the door what would write while too many writes wait. The pipeline would refuse it as well, but only after most of
 * what a request costs, and who is accepted would wait for that: the thread that writes needs the processors too.
 */
export function shedWrites(
  routes: readonly Route[],
  operations: Operations,
  commands: CommandPort,
  refusals: Refusals,
): Route[] {
  return routes.map((route) => {
    const { operation = "", handler } = route;
    const mode = operations.get(operation)?.mode ?? "read";
    if (mode === "read") return route;
    return {
      ...route,
      handler: (exchange, parameters) =>
        commands.admits() ? handler(exchange, parameters) : refusals.answer(exchange.requestId),
    };
  });
}
