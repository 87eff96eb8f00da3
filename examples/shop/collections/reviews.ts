import { collection, everyone, integer, owner, ref, role, text } from "galley";

/** What customers think of a film: one review each, under their own name. */
export const reviews = collection("reviews", {
  fields: {
    film: ref("films", { onDelete: "cascade", inverse: "reviews" }),
    author: ref("users", { onDelete: "cascade", inverse: "reviews" }).default(({ user }) => user?.id ?? null),
    stars: integer({ min: 1, max: 5 }),
    text: text({ max: 5000 }).optional().search(),
  },
  access: {
    read: everyone,
    create: owner("author"),
    update: owner("author").or(role("admin")),
    delete: owner("author").or(role("admin")),
  },
  unique: [["film", "author"]],
  indexes: [["film", "-createdAt"]],
});
