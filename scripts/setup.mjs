// Installs the locked dependencies and builds dist/, each only when something changed since it was last done.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const at = (...parts) => join(root, ...parts);
const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function run(command, args) {
  const shell = process.platform === "win32";
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", shell });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

if (modified(at("node_modules", ".package-lock.json")) < modified(at("package-lock.json"))) {
  console.error("setting up: installing dependencies");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
}

const sources = readdirSync(at("src"), { recursive: true }).map((file) => modified(at("src", file)));
if (modified(at("dist", "cli", "main.js")) < Math.max(...sources, modified(at("tsconfig.build.json")))) {
  console.error("setting up: building");
  rmSync(at("dist"), { recursive: true, force: true });
  run(process.execPath, [at("node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json"]);
}
