import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";

abstract class Recorded {
  @PrimaryColumn("text")
  id: string;

  @Column("text")
  createdAt: string;

  @Column("text")
  updatedAt: string;

  @Column("integer", { default: 1 })
  version: number;
}

@Entity("directors")
export class Director extends Recorded {
  @Column("text")
  name: string;

  @Column("text")
  country: string;

  @Column("integer")
  born: number;
}

@Entity("films")
@Index(["categoryId", "votes", "id"])
export class Film extends Recorded {
  @Column("text")
  title: string;

  @ManyToOne(() => Director)
  @JoinColumn({ name: "director" })
  director?: Director;

  @Column("text", { name: "director" })
  directorId: string;

  @Column("text", { name: "category" })
  categoryId: string;

  @Column("text", { name: "seller" })
  sellerId: string;

  @Column("text")
  status: "draft" | "published";

  @Column("integer")
  year: number;

  @Column("integer")
  minutes: number;

  @Column("real")
  rating: number;

  @Column("integer")
  votes: number;

  @Column("integer")
  price: number;

  @Column("integer")
  stock: number;
}

@Entity("accounts")
export class Account extends Recorded {
  @Column("text", { name: "user", unique: true })
  userId: string;

  @Column("integer")
  balance: number;

  @Column("integer")
  orders: number;
}

@Entity("orders")
export class Order extends Recorded {
  @Column("text", { name: "customer" })
  customerId: string;

  @Column("text")
  status: string;

  @Column("integer")
  total: number;
}

@Entity("orderLines")
export class OrderLine extends Recorded {
  @Column("text", { name: "order" })
  orderId: string;

  @Column("text", { name: "film" })
  filmId: string;

  @Column("integer")
  price: number;

  @Column("integer")
  quantity: number;
}
