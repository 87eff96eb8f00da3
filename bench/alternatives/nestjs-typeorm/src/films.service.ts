import { ConflictException, Injectable, NotFoundException } from "@nestjs/common";
import { InjectRepository } from "@nestjs/typeorm";
import { Brackets, DataSource, type EntityManager, type FindOptionsWhere, Repository } from "typeorm";
import { v7 as uuidv7 } from "uuid";
import { decodeCursor, pageOf } from "../../common/cursor.ts";
import { retryWhenBusy } from "../../common/retry.ts";
import type { Basket, NewFilm, PageQuery } from "./dto.ts";
import { Account, Film, Order, OrderLine } from "./entities.ts";

@Injectable()
export class FilmsService {
  /** The last who writes; see `alone`. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    @InjectRepository(Film) private readonly films: Repository<Film>,
    private readonly dataSource: DataSource,
  ) {}

  private visible(user: string, where: FindOptionsWhere<Film>): FindOptionsWhere<Film>[] {
    return [
      { ...where, status: "published" },
      { ...where, sellerId: user },
    ];
  }

  async findAll(user: string, { category, limit, include, after }: PageQuery) {
    // find() spells an "or" as two conditions with everything in both, for which SQLite sorts the whole category.
    const query = this.films
      .createQueryBuilder("film")
      .where("film.categoryId = :category", { category })
      .andWhere(
        new Brackets((either) =>
          either.where("film.status = :status", { status: "published" }).orWhere("film.sellerId = :user", { user }),
        ),
      )
      .orderBy("film.votes", "DESC")
      .addOrderBy("film.id", "DESC")
      .limit(limit + 1);
    if (include === "director") query.leftJoinAndSelect("film.director", "director");
    if (after !== undefined) query.andWhere("(film.votes, film.id) < (:votes, :id)", { ...decodeCursor(after) });
    const found = await query.getMany();
    return pageOf(found, limit);
  }

  async findOne(user: string, id: string): Promise<Film> {
    const film = await this.films.findOne({ where: this.visible(user, { id }) });
    if (film === null) throw new NotFoundException();
    return film;
  }

  create(user: string, { director, category, ...fields }: NewFilm): Promise<Film> {
    const now = new Date().toISOString();
    const film = this.films.create({
      ...fields,
      id: uuidv7(),
      directorId: director,
      categoryId: category,
      sellerId: user,
      createdAt: now,
      updatedAt: now,
      version: 1,
    });
    return this.alone(async () => {
      await this.films.insert(film);
      return film;
    });
  }

  checkout(user: string, basket: Basket): Promise<Order> {
    return this.alone(() =>
      retryWhenBusy(() => this.dataSource.transaction("SERIALIZABLE", (manager) => this.buy(manager, user, basket))),
    );
  }

  private async buy(manager: EntityManager, user: string, { lines }: Basket): Promise<Order> {
    const updatedAt = new Date().toISOString();
    const stamps = { createdAt: updatedAt, updatedAt, version: 1 };
    const account = await manager.findOneBy(Account, { userId: user });
    if (account === null) throw new ConflictException("You have no account to pay from.");
    const bought: { filmId: string; price: number; quantity: number }[] = [];
    let total = 0;
    for (const { film: id, quantity } of lines) {
      const film = await manager.findOne(Film, { where: this.visible(user, { id }) });
      if (film === null) throw new NotFoundException();
      if (film.stock < quantity) throw new ConflictException(`Only ${film.stock} copies are left.`);
      bought.push({ filmId: id, price: film.price, quantity });
      total += film.price * quantity;
    }
    if (account.balance < total) throw new ConflictException("You have not enough money.");
    for (const { filmId, quantity } of bought)
      await manager.update(Film, filmId, {
        stock: () => `stock - ${quantity}`,
        version: () => "version + 1",
        updatedAt,
      });
    await manager.update(Account, account.id, {
      balance: () => `balance - ${total}`,
      orders: () => "orders + 1",
      version: () => "version + 1",
      updatedAt,
    });
    const order = manager.create(Order, { id: uuidv7(), customerId: user, status: "placed", total, ...stamps });
    await manager.insert(Order, order);
    await manager.insert(
      OrderLine,
      bought.map((line) => ({ id: uuidv7(), orderId: order.id, ...line, ...stamps })),
    );
    return order;
  }

  /**
   * One after another: TypeORM has one connection to a SQLite file, and what others write while a transaction waits for its next
   * turn would become part of it.
   */
  private alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work);
    this.last = done.catch(() => {});
    return done;
  }
}
