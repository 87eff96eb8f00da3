import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { openShop } from "./open-shop.ts";
import { address, type Film, type Order, type OrderLine, type Visitor } from "./shop-client.ts";

test(
  "200 customers who buy the last 50 copies at once place 50 orders, and 150 are refused",
  { timeout: 60_000 },
  async () => {
    const open = await openShop();
    const film = (await open.admin.get<{ data: [Film] }>("/films?title=Metropolis")).data[0];
    expect(film.stock).toBe(50);

    const customers: Visitor[] = [];
    // Passwords are hashed on purpose slowly: twenty at a time keep the queue short.
    for (let index = 0; index < 200; index += 20) {
      const few = Array.from({ length: 20 }, (_, offset) => open.customer(`customer${index + offset}`));
      customers.push(...(await Promise.all(few)));
    }
    /** A machine that is busy with other things as well sheds load: who is told so comes again. */
    const insist = async (customer: Visitor, ...deed: Parameters<Visitor["act"]>): ReturnType<Visitor["act"]> => {
      const answer = await customer.act(...deed);
      if (answer.status !== 503) return answer;
      await sleep(1000);
      return insist(customer, ...deed);
    };
    const filled = await Promise.all(customers.map((customer) => insist(customer, "addToCart", { film: film.id })));
    expect(filled.filter(({ status }) => status !== 200)).toEqual([]);
    const answers = await Promise.all(customers.map((customer) => insist(customer, "checkout", { address })));

    const placed = answers.filter(({ status }) => status === 200).map((answer) => answer.json<Order>());
    expect(placed).toHaveLength(50);
    expect(answers.filter(({ status, code }) => status === 409 && code === "out_of_stock")).toHaveLength(150);
    expect((await open.admin.get<Film>(`/films/${film.id}`)).stock).toBe(0);

    const { data: stored } = await open.admin.get<{ data: (Order & { lines: OrderLine[] })[] }>(
      "/orders?limit=200&include=lines",
    );
    expect(stored.map(({ id }) => id).toSorted()).toEqual(placed.map(({ id }) => id).toSorted());
    expect(new Set(stored.map(({ customer }) => customer)).size).toBe(50);
    for (const order of stored) {
      expect(order.lines).toMatchObject([
        { order: order.id, film: film.id, title: "Metropolis", price: 1000, quantity: 1 },
      ]);
      expect(order).toMatchObject({ items: 1000, total: 1000 + order.shipping });
    }

    // Who was refused still has the film in the cart; who bought doesn't.
    const { data: waiting } = await open.admin.get<{ data: unknown[] }>("/cartLines?limit=200");
    expect(waiting).toHaveLength(150);
    await open.close();
  },
);
