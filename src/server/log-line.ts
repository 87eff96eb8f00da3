const colors: Readonly<Record<string, string>> = { debug: "90", info: "36", warn: "33", error: "31" };

/** Control characters, which would let what is logged drive the terminal. */
const controls = /[\u0000-\u001f\u007f-\u009f]/g;

/**
 * A line of the log, which is JSON, for people: time, level, message, fields, and stacks below.
 *
 * @param color whether the terminal shows colors
 */
export function formatLogLine(json: string, color: boolean): string {
  const line: unknown = JSON.parse(json);
  if (typeof line !== "object" || line === null) return json;
  const { time, level, message, error, ...fields } = line as Record<string, unknown>;
  const paint = (code: string, text: string): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const name = String(level);
  const parts = [
    paint("90", String(time).slice(11, 23)),
    paint(colors[name] ?? "0", name.padEnd(5)),
    clean(String(message)),
    ...Object.entries(fields).map(([key, value]) => paint("90", `${clean(key)}=${formatValue(value)}`)),
  ];
  const stack = error === undefined ? "" : `\n${indent(stackOf(error))}`;
  return `${parts.join(" ")}${stack}\n`;
}

function formatValue(value: unknown): string {
  return typeof value === "string" && /^[\w./:@%+-]+$/.test(value) ? value : clean(JSON.stringify(value));
}

function stackOf(error: unknown): string {
  const stack = typeof error === "object" && error !== null && "stack" in error ? error.stack : undefined;
  return typeof stack === "string" ? stack : JSON.stringify(error);
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${clean(line)}`)
    .join("\n");
}

function clean(text: string): string {
  return text.replace(controls, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
