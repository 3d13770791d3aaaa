import {
  dataFinding,
  type Finding,
  imagesFinding,
  memoryFinding,
  nodeFinding,
  processorFinding,
  runtimeFindings,
} from "../findings.js";
import { wrap } from "../flag-help.js";
import { createOutput } from "../output.js";

const INDENT = 23;

/** What a person reads of the findings, in 80 columns. */
export function findingsText(findings: readonly Finding[]): string {
  return findings
    .map(({ what, state, detail, remedy }) => {
      const lines = [...wrap(detail, 80 - INDENT), ...(remedy === undefined ? [] : wrap(remedy, 80 - INDENT))];
      return `${what.padEnd(14)} ${state.padEnd(7)} ${lines.join(`\n${" ".repeat(INDENT)}`)}`;
    })
    .join("\n");
}

/** Tells what this machine can do. The exit code is 1 when something essential does not work. */
export async function doctorCommand({ json }: { readonly json?: boolean }): Promise<number> {
  const output = createOutput(json ?? false);
  output.status("trying out the devices");
  const findings: Finding[] = [
    nodeFinding(),
    await processorFinding(),
    memoryFinding(),
    ...(await runtimeFindings()),
    await imagesFinding(),
    await dataFinding(),
  ];
  const broken = findings.filter(({ essential, state }) => essential && state !== "ok");
  const ready = broken.length === 0;
  const verdict = ready ? "ready to train" : `not ready: mend ${broken.map(({ what }) => what).join(", ")} first`;
  output.result({ ready, findings }, `${findingsText(findings)}\n${verdict}`);
  return ready ? 0 : 1;
}
