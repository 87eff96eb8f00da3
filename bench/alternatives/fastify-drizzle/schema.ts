import { relations } from "drizzle-orm";
import { index, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";

const stamps = {
  createdAt: text("createdAt").notNull(),
  updatedAt: text("updatedAt").notNull(),
  version: integer("version").notNull().default(1),
};

export const users = sqliteTable("users", {
  id: text("id").primaryKey(),
  email: text("email").notNull().unique(),
  name: text("name").notNull(),
  password: text("password").notNull(),
  ...stamps,
});

export const categories = sqliteTable("categories", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  ...stamps,
});

export const directors = sqliteTable("directors", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  country: text("country").notNull(),
  born: integer("born").notNull(),
  ...stamps,
});

export const films = sqliteTable(
  "films",
  {
    id: text("id").primaryKey(),
    title: text("title").notNull(),
    directorId: text("director")
      .notNull()
      .references(() => directors.id),
    categoryId: text("category")
      .notNull()
      .references(() => categories.id),
    sellerId: text("seller")
      .notNull()
      .references(() => users.id),
    status: text("status", { enum: ["draft", "published"] }).notNull(),
    year: integer("year").notNull(),
    minutes: integer("minutes").notNull(),
    rating: real("rating").notNull(),
    votes: integer("votes").notNull(),
    price: integer("price").notNull(),
    stock: integer("stock").notNull(),
    ...stamps,
  },
  (table) => [index("films_by_category_votes").on(table.categoryId, table.votes, table.id)],
);

export const filmRelations = relations(films, ({ one }) => ({
  director: one(directors, { fields: [films.directorId], references: [directors.id] }),
}));

export const accounts = sqliteTable("accounts", {
  id: text("id").primaryKey(),
  userId: text("user")
    .notNull()
    .unique()
    .references(() => users.id),
  balance: integer("balance").notNull(),
  orders: integer("orders").notNull(),
  ...stamps,
});

export const orders = sqliteTable("orders", {
  id: text("id").primaryKey(),
  customerId: text("customer")
    .notNull()
    .references(() => users.id),
  status: text("status").notNull().default("placed"),
  total: integer("total").notNull(),
  ...stamps,
});

export const orderLines = sqliteTable("orderLines", {
  id: text("id").primaryKey(),
  orderId: text("order")
    .notNull()
    .references(() => orders.id),
  filmId: text("film")
    .notNull()
    .references(() => films.id),
  price: integer("price").notNull(),
  quantity: integer("quantity").notNull(),
  ...stamps,
});
