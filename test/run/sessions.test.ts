import { describe, expect, test } from "vitest";
import { constant, input } from "../../src/graph/index.js";
import { compileGraph, openSessions, runtimeInfo } from "../../src/run/index.js";

function graph(factor: number) {
  const x = input("x", "float32", [2]);
  return { outputs: { y: x.mul(constant(factor)) } };
}

describe("sessions", () => {
  test("are made once for equal graphs and settings, and released by the last user", async () => {
    const before = openSessions();
    const [a, b] = [await compileGraph(graph(2)), await compileGraph(graph(2))];
    expect(openSessions()).toBe(before + 1);
    const [other, threads] = [await compileGraph(graph(3)), await compileGraph(graph(2), { threads: 1 })];
    expect(openSessions()).toBe(before + 3);
    await a.release();
    await a.release();
    expect(openSessions()).toBe(before + 3);
    expect((await b.run({ x: Float32Array.of(1, 2) })).y!.data).toEqual(Float32Array.of(2, 4));
    await Promise.all([b.release(), other.release(), threads.release()]);
    expect(openSessions()).toBe(before);
  });

  test("can be made again after their release, also at once", async () => {
    const before = openSessions();
    const programs = await Promise.all([graph(5), graph(5), graph(5)].map((traced) => compileGraph(traced)));
    expect(openSessions()).toBe(before + 1);
    const released = Promise.all(programs.map((program) => program.release()));
    const again = await compileGraph(graph(5));
    await released;
    expect((await again.run({ x: Float32Array.of(1, 0) })).y!.data).toEqual(Float32Array.of(5, 0));
    await again.release();
    expect(openSessions()).toBe(before);
  });

  test("a released program says so", async () => {
    const program = await compileGraph(graph(7), { name: "done" });
    await program.release();
    await expect(program.run({ x: Float32Array.of(1, 2) })).rejects.toMatchObject({ code: "released", where: "done" });
  });
});

test("a device that this machine lacks is refused with what there is", async () => {
  const { devices } = runtimeInfo();
  expect(devices).toContain("cpu");
  const absent = (["cuda", "webgpu"] as const).filter((device) => !devices.includes(device));
  for (const device of absent) {
    await expect(compileGraph(graph(2), { device })).rejects.toMatchObject({ code: "device-absent", received: device });
  }
  const before = openSessions();
  const invented = compileGraph(graph(2), { device: "abacus" as "cpu" });
  await expect(invented).rejects.toMatchObject({ code: "device-absent", received: "abacus" });
  expect(openSessions()).toBe(before);
});
