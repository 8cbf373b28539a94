/** Small engines that end with the test, and address spaces on them. */
import { afterEach } from "vitest";
import { type AddressSpace, Engine, type EngineOptions } from "../../dist/index.js";

export const PAGE = 4096;
const engines: Engine[] = [];

/** A checked engine with one worker CPU, which is disposed after the test. */
export async function engineWith(options: EngineOptions = {}): Promise<Engine> {
  const engine = await Engine.create({ cpus: 1, memory: 2 ** 20, checked: true, ...options });
  engines.push(engine);
  return engine;
}

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.dispose()));
});

/** An address space with one page that holds a word. */
export function spaceWith(engine: Engine, value: bigint): { space: AddressSpace; page: number } {
  const space = engine.spawn();
  const page = space.mmap(PAGE);
  space.write(page, value);
  return { space, page };
}
