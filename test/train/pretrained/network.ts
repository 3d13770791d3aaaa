import {
  type AttributeProto,
  elementTypes,
  encodeModel,
  type NodeProto,
  type TensorProto,
} from "../../../src/onnx/index.js";
import { Random } from "../../../src/rng/index.js";

const random = new Random(11);

function weight(name: string, dims: number[], scale = 1): TensorProto {
  const values = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => scale * random.normal());
  return { name, dims, dataType: elementTypes.float32, rawData: new Uint8Array(values.buffer) };
}

const ints = (name: string, values: number[]): AttributeProto => ({ name, ints: values, type: 7 });
const node = (opType: string, input: string[], output: string, attribute: AttributeProto[] = []): NodeProto => ({
  opType,
  name: `n_${output}`,
  input,
  output: [output],
  attribute,
});
const kernel = (size: number, stride = 1) => [
  ints("kernel_shape", [size, size]),
  ints("strides", [stride, stride]),
  ints("pads", Array(4).fill((size - 1) / 2)),
];
const half = [ints("kernel_shape", [2, 2]), ints("strides", [2, 2])];

/** What tells networks of {@link network} apart. */
export interface NetworkOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  /** Height and width in the input's shape; default free. */
  readonly size?: number;
  /** Numbers that the first node subtracts. */
  readonly mean?: readonly number[];
}

/**
 * Bytes of a small classifier as other tools write them: float32 [n, 3, h, w] -> three stages of convolution, batch
 * normalisation, ReLU and pooling -> global average -> Gemm to ten classes.
 */
export function network({ metadata = {}, size, mean }: NetworkOptions = {}): Uint8Array {
  const side = size === undefined ? { dimParam: "side" } : { dimValue: size };
  const positive = (name: string, count: number): TensorProto => {
    const values = Float32Array.from({ length: count }, () => 0.5 + random.uniform());
    return { name, dims: [count], dataType: elementTypes.float32, rawData: new Uint8Array(values.buffer) };
  };
  const initializer = [
    ...(mean ? [{ name: "mean", dims: [1, 3, 1, 1], dataType: 1, floatData: [...mean] }] : []),
    ...[0, 1, 2].flatMap((i) => [
      weight(`conv${i}.weight`, [6, i === 0 ? 3 : 6, 3, 3], 0.3),
      positive(`bn${i}.weight`, 6),
      weight(`bn${i}.bias`, [6], 0.1),
      weight(`bn${i}.running_mean`, [6], 0.1),
      positive(`bn${i}.running_var`, 6),
    ]),
    weight("fc.weight", [6, 10]),
    weight("fc.bias", [10]),
  ];
  const nodes = [0, 1, 2].flatMap((i) => {
    const first = mean ? "centred" : "x";
    const statistics = ["weight", "bias", "running_mean", "running_var"].map((name) => `bn${i}.${name}`);
    return [
      node("Conv", [i === 0 ? first : `pool${i - 1}`, `conv${i}.weight`], `conv${i}`, kernel(3)),
      node("BatchNormalization", [`conv${i}`, ...statistics], `bn${i}`),
      node("Relu", [`bn${i}`], `relu${i}`),
      ...(i < 2 ? [node("MaxPool", [`relu${i}`], `pool${i}`, half)] : []),
    ];
  });
  const graph = {
    name: "classifier",
    node: [
      ...(mean ? [node("Sub", ["x", "mean"], "centred")] : []),
      ...nodes,
      node("GlobalAveragePool", ["relu2"], "gap"),
      node("Flatten", ["gap"], "flat"),
      node("Gemm", ["flat", "fc.weight", "fc.bias"], "logits"),
    ],
    initializer,
    input: [
      {
        name: "x",
        type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: "n" }, { dimValue: 3 }, side, side] } } },
      },
    ],
    output: [
      { name: "logits", type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: "n" }, { dimValue: 10 }] } } } },
    ],
  };
  const metadataProps = Object.entries(metadata).map(([key, value]) => ({ key, value }));
  return encodeModel({ irVersion: 8, producerName: "other", graph, opsetImport: [{ version: 17 }], metadataProps });
}
