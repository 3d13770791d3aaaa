import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** What a page gets to run. */
export interface PageTask {
  /** Script of bench/browser that makes the step: `ort`, `tfjs` or `jax`. */
  readonly side: string;
  /** Handed to the script as JSON. */
  readonly settings: object;
  /** Served under /data/NAME. */
  readonly data?: ReadonlyMap<string, Uint8Array>;
  /** Folder of npm packages, served under /packages. */
  readonly packages: string;
  /** Whether the page may share memory among threads. */
  readonly isolated: boolean;
}

/** A step that lives in a page of Chromium. */
export interface BrowserStep {
  /** Milliseconds of one step, measured in the page. */
  run(): Promise<number>;
  close(): Promise<void>;
}

const here = fileURLToPath(new URL(".", import.meta.url));
const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};
/** Pages served so may share memory among threads. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** A file below `folder`; undefined for what is not there. */
async function fileIn(folder: string, path: string): Promise<Uint8Array | undefined> {
  const file = resolve(folder, path);
  return file.startsWith(resolve(folder) + sep) ? readFile(file).catch(() => undefined) : undefined;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request.setEncoding("utf8")) text += part;
  return text;
}

/** Hands questions to the page, which asks for them, and its answers back. */
class Mailbox {
  private waiting: ((question: string) => void) | undefined;
  private settle: ((answer: string) => void) | undefined;
  private pending: string | undefined;

  /** The page's next question, when there is one. */
  next(): Promise<string> {
    const question = this.pending;
    this.pending = undefined;
    return question === undefined ? new Promise((settle) => (this.waiting = settle)) : Promise.resolve(question);
  }

  ask(question: string): Promise<string> {
    if (this.waiting) this.waiting(question);
    else this.pending = question;
    this.waiting = undefined;
    return new Promise((settle) => (this.settle = settle));
  }

  answered(text: string): void {
    this.settle?.(text);
  }
}

function serve(task: PageTask, mailbox: Mailbox): Server {
  const find = async (path: string): Promise<Uint8Array | string | undefined> => {
    if (path === "task") return JSON.stringify(task.settings);
    if (path === "next") return mailbox.next();
    if (path.startsWith("data/")) return task.data?.get(decodeURIComponent(path.slice("data/".length)));
    if (path.startsWith("packages/")) return fileIn(task.packages, path.slice("packages/".length));
    return fileIn(here, path);
  };
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (request.method === "POST") mailbox.answered(await bodyOf(request));
    const content = request.method === "POST" ? "" : await find(pathname.slice(1));
    const type = types[extname(pathname)] ?? "application/octet-stream";
    response.writeHead(content === undefined ? 404 : 200, { "Content-Type": type, ...(task.isolated && isolation) });
    response.end(content);
  };
  return createServer((request, response) => {
    respond(request, response).catch((error) => response.destroy(error));
  });
}

/** A page that takes longer for a step measures nothing of use. */
const LIMIT_SECONDS = 120;

function tooLate(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`no step in ${LIMIT_SECONDS} s`)), 1000 * LIMIT_SECONDS).unref();
  });
}

function start(url: string, profile: string): ChildProcess {
  const root = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const flags = ["--headless=new", "--enable-unsafe-webgpu", "--disable-background-networking", "--no-first-run"];
  const command = process.env.CHROMIUM ?? "chromium";
  return spawn(command, [...root, ...flags, `--user-data-dir=${profile}`, url], { stdio: "ignore", detached: true });
}

/** Opens a page that makes the task's step. Throws what the page throws. */
export async function openPage(task: PageTask): Promise<BrowserStep> {
  const mailbox = new Mailbox();
  const server = serve(task, mailbox).listen(0, "127.0.0.1");
  await once(server, "listening");
  const profile = await mkdtemp(join(tmpdir(), "simile-bench-chromium-"));
  const { port } = server.address() as AddressInfo;
  const child = start(`http://127.0.0.1:${port}/page.html?side=${task.side}`, profile);
  const isRunning = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  const kill = () => {
    // Its other processes are in its group.
    if (isRunning()) process.kill(-child.pid!, "SIGKILL");
  };
  process.once("exit", kill);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));
  const gone = new Promise<never>((_, reject) => {
    child.on("error", (error) => reject(new Error(`no Chromium: ${error.message}`)));
    child.on("exit", (code) => reject(new Error(`Chromium ended with ${code}`)));
  });
  gone.catch(() => {});
  const close = async () => {
    server.closeAllConnections();
    server.close();
    process.off("exit", kill);
    if (isRunning()) {
      kill();
      await once(child, "exit");
    }
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  const ask = async (question: string): Promise<number> => {
    const asked = await Promise.race([mailbox.ask(question), gone, tooLate()]);
    const answer = JSON.parse(asked) as { value?: number; error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value ?? 0;
  };
  try {
    await ask("make");
  } catch (error) {
    await close();
    throw error;
  }
  return { run: () => ask("run"), close };
}
