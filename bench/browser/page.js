// Asks the server what to do, does it, and posts what came of it: {value} (milliseconds of a step) or {error}.
const side = new URL(location.href).searchParams.get("side");
const task = await (await fetch("/task")).json();
let step;

async function act(question) {
  if (question === "make") {
    const { make } = await import(`./${side}.js`);
    step = await make(task);
    return 0;
  }
  const start = performance.now();
  await step();
  return performance.now() - start;
}

for (;;) {
  const question = await (await fetch("/next")).text();
  const answer = await act(question).then(
    (value) => ({ value }),
    (error) => ({ error: `${error?.message ?? error}`.split("\n")[0] }),
  );
  await fetch("/answer", { method: "POST", body: JSON.stringify(answer) });
}
