// Throws where WebGPU is absent, or imitated by the processor, which would measure nothing of use.
export async function needAdapter() {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) throw new Error("WebGPU has no adapter here");
  const { architecture, description, vendor, isFallbackAdapter } = adapter.info;
  const name = [vendor, architecture, description].filter(Boolean).join(" ");
  if (isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(name)) {
    throw new Error(`WebGPU is imitated by the processor here (${name || "fallback adapter"})`);
  }
}
