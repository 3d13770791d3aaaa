import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Container } from "../../../src/data/sources/container.js";
import { openContainer } from "../../../src/data/sources/open-container.js";
import { memoryAccess } from "../../../src/data/sources/random-access.js";
import { readTar } from "../../../src/data/sources/tar.js";
import { readZip } from "../../../src/data/sources/zip.js";
import { SimileError } from "../../../src/errors/index.js";
import { type LongNames, type Member, makeTar, makeZip, tarFolder, tarLink, tarMember } from "../archives.js";

const run = promisify(execFile);
const bytesOf = (text: string) => new TextEncoder().encode(text);
const long = `${"folder-of-a-long-name/".repeat(6)}c.jpg`;
const members: Member[] = [
  { path: "cat/a.jpg", bytes: bytesOf("first ".repeat(100)) },
  { path: "cat/ünï.jpg", bytes: bytesOf("") },
  { path: "dog/b.jpg", bytes: Uint8Array.from({ length: 1024 }, (_, i) => i) },
  { path: long, bytes: bytesOf("long") },
];
const zip = (bytes: Uint8Array) => readZip(memoryAccess("x.zip", bytes));
const tar = (bytes: Uint8Array) => readTar(memoryAccess("x.tar", bytes));

async function contents(container: Container): Promise<Member[]> {
  return Promise.all(container.files.map(async ({ path, read }) => ({ path, bytes: new Uint8Array(await read()) })));
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simile-test-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("zip", () => {
  test.each([
    { method: 0 },
    { method: 8 },
    { method: 0, zip64: true },
    { method: 8, zip64: true },
    { method: 8, before: bytesOf("#!/bin/sh\nexit\n"), comment: "PK\x05\x06 a comment" },
  ] as const)("gives back what was stored: %o", async (options) => {
    expect(await contents(await zip(makeZip(members, options)))).toEqual(members);
  });

  test("an empty archive has no files", async () => {
    expect((await zip(makeZip([]))).files).toEqual([]);
  });

  test("folders and litter are left out", async () => {
    const litter = ["cat/", "__MACOSX/cat/a.jpg", "cat/.DS_Store", "./cat/a.jpg"].map((path) => ({
      path,
      bytes: bytesOf(""),
    }));
    expect((await zip(makeZip(litter))).files.map((file) => file.path)).toEqual(["cat/a.jpg"]);
  });

  test("a changed byte is noticed by its checksum", async () => {
    const archive = makeZip(members);
    archive[archive.indexOf("first")]! ^= 1;
    const read = (await zip(archive)).files[0]!.read();
    await expect(read).rejects.toMatchObject({ code: "corrupt-archive", where: "x.zip/cat/a.jpg" });
  });

  test("inflation stops at the recorded size", async () => {
    const archive = makeZip([{ path: "bomb", bytes: new Uint8Array(1e6) }], { method: 8 });
    archive.writeUInt32LE(10, archive.lastIndexOf("PK\x01\x02") + 24);
    await expect((await zip(archive)).files[0]!.read()).rejects.toMatchObject({ code: "corrupt-archive" });
  });

  test("encrypted files and other methods are named", async () => {
    const archive = makeZip(members.slice(0, 1));
    const central = archive.lastIndexOf("PK\x01\x02");
    archive.writeUInt16LE(12, central + 10);
    await expect((await zip(archive)).files[0]!.read()).rejects.toThrow(/compression method 12/);
    archive.writeUInt16LE(1, central + 8);
    await expect((await zip(archive)).files[0]!.read()).rejects.toThrow(/encrypted/);
  });

  test("every cut is noticed", async () => {
    const archive = makeZip(members);
    for (let length = 0; length < archive.length; length += 37) {
      await expect(zip(archive.subarray(0, length)), `${length} bytes`).rejects.toThrow(SimileError);
    }
  });
});

describe("tar", () => {
  test.each<LongNames>(["ustar", "gnu", "pax"])("gives back what was stored, long names as %s", async (names) => {
    const archive = makeTar([tarFolder("cat/"), ...members.map((member) => tarMember(member, names))]);
    expect(await contents(await tar(archive))).toEqual(members);
  });

  test("a hard link is the file it names", async () => {
    const archive = makeTar([tarMember(members[0]!), tarLink("dog/same.jpg", "cat/a.jpg")]);
    expect(await contents(await tar(archive))).toEqual([members[0], { ...members[0], path: "dog/same.jpg" }]);
  });

  test("a cut inside a file is noticed", async () => {
    const archive = makeTar(members.map((member) => tarMember(member)));
    for (const length of [0, 100, 700, 2048 + 100]) {
      const cut = tar(archive.subarray(0, length));
      await expect(cut, `${length} bytes`).rejects.toMatchObject({ code: "corrupt-archive" });
    }
  });

  test("an archive without an end mark is whole when its last file is", async () => {
    const archive = tarMember(members[0]!);
    expect(await contents(await tar(archive))).toEqual(members.slice(0, 1));
  });

  test("a changed header is noticed by its checksum", async () => {
    const archive = makeTar(members.map((member) => tarMember(member)));
    archive[3]! ^= 1;
    await expect(tar(archive)).rejects.toThrow(/checksum/);
  });
});

describe("damaged archives", () => {
  /** Whatever the bytes: a container whose files read or fail with a SimileError, or a SimileError. */
  async function survives(open: Promise<Container>): Promise<void> {
    const failures: unknown[] = [];
    const opened = await open.catch((error: unknown) => {
      failures.push(error);
    });
    for (const file of opened?.files ?? []) await file.read().catch((error: unknown) => failures.push(error));
    for (const failure of failures) expect(failure).toBeInstanceOf(SimileError);
  }

  const archives = [
    { name: "stored zip", open: zip, bytes: makeZip(members) },
    { name: "deflated zip64", open: zip, bytes: makeZip(members, { method: 8, zip64: true }) },
    { name: "gnu tar", open: tar, bytes: makeTar(members.map((member) => tarMember(member, "gnu"))) },
    { name: "pax tar", open: tar, bytes: makeTar(members.map((member) => tarMember(member, "pax"))) },
  ];

  test.each(archives)("$name with any bytes changed", async ({ open, bytes }) => {
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const damaged = Uint8Array.from(bytes);
        for (const [at, value] of changes) damaged[at] = value;
        await survives(open(damaged));
      }),
      { numRuns: 300 },
    );
  });

  test.each([zip, tar])("any bytes at all", async (open) => {
    const bytes = fc.uint8Array({ maxLength: 2000 });
    await fc.assert(
      fc.asyncProperty(bytes, (garbage) => survives(open(garbage))),
      { numRuns: 200 },
    );
  });

  test("any header fields behind a valid checksum", async () => {
    const field = fc.tuple(fc.integer({ min: 100, max: 400 }), fc.uint8Array({ minLength: 1, maxLength: 12 }));
    await fc.assert(
      fc.asyncProperty(field, async ([at, value]) => {
        const damaged = makeTar(members.map((member) => tarMember(member, "pax")));
        damaged.set(value, at);
        damaged.write(" ".repeat(8), 148);
        const sum = damaged.subarray(0, 512).reduce((total, byte) => total + byte, 0);
        damaged.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
        await survives(tar(damaged));
      }),
      { numRuns: 300 },
    );
  });
});

describe("openContainer", () => {
  test("a gzipped tar equals the tar, and leaves nothing behind", async () => {
    const path = join(folder, "x.tar.gz");
    await writeFile(path, gzipSync(makeTar(members.map((member) => tarMember(member)))));
    // A temporary folder of its own: others use the common one at the same time.
    const { TMPDIR } = process.env;
    const own = await mkdtemp(join(folder, "temporary-"));
    try {
      process.env.TMPDIR = own;
      expect(await contents(await openContainer(path))).toEqual(members);
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    }
    expect(await readdir(own)).toEqual([]);
  });

  test("a gzipped tar that is cut, not gzip, or too large", async () => {
    const path = join(folder, "y.tgz");
    const whole = gzipSync(makeTar(members.map((member) => tarMember(member))));
    await writeFile(path, whole.subarray(0, whole.length - 20));
    await expect(openContainer(path)).rejects.toMatchObject({ code: "corrupt-archive" });
    await writeFile(path, "not gzip at all");
    await expect(openContainer(path)).rejects.toMatchObject({ code: "corrupt-archive" });
    await writeFile(path, whole);
    await expect(openContainer(path, 1000)).rejects.toMatchObject({ code: "archive-too-large" });
  });

  test("a folder, with links but not in circles", async () => {
    const root = join(folder, "images");
    await mkdir(join(root, "cat"), { recursive: true });
    await mkdir(join(root, ".git"));
    await writeFile(join(root, "cat/a.jpg"), "a");
    await writeFile(join(root, ".git/x"), "x");
    await symlink(join(root, "cat"), join(root, "dog"));
    await symlink(root, join(root, "cat/circle"));
    const { files } = await openContainer(root);
    expect(files.map((file) => file.path)).toEqual(["cat/a.jpg", "dog/a.jpg"]);
    expect(new TextDecoder().decode(await files[1]!.read())).toBe("a");
  });

  test("reads what the usual programs write", async () => {
    const root = join(folder, "real");
    await mkdir(join(root, "cat"), { recursive: true });
    for (const member of members.slice(0, 3)) {
      await mkdir(join(root, member.path, ".."), { recursive: true });
      await writeFile(join(root, member.path), member.bytes);
    }
    const commands = [
      ["tar", "--format=gnu", "-cf", "../gnu.tar", "."],
      ["tar", "--format=pax", "-czf", "../pax.tgz", "."],
      ["zip", "-qr", "../real.zip", "."],
    ] as const;
    for (const [program, ...args] of commands) {
      const ran = await run(program, args, { cwd: root }).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === "ENOENT") return false;
          throw error;
        },
      );
      if (ran)
        expect(await contents(await openContainer(join(root, args.at(-2)!))), program).toEqual(members.slice(0, 3));
    }
  });

  test("another file is refused with what would do", async () => {
    const path = join(folder, "notes.txt");
    await writeFile(path, "x");
    await expect(openContainer(path)).rejects.toMatchObject({ code: "unknown-source" });
  });
});
