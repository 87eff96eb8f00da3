import { request } from "node:http";
import { connect } from "node:net";

/** What was answered. */
export interface Asked {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/** Sends one request on a connection of its own: the next one may be another thread's. */
export function ask(
  port: number,
  path: string,
  options: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>>; method?: string } = {},
): Promise<Asked> {
  const { body, headers } = options;
  return new Promise((resolve, reject) => {
    const sent = request({
      port,
      path,
      host: "127.0.0.1",
      method: options.method ?? (body === undefined ? "GET" : "POST"),
      agent: false,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    });
    sent.once("error", reject);
    sent.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.once("error", reject);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Whether anybody takes connections on a port. */
export function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** Waits until something holds; the test's own time limit ends it otherwise. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}
