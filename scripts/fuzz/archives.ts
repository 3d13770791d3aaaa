import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Container } from "../../src/data/sources/container.js";
import { openContainer } from "../../src/data/sources/open-container.js";
import { memoryAccess } from "../../src/data/sources/random-access.js";
import { readTar } from "../../src/data/sources/tar.js";
import { readZip } from "../../src/data/sources/zip.js";
import { makeTar, makeZip, tarFolder, tarLink, tarMember } from "../../test/data/archives.js";
import type { FuzzTarget } from "./target.js";

const members = [
  { path: "cat/1.png", bytes: Buffer.from("some bytes of a picture") },
  { path: `dog/${"long".repeat(40)}/2.png`, bytes: Buffer.alloc(600, 7) },
];

/** Reads every file of an archive. */
async function readAll(container: Container): Promise<void> {
  for (const file of container.files) await file.read();
}

/** Zip archives: stored, deflated, zip64. */
export const zip: FuzzTarget = {
  name: "zip",
  cases: async () =>
    [makeZip(members), makeZip(members, { method: 8 }), makeZip(members, { zip64: true, comment: "x" })].map(
      (sound, i) => ({
        name: `zip ${i}`,
        sound,
        read: async (bytes) => readAll(await readZip(memoryAccess("fuzz.zip", bytes))),
      }),
    ),
};

const tars = () =>
  (["gnu", "pax"] as const).map((names) =>
    makeTar([
      tarFolder("cat/"),
      ...members.map((member) => tarMember(member, names)),
      tarLink("cat/3.png", "cat/1.png"),
    ]),
  );

/** Tar archives: GNU long names, pax records, links. */
export const tar: FuzzTarget = {
  name: "tar",
  cases: async () =>
    tars().map((sound, i) => ({
      name: `tar ${i}`,
      sound,
      read: async (bytes) => readAll(await readTar(memoryAccess("fuzz.tar", bytes))),
    })),
};

/** Gzipped tars, damaged outside. They are inflated into a file. */
export const tarGz: FuzzTarget = {
  name: "tar.gz",
  cases: async () =>
    tars().map((tar, i) => ({
      name: `tar.gz ${i}`,
      sound: gzipSync(tar),
      read: async (bytes) => {
        const folder = await mkdtemp(join(tmpdir(), "simile-fuzz-"));
        try {
          const path = join(folder, "fuzz.tar.gz");
          await writeFile(path, bytes);
          await readAll(await openContainer(path, 2 ** 24));
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      },
    })),
};
