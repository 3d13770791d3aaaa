import type { z } from "zod";
import type { Entry } from "../registry/index.js";
import type { Distance } from "./distance.js";

/** A distance that can be chosen by name. */
export type DistanceEntry<Schema extends z.ZodObject = z.ZodObject> = Entry<Distance, Schema>;
