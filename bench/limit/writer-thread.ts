// The one thread that writes: whatever has gathered is one transaction, committed once, and answered after that.
import { DatabaseSync } from "node:sqlite";
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { uuidv7 } from "../../src/kit/uuid.ts";
import type { Bought, Write, Written } from "./messages.ts";

const { file, ports } = workerData as { readonly file: string; readonly ports: readonly MessagePort[] };
const database = new DatabaseSync(file, { timeout: 5000, enableForeignKeyConstraints: true });
// Checkpoints write each changed page once: ten times as much WAL as by default is half as much to write.
database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 10000");
database.exec("PRAGMA mmap_size = 4294967296; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY");

const begin = database.prepare("BEGIN IMMEDIATE");
const commit = database.prepare("COMMIT");
const insertFilm = database.prepare("INSERT INTO films VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)");
const insertSession = database.prepare("INSERT INTO sessions VALUES (?, ?, ?)");
const accountOf = database.prepare("SELECT id, balance FROM accounts WHERE user = ?");
const filmFor = database.prepare(
  "SELECT price, stock FROM films WHERE id = ? AND (status = 'published' OR seller = ?)",
);
const takeStock = database.prepare(
  "UPDATE films SET stock = stock - ?, updatedAt = ?, version = version + 1 WHERE id = ?",
);
const pay = database.prepare(
  "UPDATE accounts SET balance = balance - ?, orders = orders + 1, updatedAt = ?, version = version + 1 WHERE id = ?",
);
const insertOrder = database.prepare("INSERT INTO orders VALUES (?, ?, 'placed', ?, ?, ?, 1)");
const insertLine = database.prepare("INSERT INTO orderLines VALUES (?, ?, ?, ?, ?, ?, ?, 1)");

/** A dozen statements for a basket of three. All reads come first, so that what is refused has changed nothing. */
function checkOut(user: string, lines: readonly Bought[], now: string): Written {
  const account = accountOf.get(user) as { readonly id: string; readonly balance: number } | undefined;
  if (account === undefined) return { status: 409, code: "no_account" };
  let total = 0;
  const prices: number[] = [];
  for (const [index, { film, quantity }] of lines.entries()) {
    const found = filmFor.get(film, user) as { readonly price: number; readonly stock: number } | undefined;
    if (found === undefined) return { status: 404, code: "not_found" };
    let wanted = quantity;
    for (let before = 0; before < index; before++) if (lines[before]!.film === film) wanted += lines[before]!.quantity;
    if (found.stock < wanted) return { status: 409, code: "out_of_stock" };
    prices.push(found.price);
    total += found.price * quantity;
  }
  if (account.balance < total) return { status: 409, code: "not_enough_money" };
  for (const { film, quantity } of lines) takeStock.run(quantity, now, film);
  pay.run(total, now, account.id);
  const order = uuidv7();
  insertOrder.run(order, user, total, now, now);
  for (const [index, { film, quantity }] of lines.entries())
    insertLine.run(uuidv7(), order, film, prices[index]!, quantity, now, now);
  return `{"id":"${order}","customer":"${user}","status":"placed","total":${total},"createdAt":"${now}","updatedAt":"${now}","version":1}`;
}

function perform(write: Write): Written {
  if (write.kind === "checkout") return checkOut(write.user, write.lines, write.now);
  try {
    (write.kind === "film" ? insertFilm : insertSession).run(...write.values);
    return null;
  } catch {
    // One statement that fails is undone by itself: a reference leads nowhere.
    return { status: 422, code: "invalid_input" };
  }
}

/** Takes a batch, and whatever else has come meanwhile, until nothing is left. */
function drain(port: MessagePort, first: readonly Write[]): void {
  let batches: { readonly port: MessagePort; readonly writes: readonly Write[] }[] = [{ port, writes: first }];
  while (batches.length > 0) {
    begin.run();
    const written = batches.map(({ port, writes }) => ({ port, outcomes: writes.map(perform) }));
    commit.run();
    for (const { port, outcomes } of written) port.postMessage(outcomes);
    batches = gathered();
  }
}

function gathered(): { readonly port: MessagePort; readonly writes: readonly Write[] }[] {
  return ports.flatMap((port) => {
    const taken = [];
    for (let message = receiveMessageOnPort(port); message !== undefined; message = receiveMessageOnPort(port))
      taken.push({ port, writes: message.message as readonly Write[] });
    return taken;
  });
}

for (const port of ports) port.on("message", (writes: readonly Write[]) => drain(port, writes));
parentPort?.postMessage("ready");
