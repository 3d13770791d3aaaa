/** Words that data sets use for the parts of a split; `background` and `evaluation` are Omniglot's, `t10k` MNIST's. */
const SPLIT_WORDS: Readonly<Record<string, string>> = {
  train: "train",
  training: "train",
  background: "train",
  val: "validation",
  valid: "validation",
  validation: "validation",
  dev: "validation",
  test: "test",
  testing: "test",
  evaluation: "test",
  t10k: "test",
  query: "query",
  gallery: "gallery",
};

/** `name` as Simile calls that part of a split (`val` is `validation`), or as it is when it is not a known word. */
export function splitName(name: string): string {
  return splitWord(name) ?? name;
}

/** The part of a split `name` stands for, when it is one of the field's words for one. */
export function splitWord(name: string): string | undefined {
  const word = name.toLowerCase();
  return Object.hasOwn(SPLIT_WORDS, word) ? SPLIT_WORDS[word] : undefined;
}

/** The part of a split that one of the words in a file name names: `train_classes_001-098` is `train`. */
export function splitInName(name: string): string | undefined {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map(splitWord)
    .find((word) => word !== undefined);
}
