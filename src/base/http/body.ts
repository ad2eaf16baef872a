// Reading the body of an answer, with a limit on how long it may be silent.

/**
 * The next piece of a body; undefined at its end; an Error when the connection broke or was silent for `ms`.
 * Throws the signal's reason when aborted.
 */
export async function readPiece(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | Error | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<Error>((resolve) => {
    timer = setTimeout(() => resolve(new Error(`no bytes for ${ms / 1000} s`)), ms);
  });
  try {
    const next = await Promise.race([reader.read(), silence]);
    return next instanceof Error ? next : next.value;
  } catch (error) {
    signal?.throwIfAborted();
    return error as Error;
  } finally {
    clearTimeout(timer);
  }
}

/** Read exactly `length` bytes; throws when there are fewer or more. */
export async function readExactly(
  response: Response,
  length: number,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  const reader = response.body?.getReader();
  let have = 0;
  try {
    while (reader !== undefined) {
      const piece = await readPiece(reader, ms, signal);
      if (piece instanceof Error) throw piece;
      if (piece === undefined) break;
      if (have + piece.byteLength > length) throw new Error(`more than ${length} bytes`);
      bytes.set(piece, have);
      have += piece.byteLength;
    }
  } finally {
    await reader?.cancel().catch(() => undefined);
  }
  if (have !== length) throw new Error(`${have} bytes in place of ${length}`);
  return bytes.buffer;
}
