import { createServer, connect, type Server, type Socket } from "node:net";

/** A way to a server that can break in every way that ways break. */
export interface FaultyProxy {
  /** The URL of the server behind it, by way of the proxy. */
  readonly url: string;
  /** Everything passes. */
  mend(): Promise<void>;
  /** Connections are reset, and new ones refused. */
  refuse(): Promise<void>;
  /** Connections stay, and nothing passes in either direction; new ones are taken, and hang as well. */
  hang(): void;
  /** Connections that are there hang, as when a firewall has forgotten them; new ones pass. */
  forget(): void;
  /** The next packet with this command and this value passes, and the connection is reset instead of the answer to the command. */
  loseAnswerTo(command: string, value: string): void;
  close(): Promise<void>;
}

/** Opens a proxy in front of a server. */
export async function openFaultyProxy(target: string): Promise<FaultyProxy> {
  const behind = new URL(target);
  const pairs = new Set<readonly [Socket, Socket]>();
  let hanging = false;
  let losing: { readonly command: string; readonly value: string } | undefined;
  let server: Server | undefined;
  let port = 0;

  function take(front: Socket): void {
    const back = connect(Number(behind.port === "" ? 5432 : behind.port), behind.hostname);
    const pair = [front, back] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      front.destroy();
      back.destroy();
    };
    for (const one of pair) one.on("error", end).on("close", end);
    let lost: string | undefined;
    front.on("data", (sent) => {
      if (losing !== undefined && sent.includes(losing.command) && sent.includes(losing.value)) {
        lost = losing.command;
        losing = undefined;
      }
      back.write(sent);
    });
    back.on("data", (answered) => {
      if (lost === undefined) front.write(answered);
      else if (answered.includes(lost)) front.resetAndDestroy();
    });
    if (hanging) hold(pair);
  }

  const listen = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const opened = createServer(take).once("error", reject);
      opened.listen(port, "127.0.0.1", () => {
        const address = opened.address();
        port = typeof address === "object" && address !== null ? address.port : 0;
        server = opened;
        resolve();
      });
    });

  async function refuse(): Promise<void> {
    const closing = server;
    server = undefined;
    const closed = new Promise<unknown>((resolve) =>
      closing === undefined ? resolve(undefined) : closing.close(resolve),
    );
    for (const [front, back] of pairs) {
      front.resetAndDestroy();
      back.destroy();
    }
    await closed;
  }

  await listen();
  const url = new URL(target);
  url.hostname = "127.0.0.1";
  url.port = String(port);
  return {
    url: url.href,
    refuse,
    async mend() {
      hanging = false;
      // What was held up for so long is of no use to anybody.
      for (const [front] of pairs) if (front.isPaused()) front.destroy();
      if (server === undefined) await listen();
    },
    hang() {
      hanging = true;
      for (const pair of pairs) hold(pair);
    },
    forget() {
      for (const pair of pairs) hold(pair);
    },
    loseAnswerTo(command, value) {
      losing = { command, value };
    },
    close: refuse,
  };
}

function hold([front, back]: readonly [Socket, Socket]): void {
  front.pause();
  back.pause();
}
