import { type FileReader, type FileRecord, longestRecord } from "./file-record.ts";

/** Reads a record of each line (NDJSON); empty ones are none. */
export function createNdjsonReader(): FileReader {
  let text = "";
  let line = 1;
  const take = (whole: readonly string[]): FileRecord[] =>
    whole.flatMap((one) => {
      const number = line++;
      return one.trim() === "" ? [] : [valueOf(one.trim(), number)];
    });
  return {
    push(more) {
      const lines = (text + more).split("\n");
      text = lines.pop() ?? "";
      if (text.length > longestRecord)
        throw new Error(`Line ${line} is too long: it has more than 10 million characters.`);
      return take(lines);
    },
    end: () => take([text]),
  };
}

/**
 * Reads the elements of an array one by one, or objects that follow each other. Only where an element ends is looked for here;
 * what it holds is read when it is whole, so that one that is broken costs no other.
 */
export function createJsonReader(): FileReader {
  let text = "";
  /** Where it goes on to look. */
  let at = 0;
  /** Where the element began that is being looked at; -1 between elements. */
  let start = -1;
  let startLine = 1;
  let line = 1;
  let depth = 0;
  let quoted = false;
  let opened = false;
  let closed = false;

  function read(): FileRecord[] {
    const records: FileRecord[] = [];
    const finish = (end: number): void => {
      records.push(valueOf(text.slice(start, end).trimEnd(), startLine));
      start = -1;
    };
    for (; at < text.length; at++) {
      const character = text[at];
      if (character === "\n") line++;
      if (quoted) {
        if (character === "\\") at++;
        else if (character === '"') quoted = false;
        continue;
      }
      if (start === -1) {
        if (character === undefined || /[\s,\ufeff]/.test(character)) continue;
        if (character === "[" && !opened) {
          opened = true;
          continue;
        }
        if (character === "]" && opened && !closed) {
          closed = true;
          continue;
        }
        if (closed) throw new Error(`Line ${line}: something follows after the end of the array.`);
        start = at;
        startLine = line;
      }
      if (character === '"') quoted = true;
      else if (character === "{" || character === "[") depth++;
      else if (character === "}" || character === "]") {
        // The end of the array ends an element that is a bare word.
        if (depth === 0) {
          finish(at);
          at--;
        } else if (--depth === 0) finish(at + 1);
      } else if (depth === 0 && (character === "," || character === "\n")) finish(at);
    }
    const done = start === -1 ? at : start;
    text = text.slice(done);
    at -= done;
    if (start !== -1) start = 0;
    if (text.length > longestRecord)
      throw new Error(`The record in line ${startLine} is not closed within 10 million characters.`);
    return records;
  }

  return {
    push(more) {
      text += more;
      return read();
    },
    end() {
      const records = read();
      if (start !== -1) records.push(valueOf(text.trimEnd(), startLine));
      else if (opened && !closed) {
        const mistake = "is where the file ends, and the array is not closed";
        records.push({ kind: "broken", line, text: "", mistake });
      }
      return records;
    },
  };
}

function valueOf(text: string, line: number): FileRecord {
  try {
    const value: unknown = JSON.parse(text);
    return { kind: "value", line, value };
  } catch (error) {
    return { kind: "broken", line, text, mistake: `must be an object in JSON: ${reasonOf(error, line)}` };
  }
}

/** What is wrong with a record, in one line, and in which line of the file. */
function reasonOf(error: unknown, line: number): string {
  const reason = error instanceof Error ? error.message : String(error);
  return reason
    .replace(/ in JSON at position \d+ \(line (\d+) column (\d+)\)/, (_, within: string, column: string) =>
      within === "1" ? `, at its character ${column}` : `, in line ${line + Number(within) - 1}`,
    )
    .replaceAll(/\s+/g, " ");
}
