import type { Sql } from "../sql/sql-dialect.ts";
import type { Connections, Query } from "./postgres-connections.ts";
import { codeOf } from "./postgres-errors.ts";

/** Cost, in the planner's units, above which a statement is slow: it reads some ten thousands of records. */
const slowCost = 2000;
/** What looks into a text or JSON, and for how much of the planner's cost: that knows nothing of how long they are. */
const looksInto = /\bstrpos\(|#>/g;
const looksAreWorth = 20;
/** Milliseconds that a statement may take twice in a row before it is slow whatever the planner thinks. */
const slowTime = 100;
/** How long a verdict holds, in milliseconds: tables grow, and statistics are gathered. */
const verdictTime = 5 * 60_000;
/** Statements that are remembered. */
const mostVerdicts = 1000;

/** What is known about a statement. */
interface Verdict {
  slow: boolean;
  /** Times in a row that it took too long. */
  late: number;
  until: number;
}

/**
 * Runs single statements: those that the planner expects to be slow, or that turned out to be, on connections of their own.
 * On a shared connection everything behind them would wait.
 */
export function createScans(connections: Connections): Query {
  const verdicts = new Map<string, Verdict>();
  const asked = new Map<string, Promise<Verdict>>();

  async function ask(sql: Sql): Promise<Verdict> {
    const looks = sql.text.match(looksInto)?.length ?? 0;
    const slow = (await costOf(sql, connections)) * (1 + looks * looksAreWorth) > slowCost;
    if (verdicts.size >= mostVerdicts) verdicts.clear();
    const verdict = { slow, late: 0, until: performance.now() + verdictTime };
    verdicts.set(sql.text, verdict);
    return verdict;
  }

  /** Those who come with the same statement meanwhile wait for one answer. */
  function judge(sql: Sql): Promise<Verdict> {
    const known = asked.get(sql.text);
    if (known !== undefined) return known;
    const asking = ask(sql).finally(() => asked.delete(sql.text));
    asked.set(sql.text, asking);
    return asking;
  }

  return async (sql) => {
    let verdict = verdicts.get(sql.text);
    if (verdict === undefined) verdict = await judge(sql);
    else if (verdict.until < performance.now()) judge(sql).catch(ignore);
    if (verdict.slow) return connections.slow(sql);
    const { text } = sql;
    return connections.shared(sql, (milliseconds) => {
      const last = verdicts.get(text);
      if (last === undefined) return;
      last.late = milliseconds > slowTime ? last.late + 1 : 0;
      last.slow ||= last.late > 1;
    });
  };
}

/** What the planner expects a statement to cost. */
async function costOf({ text, values }: Sql, connections: Connections): Promise<number> {
  try {
    const [[line] = []] = await connections.shared({ text: `EXPLAIN ${text}`, values });
    return Number(/cost=[\d.]+\.\.([\d.]+)/.exec(String(line))?.[1] ?? 0);
  } catch (error) {
    // Whatever is wrong with the statement, it says itself; an outage holds for it as well.
    if (codeOf(error) === "overloaded") throw error;
    return 0;
  }
}

function ignore(): void {}
