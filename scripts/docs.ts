import { writeFileSync } from "node:fs";
import { choicesPage } from "../src/cli/choices.js";
import { datasetsPage } from "../src/cli/datasets-page.js";

writeFileSync(new URL("../docs/choices.md", import.meta.url), choicesPage());
writeFileSync(new URL("../docs/datasets.md", import.meta.url), datasetsPage());
