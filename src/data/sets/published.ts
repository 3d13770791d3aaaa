import type { z } from "zod";
import type { Entry } from "../../registry/index.js";
import type { ImageItem, VerificationPairs } from "../dataset.js";
import type { SetSource } from "./source.js";

/** A file or folder (its path ends in `/`) of a published data set, as its makers named it. */
export interface OfficialFile {
  /** Path as unpacked. Folders above it may be there or not. */
  readonly path: string;
  /** The archive that its makers put it into, when they did. */
  readonly archive?: string;
  /** What it holds, in a few words. */
  readonly holds: string;
  /** A folder that has all files so marked (or their archives) is taken for this data set. */
  readonly mark?: boolean;
  /** Used when it is there, not missed when it is not. */
  readonly optional?: boolean;
}

/** One of the ways in which a data set was handed out. */
export interface Layout {
  readonly name: string;
  readonly files: readonly OfficialFile[];
}

/** How much a part of a data set holds. Parts with roles are named `test/query` and `test/gallery`. */
export interface PartCount {
  readonly part: string;
  readonly items: number;
  readonly classes?: number;
}

/** What a reader makes of the files. */
export interface SetContent {
  readonly items: readonly ImageItem[];
  readonly pairs?: VerificationPairs;
  /** What its user should know: what was left out by the protocol. */
  readonly notes?: readonly string[];
  /** The counts that this choice of options should give; default those of the entry. */
  readonly counts?: readonly PartCount[];
}

/** Reads the official files of a data set. */
export type SetReader = (source: SetSource) => Promise<SetContent>;

/** A data set of the literature: what it is, which files it consists of, how it is split, and how it is read. */
export interface PublishedSet<Schema extends z.ZodObject = z.ZodObject> extends Entry<SetReader, Schema> {
  readonly paper: string;
  /** Other names under which it is known and found, such as that of its unpacked folder. */
  readonly aliases: readonly string[];
  /** Where its makers offer it, in words. */
  readonly origin: string;
  /** What its makers allow, as far as they say. */
  readonly licence: string;
  /** How the literature divides and scores it. */
  readonly protocol: string;
  /** Classes of a complete copy, those of all parts. */
  readonly classes: number;
  /** What a complete copy holds under the default options, part by part. */
  readonly counts: readonly PartCount[];
  readonly layouts: readonly Layout[];
  /** True when other data may well have files of such names, so that only the name of the folder tells. */
  readonly byNameOnly?: boolean;
}
