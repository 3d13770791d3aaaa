export { connectedItems, splitConnected } from "./components.js";
export { alikeScores, type ItemPairs, pairsByPosition, selectPairs, withUnlike } from "./item-pairs.js";
export { invalidPairs, type NamedPair, type PairFileOptions, readPairs } from "./pair-file.js";
