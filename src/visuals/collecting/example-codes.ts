// The codes of one example, gathered row by row and handed out latent by latent.

/** Gathers the entries of one example, whose rows may come from several batches. */
interface ExampleCodes {
  /** Add one entry; tokens must come in ascending order. */
  add(latent: number, token: number, value: number): void;
  /**
   * Call `visit` once for every latent that fired, in the order of their first firing, then forget all entries.
   * `token` and `value` hold `length` entries, tokens ascending, and are overwritten by the next call.
   */
  flush(
    visit: (latent: number, token: Uint32Array, value: Float32Array, length: number) => void,
  ): void;
}

/** Create an empty gatherer for `dSae` latents. */
export function createExampleCodes(dSae: number): ExampleCodes {
  // Entries of one latent are chained: `lastEntry[latent]` → `previous[entry]` → … → −1.
  const lastEntry = new Int32Array(dSae).fill(-1);
  const entries = new Uint32Array(dSae);
  const fired = new Uint32Array(dSae);
  let nFired = 0;
  let nEntries = 0;
  let longest = 0;
  let previous = new Int32Array(2 ** 16);
  let tokens = new Uint32Array(2 ** 16);
  let values = new Float32Array(2 ** 16);
  let token = new Uint32Array(64);
  let value = new Float32Array(64);

  return {
    add(latent, tokenIndex, amount) {
      if (nEntries === previous.length) {
        previous = grown(previous, new Int32Array(2 * nEntries));
        tokens = grown(tokens, new Uint32Array(2 * nEntries));
        values = grown(values, new Float32Array(2 * nEntries));
      }
      if (entries[latent] === 0) fired[nFired++] = latent;
      longest = Math.max(longest, ++entries[latent]!);
      previous[nEntries] = lastEntry[latent]!;
      tokens[nEntries] = tokenIndex;
      values[nEntries] = amount;
      lastEntry[latent] = nEntries++;
    },
    flush(visit) {
      if (token.length < longest) {
        token = new Uint32Array(2 * longest);
        value = new Float32Array(2 * longest);
      }
      for (let f = 0; f < nFired; f++) {
        const latent = fired[f]!;
        const length = entries[latent]!;
        let entry = lastEntry[latent]!;
        for (let i = length - 1; i >= 0; i--) {
          token[i] = tokens[entry]!;
          value[i] = values[entry]!;
          entry = previous[entry]!;
        }
        lastEntry[latent] = -1;
        entries[latent] = 0;
        visit(latent, token, value, length);
      }
      nFired = 0;
      nEntries = 0;
      longest = 0;
    },
  };
}

function grown<T extends Int32Array | Uint32Array | Float32Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
