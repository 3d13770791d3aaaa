import type { Flag } from "./flags.js";

const INDENT = 28;
const WIDTH = 80;

const PLACEHOLDERS: Readonly<Record<Flag["kind"], string>> = {
  number: " N",
  boolean: "",
  text: " TEXT",
  list: " A,B,..",
  choice: " NAME",
  entries: ".KEY VALUE",
  value: " VALUE",
};

/** `text` broken at spaces into lines of at most `width` characters; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function describeFlag({ path, kind, description, fallback }: Flag): string {
  const name = `  --${path}${PLACEHOLDERS[kind]}`;
  const lines = wrap(fallback === undefined ? description : `${description} [${fallback}]`, WIDTH - INDENT);
  const space = " ".repeat(INDENT);
  const first = name.length + 2 > INDENT ? `${name}\n${space}` : name.padEnd(INDENT);
  return `${first}${lines.join(`\n${space}`)}`;
}

/** Help text: flags with their defaults in 80 columns, grouped by the first part of the path, `first` the general ones. */
export function describeFlags(flags: readonly Flag[], first = "Options"): string {
  const groups = new Map<string, Flag[]>();
  for (const flag of flags) {
    const group = flag.path.includes(".") ? `Options of ${flag.path.split(".")[0]}` : first;
    groups.set(group, [...(groups.get(group) ?? []), flag]);
  }
  return [...groups].map(([group, members]) => `${group}:\n${members.map(describeFlag).join("\n")}`).join("\n\n");
}
