// The steps of bench/suites/browser.ts in jax-js. Its arrays are owned: whoever takes one uses it up, and `.ref` keeps it.
import { needAdapter } from "./adapter.js";

function normals(count, deviation = 1) {
  const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return Float32Array.from({ length: count }, () => deviation * normal());
}

/** The parts of jax-js that the steps need, with what they share. */
async function open(provider) {
  if (provider === "webgpu") await needAdapter();
  const jax = await import("/packages/@jax-js/jax/dist/index.js");
  const devices = await jax.init(provider);
  if (!devices.includes(provider)) throw new Error(`jax-js has no ${provider} here`);
  jax.defaultDevice(provider);
  const { numpy: np } = jax;
  const drawn = (shape, deviation) => {
    const count = shape.reduce((a, b) => a * b, 1);
    return np.array(normals(count, deviation), { shape });
  };
  const filled = (size, value) => np.array(new Float32Array(size).fill(value), { shape: [size] });
  const normalized = (x) => {
    const length = np.sqrt(np.sum(np.square(x.ref), 1, { keepdims: true }).add(1e-12));
    return x.div(length);
  };
  /** Mean square of similarities minus `same`. */
  const squareLoss = (embedding, same) => {
    const similarities = np.matmul(embedding.ref, np.transpose(embedding));
    return np.mean(np.square(similarities.sub(same)));
  };
  return { jax, np, drawn, filled, normalized, squareLoss };
}

/** 1 in a class of four, 0 among classes. */
function sameClass(np, batch) {
  const same = Float32Array.from({ length: batch ** 2 }, (_, i) => {
    return Number(Math.floor(i / batch / 4) === Math.floor((i % batch) / 4));
  });
  return np.array(same, { shape: [batch, batch] });
}

const refs = (arrays) => arrays.map((array) => array.ref);

/** A step of `update` over parameters and their slots, compiled as a whole. */
function training({ jax, np, squareLoss }, { parameters, slots, x, batch, embed, update }) {
  const same = sameClass(np, batch);
  const loss = (values, images, classes) => squareLoss(embed(values, images), classes);
  const step = jax.jit((values, state, images, classes) => {
    const [value, gradients] = jax.valueAndGrad(loss)(refs(values), images, classes);
    const updated = values.map((each, i) => update(each, state.map((slot) => slot[i]), gradients[i]));
    return [value, updated.map(([next]) => next), state.map((_, slot) => updated.map(([, after]) => after[slot]))];
  });
  let [values, state] = [parameters, slots];
  return async () => {
    const [value, next, after] = step(values, state, x.ref, same.ref);
    [values, state] = [next, after];
    await jax.blockUntilReady([value.ref, ...refs(values)]);
    await value.data();
  };
}

function head(tools) {
  const { np, drawn, filled, normalized } = tools;
  const parameters = [drawn([2048, 512], 0.02), filled(512, 0)];
  const zeros = () => [np.zeros([2048, 512]), np.zeros([512])];
  const adam = (value, [mean, square], gradient) => {
    const nextMean = mean.mul(0.9).add(gradient.ref.mul(0.1));
    const nextSquare = square.mul(0.999).add(np.square(gradient).mul(0.001));
    const change = nextMean.ref.div(np.sqrt(nextSquare.ref).add(1e-8)).mul(1e-4);
    return [value.sub(change), [nextMean, nextSquare]];
  };
  const embed = ([weight, bias], x) => normalized(np.matmul(x, weight).add(bias));
  const slots = [zeros(), zeros()];
  return training(tools, { parameters, slots, x: drawn([128, 2048]), batch: 128, embed, update: adam });
}

/** Batch statistics in training, fixed ones (0 and 1) else. */
function conv4(tools, learns) {
  const { jax, np, drawn, filled, normalized } = tools;
  const blocks = [3, 64, 64, 64].flatMap((inputs) => [drawn([64, inputs, 3, 3], 0.05), filled(64, 1), filled(64, 0)]);
  const parameters = [...blocks, drawn([1024, 128], 0.03), filled(128, 0)];
  const perChannel = (x) => np.reshape(x, [1, 64, 1, 1]);
  const over = [[0, 2, 3], { keepdims: true }];
  const norm = (x, scale, bias) => {
    if (!learns) return x.mul(perChannel(scale)).add(perChannel(bias));
    const centred = x.ref.sub(np.mean(x, ...over));
    const variance = np.mean(np.square(centred.ref), ...over);
    return centred.mul(perChannel(scale).div(np.sqrt(variance.add(1e-5)))).add(perChannel(bias));
  };
  const pool = (x) => {
    const [n, c, h, w] = x.shape;
    return np.max(np.reshape(x, [n, c, h / 2, 2, w / 2, 2]), [3, 5]);
  };
  const embed = (values, images) => {
    let x = images;
    for (let i = 0; i < 12; i += 3) {
      x = jax.lax.conv(x, values[i], [1, 1], "SAME");
      x = jax.nn.relu(pool(norm(x, values[i + 1], values[i + 2])));
    }
    return normalized(np.matmul(np.reshape(x, [32, 1024]), values[12]).add(values[13]));
  };
  const x = drawn([32, 3, 64, 64]);
  if (!learns) {
    const forward = jax.jit(embed);
    return async () => {
      await forward(refs(parameters), x.ref).data();
    };
  }
  const momentum = (value, [velocity], gradient) => {
    const next = velocity.mul(0.9).add(gradient);
    return [value.sub(next.ref.mul(1e-4)), [next]];
  };
  const slots = [parameters.map(({ shape }) => np.zeros(shape))];
  return training(tools, { parameters, slots, x, batch: 32, embed, update: momentum });
}

export async function make({ provider, step }) {
  const tools = await open(provider);
  return step === "head/128" ? head(tools) : conv4(tools, step.startsWith("train"));
}
