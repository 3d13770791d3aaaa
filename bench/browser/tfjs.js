// The steps of bench/suites/browser.ts in TensorFlow.js.
import { needAdapter } from "./adapter.js";

function script(path) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = `/packages/@tensorflow/${path}`;
    element.onload = resolve;
    element.onerror = () => reject(new Error(`no ${path}`));
    document.head.append(element);
  });
}

async function open(provider, threads) {
  if (provider === "webgpu") {
    await needAdapter();
    throw new Error("tfjs-backend-webgpu is not among the peers");
  }
  await script("tfjs/dist/tf.min.js");
  await script("tfjs-backend-wasm/dist/tf-backend-wasm.min.js");
  const { tf } = globalThis;
  tf.wasm.setWasmPaths("/packages/@tensorflow/tfjs-backend-wasm/dist/");
  tf.wasm.setThreadsCount(threads);
  if (!(await tf.setBackend("wasm"))) throw new Error("tfjs-wasm does not start");
  return tf;
}

function normalized(tf, x) {
  return tf.div(x, tf.sqrt(tf.add(tf.sum(tf.square(x), 1, true), 1e-12)));
}

/** Mean square of similarities minus 1 in a class of four and 0 among classes. */
function squareLoss(tf, embedding) {
  const count = embedding.shape[0];
  const labels = tf.floorDiv(tf.range(0, count, 1, "int32"), tf.scalar(4, "int32"));
  const same = tf.cast(tf.equal(tf.expandDims(labels, 1), tf.expandDims(labels, 0)), "float32");
  return tf.mean(tf.square(tf.sub(tf.matMul(embedding, embedding, false, true), same)));
}

function training(tf, optimizer, x, embed) {
  return async () => {
    const loss = optimizer.minimize(() => squareLoss(tf, embed(x)), true);
    await loss.data();
    loss.dispose();
  };
}

function head(tf) {
  const weight = tf.variable(tf.randomNormal([2048, 512], 0, 0.02));
  const bias = tf.variable(tf.zeros([512]));
  const x = tf.randomNormal([128, 2048]);
  return training(tf, tf.train.adam(1e-4), x, (v) => normalized(tf, tf.add(tf.matMul(v, weight), bias)));
}

/** Batch statistics in training, fixed ones else. */
function conv4(tf, learns) {
  const blocks = [3, 64, 64, 64].map((inputs) => ({
    weight: tf.variable(tf.randomNormal([3, 3, inputs, 64], 0, 0.05)),
    scale: tf.variable(tf.ones([64])),
    bias: tf.variable(tf.zeros([64])),
    mean: tf.zeros([64]),
    variance: tf.ones([64]),
  }));
  const weight = tf.variable(tf.randomNormal([1024, 128], 0, 0.03));
  const bias = tf.variable(tf.zeros([128]));
  const norm = (x, block) => {
    const { mean, variance } = learns ? tf.moments(x, [0, 1, 2]) : block;
    return tf.batchNorm(x, mean, variance, block.bias, block.scale, 1e-5);
  };
  const embed = (images) => {
    const features = blocks.reduce(
      (x, block) => tf.relu(tf.maxPool(norm(tf.conv2d(x, block.weight, 1, "same"), block), 2, 2, "valid")),
      images,
    );
    return normalized(tf, tf.add(tf.matMul(tf.reshape(features, [images.shape[0], 1024]), weight), bias));
  };
  const x = tf.randomNormal([32, 64, 64, 3]);
  if (learns) return training(tf, tf.train.momentum(1e-4, 0.9), x, embed);
  return async () => {
    const embedding = tf.tidy(() => embed(x));
    await embedding.data();
    embedding.dispose();
  };
}

export async function make({ provider, threads, step }) {
  const tf = await open(provider, threads);
  return step === "head/128" ? head(tf) : conv4(tf, step.startsWith("train"));
}
