/** The stages of a request, in the order in which it passes them, and their colours in flame graphs. */
export const stageColours = {
  "http in": "#8fb8de",
  route: "#c3b1e1",
  identify: "#f9c074",
  limit: "#e8a0bf",
  validate: "#f2d98b",
  authorize: "#eb8f8f",
  run: "#9bd19b",
  statement: "#6fc2a3",
  SQLite: "#4fae93",
  feed: "#86b5a5",
  commit: "#5f9ea0",
  "hand-over": "#c09a78",
  present: "#a7c957",
  log: "#cdb4a0",
  metrics: "#e3d5c2",
  "http out": "#6a9fd4",
  "event loop": "#c9ced6",
  garbage: "#a9a9b3",
} as const;

export type Stage = keyof typeof stageColours;
export const stageNames = Object.keys(stageColours) as Stage[];

/** A function on the stack. */
export interface Frame {
  /** The file, from the folder of the sources on; `node:` for Node's own; empty for what is compiled into it. */
  readonly file: string;
  readonly name: string;
}

interface Rule {
  readonly stage: Stage;
  /** Matches `file#function < file#function`, a function and who called it. */
  readonly where: RegExp;
  /** Whether all that it calls belongs to it too, such as the query of a session to whom it identifies. */
  readonly whole?: true;
}

/**
 * Where stages are found; the first that matches counts. What has no rule is a tool, and belongs to whoever called it. Rooms
 * come last, so that a file that is new is counted with its neighbours.
 */
const rules: readonly Rule[] = [
  { stage: "log", where: /^server\/log|^kit\/logger/, whole: true },
  { stage: "metrics", where: /^kit\/metrics|^server\/server-metrics/, whole: true },
  { stage: "limit", where: /^kit\/rate-limiter|^operations\/rate-limits|^server\/turn-guard/, whole: true },
  {
    stage: "identify",
    where: /^auth\/identity|^rest\/credentials|^operations\/execute\.ts#identifyCaller/,
    whole: true,
  },
  { stage: "authorize", where: /^records\/permission|^operations\/[^#]+#authorize/, whole: true },
  {
    stage: "feed",
    where: /^database\/sqlite\/pending-feed|^database\/sql\/sql-feed|^records\/feed-entry/,
    whole: true,
  },
  { stage: "feed", where: /^database\/sqlite\/sqlite-writer\.ts#append/, whole: true },
  { stage: "http out", where: /^server\/node-answer/, whole: true },
  { stage: "validate", where: /^kit\/json\.ts|^rest\/request-body|^operations\/[^#]+#parse/, whole: true },
  { stage: "hand-over", where: /^server\/command-channel\.ts#(postEach|send)/, whole: true },
  {
    stage: "commit",
    where: /^database\/sqlite\/sqlite-connection[^<]+< database\/sqlite\/(group-commit|sqlite-snapshot\.ts#end)/,
    whole: true,
  },
  { stage: "SQLite", where: /^#\w+ < database\/sqlite\/sqlite-connection/ },
  { stage: "http in", where: /^server\/(node-|request-id|trusted-proxies)/ },
  {
    stage: "present",
    where: /^server\/security|^rest\/rest-routes\.ts#(\w*Answer|tagOf|located)|^records\/precondition/,
  },
  { stage: "present", where: /^records\/viewer|^operations\/([^#]+#present|present-output)|^kit\/json-text/ },
  { stage: "route", where: /^rest\/|^kit\/router|^server\/(handler|own-routes)/ },
  { stage: "hand-over", where: /^server\/(command-(channel|wire)|shared-values)/ },
  { stage: "commit", where: /^database\/(sqlite\/(group-commit|commit-count|sqlite-snapshot)|deadline|lease)/ },
  { stage: "statement", where: /^database\// },
  { stage: "authorize", where: /^query\/evaluate/ },
  // A cursor is read within the query, and made where a page is.
  { stage: "validate", where: /^schema\/|^query\/(?!cursor)/ },
  { stage: "run", where: /^(operations|records|auth|backend\.ts)/ },
];

/** Node's own functions that end an answer, after Galley has handed it over. */
const endings =
  /^(resOnFinish|onFinish|finish|onwrite|afterWrite|onWriteComplete|clearBuffer|\w*Finish\w*|endAfter\w*)$/;
const messages = /worker\/io|messageport|MessagePort|emitMessage/;
const reading = /_http|node:net|stream|node:events|node:buffer|node:url/;

/**
 * The stage of what runs.
 *
 * @param stack the outermost function first
 */
export function stageOf(stack: readonly Frame[]): Stage {
  let found: Stage | undefined;
  for (let depth = stack.length - 1; depth >= 0; depth--) {
    const [caller, called] = [stack[depth - 1], stack[depth]];
    if (called === undefined || called.file.startsWith("node:")) continue;
    if (called.name === "(garbage collector)") return "garbage";
    const key = `${spelled(called)} < ${caller === undefined ? "" : spelled(caller)}`;
    const rule = rules.find(({ where }) => where.test(key));
    if (rule?.whole) return rule.stage;
    found ??= rule?.stage;
  }
  return found ?? stageOfNode(stack);
}

const spelled = ({ file, name }: Frame): string => `${file}#${name}`;

/** Where nothing of Galley's is on the stack. */
function stageOfNode(stack: readonly Frame[]): Stage {
  if (stack.some((frame) => messages.test(spelled(frame)))) return "hand-over";
  if (stack.some(({ file, name }) => file.startsWith("node:") && endings.test(name))) return "http out";
  return stack.some(({ file }) => reading.test(file)) ? "http in" : "event loop";
}
