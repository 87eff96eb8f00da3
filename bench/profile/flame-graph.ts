import { type Frame, type Stage, stageColours, stageNames, stageOf } from "./stages.ts";
import type { Stack } from "./thread-stacks.ts";

const width = 1200;
const rowHeight = 16;
const characterWidth = 6.1;
/** Smaller shares are left out. */
const least = 0.003;

/** A thread in a flame graph. */
export interface FlameThread {
  readonly title: string;
  readonly stacks: readonly Stack[];
}

/** A function where it was called from, with all that it called. */
interface Flame {
  readonly label: string;
  readonly stage: Stage | undefined;
  readonly inner: Map<string, Flame>;
  microseconds: number;
}

/** Draws what threads did as an SVG: callers above what they call, as wide as the processor time it took. */
export function flameGraph(title: string, threads: readonly FlameThread[]): string {
  const root = flame(title);
  for (const thread of threads) {
    const trunk = innerOf(root, thread.title);
    for (const { frames, microseconds } of thread.stacks) add(trunk, frames, microseconds);
    root.microseconds += trunk.microseconds;
  }
  const boxes: string[] = [];
  const depth = draw(root, 0, 0, root.microseconds, boxes);
  const height = (depth + 1) * rowHeight + 40;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="monospace" font-size="10">
<style>${styles()}</style>
<rect width="${width}" height="${height}" fill="#fff"/>
${boxes.join("\n")}
${legend(height - 30)}
</svg>
`;
}

function flame(label: string, stage?: Stage): Flame {
  return { label, stage, inner: new Map(), microseconds: 0 };
}

function innerOf(outer: Flame, label: string, stage?: () => Stage): Flame {
  const known = outer.inner.get(label);
  if (known !== undefined) return known;
  const made = flame(label, stage?.());
  outer.inner.set(label, made);
  return made;
}

function add(trunk: Flame, frames: readonly Frame[], microseconds: number): void {
  let at = trunk;
  at.microseconds += microseconds;
  for (const [index, { file, name }] of frames.entries()) {
    const label = `${name || "(anonymous)"} ${file}`.trim();
    at = innerOf(at, label, () => stageOf(frames.slice(0, index + 1)));
    at.microseconds += microseconds;
  }
}

/** @returns the deepest row that was drawn */
function draw(drawn: Flame, x: number, row: number, all: number, boxes: string[]): number {
  const share = drawn.microseconds / all;
  const wide = share * width;
  const y = row * rowHeight;
  const tip = `${drawn.label}: ${drawn.microseconds.toFixed(1)} µs, ${(share * 100).toFixed(1)} %${drawn.stage === undefined ? "" : `, ${drawn.stage}`}`;
  const text = drawn.label.slice(0, Math.max(0, Math.floor((wide - 4) / characterWidth)));
  const written = text.length < 3 ? "" : `<text x="${(x + 2).toFixed(1)}" y="${y + 11}">${escaped(text)}</text>`;
  boxes.push(
    `<g><title>${escaped(tip)}</title><rect class="${classOf(drawn.stage)}" x="${x.toFixed(1)}" y="${y}" width="${wide.toFixed(1)}" height="${rowHeight - 1}"/>${written}</g>`,
  );
  let deepest = row;
  let at = x;
  for (const inner of [...drawn.inner.values()].toSorted((left, right) => right.microseconds - left.microseconds)) {
    if (inner.microseconds < all * least) continue;
    deepest = Math.max(deepest, draw(inner, at, row + 1, all, boxes));
    at += (inner.microseconds / all) * width;
  }
  return deepest;
}

const classOf = (stage: Stage | undefined): string => (stage === undefined ? "all" : stage.replace(" ", "-"));

function styles(): string {
  const fills = stageNames.map((stage) => `.${classOf(stage)}{fill:${stageColours[stage]}}`);
  return ["rect{stroke:#fff;stroke-width:.5}", ".all{fill:#e5e7eb}", ...fills].join("");
}

function legend(y: number): string {
  const step = width / (stageNames.length / 2);
  return stageNames
    .map((stage, index) => {
      const x = Math.floor(index / 2) * step;
      const top = y + (index % 2) * 15;
      return `<rect class="${classOf(stage)}" x="${x.toFixed(1)}" y="${top}" width="10" height="10"/><text x="${(x + 14).toFixed(1)}" y="${top + 9}">${stage}</text>`;
    })
    .join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
