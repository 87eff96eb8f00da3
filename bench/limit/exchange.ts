import type { IncomingMessage, ServerResponse } from "node:http";

/** The whole body of a request as text. */
export function body(request: IncomingMessage, then: (text: string) => void): void {
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => (text += chunk));
  request.on("end", () => then(text));
}

export function refuse(response: ServerResponse, status: number, code: string): void {
  send(response, status, `{"status":${status},"code":"${code}"}`);
}

export function send(response: ServerResponse, status: number, text: string, location?: string): void {
  // In HTTP/1.1 a connection stays unless somebody says otherwise, so the two fields that Node adds say nothing.
  response.removeHeader("connection");
  const head = ["content-type", "application/json", "content-length", String(Buffer.byteLength(text))];
  if (location !== undefined) head.push("location", location);
  response.writeHead(status, head);
  response.end(text);
}
