/// <reference path="../pb_data/types.d.ts" />
// Checkout as PocketBase's guide to custom routes and transactions writes it.
routerAdd(
  "POST",
  "/api/checkout",
  (e) => {
    const user = e.auth.id;
    const { lines } = e.requestInfo().body;
    let order;
    $app.runInTransaction((tx) => {
      const account = tx.findFirstRecordByData("accounts", "user", user);
      const films = [];
      let total = 0;
      for (const { film: id, quantity } of lines) {
        const film = tx.findRecordById("films", id);
        if (film.getString("status") !== "published" && film.getString("seller") !== user) throw new NotFoundError();
        if (film.getInt("stock") < quantity) throw new BadRequestError("Not enough copies are left.");
        films.push(film);
        total += film.getInt("price") * quantity;
      }
      if (account.getInt("balance") < total) throw new BadRequestError("You have not enough money.");
      films.forEach((film, index) => {
        film.set("stock-", lines[index].quantity);
        film.set("version+", 1);
        tx.save(film);
      });
      account.set("balance-", total);
      account.set("orders+", 1);
      account.set("version+", 1);
      tx.save(account);
      order = new Record(tx.findCollectionByNameOrId("orders"));
      order.load({ customer: user, status: "placed", total, version: 1 });
      tx.save(order);
      films.forEach((film, index) => {
        const line = new Record(tx.findCollectionByNameOrId("orderLines"));
        line.load({
          order: order.id,
          film: film.id,
          price: film.getInt("price"),
          quantity: lines[index].quantity,
          version: 1,
        });
        tx.save(line);
      });
    });
    return e.json(200, order.publicExport());
  },
  $apis.requireAuth(),
);
