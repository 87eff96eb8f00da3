import { isDeepStrictEqual } from "node:util";
import { idOf, isPublished, mix, users } from "./store/plain.ts";
import type { RunningSide, Side } from "./sides/side.ts";
import { type Answered, askOnce } from "./sides/start-server.ts";
import { type Subject, subjectOf, type WorkName, works } from "./works.ts";

/** A side that runs. */
export interface Contender {
  readonly side: Side;
  readonly running: RunningSide;
}

/** What differs from one server to the next without being another answer: when, and under which id. */
const own = new Set(["id", "createdAt", "updatedAt", "next"]);

/**
 * Makes sure that all sides answer the same, before anything is measured: the same records, the same refusals.
 *
 * @throws Error that says which side answers what instead
 */
export async function checkAnswers(
  contenders: readonly Contender[],
  films: number,
  names: readonly WorkName[],
): Promise<void> {
  const [reference, ...others] = contenders;
  if (reference === undefined) return;
  for (const { name: work, expect } of works.filter(({ name }) => names.includes(name))) {
    for (let turn = 0; turn < 3; turn++) {
      const subject = subjectOf(work, 64 + turn, 1000 + turn, films);
      const wanted = await answerOf(reference, subject, expect);
      for (const other of others) {
        if (other.side.without?.[work] !== undefined) continue;
        const got = await answerOf(other, subject, expect);
        if (!isDeepStrictEqual(comparable(got, work), comparable(wanted, work)))
          throw new Error(
            `${other.side.name} answers ${work} differently:\n${JSON.stringify(got)}\n${reference.side.name}:\n${JSON.stringify(wanted)}`,
          );
      }
    }
  }
  for (const contender of contenders) await checkRefusals(contender, films);
}

/** A film that nobody but its seller may see, and a caller who says nothing of who they are. */
async function checkRefusals({ side, running }: Contender, films: number): Promise<void> {
  let row = 0;
  while (isPublished(row)) row++;
  const seller = mix(row, 10) % users;
  const draft = (user: number): Subject => ({
    ...subjectOf("read", user, 0, films),
    user,
    films: [idOf("films", row)],
  });
  const ask = async (user: number): Promise<number> => (await askOnce(running.port, running.ask(draft(user)))).status;
  const seen = await ask(seller);
  const hidden = await ask((seller + 1) % users);
  const { headers: _headers, ...bare } = running.ask(subjectOf("read", 1, 0, films));
  const anonymous = (await askOnce(running.port, bare)).status;
  if (seen !== 200 || hidden < 400 || hidden >= 500 || anonymous < 400 || anonymous >= 500)
    throw new Error(
      `${side.name} doesn't keep the rule: a draft is answered ${seen} to its seller, ${hidden} to another user, and a film ${anonymous} to nobody in particular.`,
    );
}

async function answerOf({ side, running }: Contender, subject: Subject, expect: number): Promise<unknown> {
  const answered: Answered = await askOnce(running.port, running.ask(subject));
  if (answered.status !== (running.expect?.[subject.work] ?? expect))
    throw new Error(`${side.name} answers ${subject.work} with ${answered.status}: ${answered.text.slice(0, 1000)}`);
  return running.answer(subject.work, JSON.parse(answered.text));
}

function comparable(answer: unknown, work: WorkName): unknown {
  const created = work === "create" || work === "checkout";
  const { next, ...rest } = answer as Record<string, unknown>;
  if (!created) return { ...rest, hasNext: typeof next === "string" };
  return Object.fromEntries(Object.entries(rest).filter(([key]) => !own.has(key)));
}
