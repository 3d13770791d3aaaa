import { readFileSync, realpathSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { SimileError } from "../../errors/index.js";
import { formatShape, type Shape } from "../../graph/index.js";
import { type ExternalData, inspectModel, type ModelReport } from "../../onnx/index.js";
import { createOutput, table } from "../output.js";

const WIDTH = 80;
const MOST_GROUPS = 12;

function shapeText(shape: Shape | undefined): string {
  return shape === undefined ? "shape unknown" : formatShape(shape);
}

/** Long text cut in the middle. */
function fit(text: string, width: number): string {
  if (text.length <= width) return text;
  const head = Math.ceil((width - 3) / 2);
  return `${text.slice(0, head)}...${text.slice(text.length - (width - 3 - head))}`;
}

/** Words in lines of at most 80 columns, indented. */
function wrapped(words: readonly string[]): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 3 <= WIDTH) lines[lines.length - 1] = `${last}, ${word}`;
    else lines.push(`  ${fit(word, WIDTH - 2)}`);
  }
  return lines.join(",\n");
}

function count(value: number): string {
  return value.toLocaleString("en");
}

/** Parameters by the first part of their layers' names: what freezing by a pattern can name. */
function groups(layers: ModelReport["layers"]): string[][] {
  const found = new Map<string, { layers: number; size: number }>();
  for (const { parameters, size } of layers) {
    const [name = ""] = parameters;
    const group = name
      .split(/[./]/)
      .slice(0, name.split(/[./]/).length > 2 ? 2 : 1)
      .join(".");
    const known = found.get(group) ?? { layers: 0, size: 0 };
    found.set(group, { layers: known.layers + 1, size: known.size + size });
  }
  return [...found].map(([name, { layers: number, size }]) => [fit(name, 44), count(number), count(size)]);
}

function layerLines(report: ModelReport): string[] {
  const rows = groups(report.layers);
  if (rows.length === 0) return [];
  const shown =
    rows.length <= MOST_GROUPS ? rows : [...rows.slice(0, MOST_GROUPS / 2), ...rows.slice(-MOST_GROUPS / 2)];
  const left = rows.length - shown.length;
  const more = left > 0 ? [`  (${left} more between the first and the last ${MOST_GROUPS / 2}; --json names all)`] : [];
  return [
    "",
    "Layers that can be trained, by name",
    table(["  name", "layers", "parameters"], indented(shown)),
    ...more,
  ];
}

function indented(rows: readonly (readonly string[])[]): string[][] {
  return rows.map(([first = "", ...rest]) => [`  ${first}`, ...rest]);
}

function featureLines({ features, assumed }: ModelReport): string[] {
  if (features.length === 0) return [];
  const sizes = Object.entries(assumed).map(([name, size]) => `${name} = ${size}`);
  const rest = features.map(({ shape, reason }) => [shapeText(shape), reason] as const);
  const shapes = Math.max(...rest.map(([shape]) => shape.length));
  const room = Math.max(12, WIDTH - 6 - shapes - Math.max(...rest.map(([, reason]) => reason.length)));
  const names = features.map(({ name }) => fit(name, room));
  const widest = Math.max(...names.map((name) => name.length));
  return [
    "",
    `Features can be taken from${sizes.length > 0 ? ` (shapes with ${sizes.join(", ")})` : ""}`,
    ...rest.map(([shape, reason], i) => `  ${names[i]!.padEnd(widest)}  ${shape.padEnd(shapes)}  ${reason}`),
  ];
}

/** The report for people, in lines of at most 80 columns. */
export function reportText(file: string, report: ModelReport): string {
  const { parameters, operators, metadata, problem } = report;
  const megabytes = (parameters.bytes / 1e6).toFixed(1);
  const ends = (title: string, entries: ModelReport["inputs"]) => [
    title,
    ...entries.map(({ name, type, shape }) => `  ${fit(name, 36)}  ${type} ${shapeText(shape)}`),
  ];
  const nodes = operators.reduce((total, { count: number }) => total + number, 0);
  const notes = Object.entries(metadata).map(
    ([key, value]) => `  ${fit(`${key}: ${value.replaceAll(/\s+/g, " ")}`, WIDTH - 2)}`,
  );
  return [
    fit(`${file}: ONNX opset ${report.opset ?? "?"}${report.producer ? `, written by ${report.producer}` : ""}`, WIDTH),
    "",
    ...ends("Inputs", report.inputs),
    ...ends("Outputs", report.outputs),
    "",
    `Operators (${nodes} nodes)`,
    wrapped(
      operators.map(
        ({ op, count: number, known }) => `${op}${number > 1 ? ` x ${number}` : ""}${known ? "" : " (unknown)"}`,
      ),
    ),
    "",
    `Parameters: ${count(parameters.trainable)} to train, ${count(parameters.fixed)} fixed, ${megabytes} MB as float32`,
    ...layerLines(report),
    ...featureLines(report),
    ...(notes.length > 0 ? ["", "Metadata", ...notes] : []),
    ...(problem ? ["", `Cannot be trained as it is: ${problem.message}`] : []),
  ].join("\n");
}

function unreadable(file: string, cause: unknown): SimileError {
  const received = cause instanceof Error ? cause.message : String(cause);
  const remedy = "check the path";
  return new SimileError(
    { code: "unreadable-file", where: file, expected: "a readable file", received, remedy },
    { cause },
  );
}

function readOrExplain(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Reads files beside a model; links that lead out of its folder are refused as paths are. */
export function besideModel(file: string): ExternalData {
  return (location) => {
    const folder = realpathSync(dirname(file));
    let target: string;
    try {
      target = realpathSync(join(folder, location));
    } catch (error) {
      throw unreadable(join(dirname(file), location), error);
    }
    const inside = relative(folder, target);
    if (inside === ".." || inside.startsWith(`..${sep}`))
      throw unreadable(location, "a link out of the model's folder");
    return readOrExplain(target);
  };
}

/** Shows what an ONNX file holds and where features can be taken. */
export async function inspectCommand(file: string, { json }: { readonly json?: boolean }): Promise<number> {
  const output = createOutput(json ?? false);
  const report = inspectModel(readOrExplain(file), { where: file, externalData: besideModel(file) });
  output.result(report, reportText(file, report));
  return 0;
}
