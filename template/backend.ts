import { action, backend, boolean, collection, integer, owner, ref, signedIn, text } from "galley";

/** Lists of things to do. Everybody has their own: whoever makes one owns it, and nobody else finds it. */
export const lists = collection("lists", {
  fields: {
    name: text({ min: 1, max: 100 }),
    owner: ref("users", { onDelete: "cascade" }).default(({ user }) => user?.id ?? null),
  },
  access: { read: owner("owner"), write: owner("owner") },
});

/** What is on a list belongs to the owner of the list. */
export const tasks = collection("tasks", {
  fields: {
    list: ref("lists", { onDelete: "cascade" }),
    title: text({ min: 1, max: 200 }).search(),
    done: boolean().default(false),
  },
  access: { read: owner("list.owner"), write: owner("list.owner") },
});

/** Business logic is an action: one transaction, all or nothing. `db` has the rights of the caller. */
export const finish = action("finish", {
  summary: "Marks everything on a list as done.",
  input: { list: ref("lists") },
  output: { finished: integer() },
  access: signedIn,
  async run({ input, db }) {
    const list = await db(lists).get(input.list);
    const open = await db(tasks).all({ where: { list: list.id, done: false } });
    for (const { id } of open) await db(tasks).update(id, { done: true });
    return { finished: open.length };
  },
});

export default backend({ name: "my-app", collections: [lists, tasks], actions: [finish] });
