import { writeFileSync } from "node:fs";
import { choicesPage } from "../src/cli/choices.js";

writeFileSync(new URL("../docs/choices.md", import.meta.url), choicesPage());
