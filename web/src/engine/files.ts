// The files of the engine beside the page: JSON, bytes, and float32 tensors in safetensors files.

/** Reads files of one folder. */
export interface EngineFiles {
  /** Address of the folder, with a slash at its end. */
  readonly base: string;
  json<T>(name: string): Promise<T>;
  bytes(name: string): Promise<Uint8Array<ArrayBuffer>>;
  /** All tensors of a file by name. */
  tensors(name: string): Promise<ReadonlyMap<string, Float32Array<ArrayBuffer>>>;
}

/** Open the folder at an address. */
export function engineFiles(base: string): EngineFiles {
  const reach = async (name: string): Promise<Response> => {
    const response = await fetch(new URL(name, base)).catch((cause: unknown) => {
      throw new Error(`'${name}' cannot be loaded: is the host still there?`, { cause });
    });
    if (response.ok) return response;
    throw new Error(`'${name}' cannot be loaded: the host answers ${response.status}`);
  };
  const bytes = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(await (await reach(name)).arrayBuffer());
  return {
    base,
    bytes,
    json: async (name) => (await reach(name)).json(),
    tensors: async (name) => tensorsOf(await bytes(name)),
  };
}

/** Tensors of float32 in the bytes of a safetensors file: the length of a header, the header, the numbers. */
export function tensorsOf(
  file: Uint8Array<ArrayBuffer>,
): ReadonlyMap<string, Float32Array<ArrayBuffer>> {
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Record<
    string,
    { dtype: string; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, Float32Array<ArrayBuffer>>();
  for (const [name, { dtype, data_offsets: range }] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    if (dtype !== 'F32') throw new TypeError(`tensor '${name}' is ${dtype}`);
    const [start, end] = range.map((at) => 8 + length + at) as [number, number];
    tensors.set(name, new Float32Array(file.buffer.slice(start, end)));
  }
  return tensors;
}
