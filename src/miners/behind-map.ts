import type { Distance, LearnedMap } from "../distances/index.js";
import type { Miner } from "./miner.js";

/** The miner looking at embeddings behind the map that a loss learns, where they are near or far for the loss. */
export function behindMap(miner: Miner, learned: LearnedMap | undefined): Miner {
  if (learned === undefined) return miner;
  const { project } = learned;
  const behind = (distance: Distance): Distance => ({
    ...distance,
    key: `${distance.key} behind a map`,
    matrix: (query, key) => distance.matrix(project(query), project(key)),
    paired: (a, b) => distance.paired(project(a), project(b)),
  });
  return {
    ...miner,
    mine: (input) => {
      const mined = miner.mine({ ...input, query: project(input.query), key: project(input.key) });
      const { triplets } = mined;
      // A window is looked through later, by the loss, which has the embeddings themselves.
      return triplets?.kind === "window"
        ? { ...mined, triplets: { ...triplets, distance: behind(triplets.distance) } }
        : mined;
    },
  };
}
