// In place of src/compute/products/open.ts: matrix products by plain loops. Heads are small.
import type { ArrayGemm } from '../../../../src/compute/products/array-products.ts';

/** Products on JavaScript arrays, summed in float64. */
export async function openArrayGemm(): Promise<ArrayGemm> {
  return async ([m, n, depth], a, b, c) => {
    const [aRow, aColumn] = a.transposed === true ? [1, a.stride] : [a.stride, 1];
    const [bRow, bColumn] = b.transposed === true ? [1, b.stride] : [b.stride, 1];
    for (let row = 0; row < m; row++) {
      for (let column = 0; column < n; column++) {
        const at = row * c.stride + column;
        let sum = c.add === true ? c.data[at]! : 0;
        for (let i = 0; i < depth; i++)
          sum += a.data[row * aRow + i * aColumn]! * b.data[i * bRow + column * bColumn]!;
        c.data[at] = sum;
      }
    }
  };
}
