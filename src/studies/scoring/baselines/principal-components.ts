// Principal components, each in both directions; the largest of a row kept, as saev's trait discovery does.
import { openArrayGemm } from '../../../compute/products/open.ts';
import { type Baseline, centred, meanOf } from './baseline.ts';
import { openDirections } from './direction-coder.ts';
import { type Eigen, symmetricEigen } from './symmetric-eigen.ts';

/** Rows whose products are summed in float32, before they go to a float64 sum. */
const CHUNK = 4096;

export const principalComponents: Baseline = {
  name: 'pca',
  about: 'principal components, each in both directions, the largest of a row kept',
  async fit(rows, options) {
    const { dModel, l0 } = options;
    const mean = meanOf(rows, dModel);
    const { vectors } = await principalAxes(rows, mean);
    const directions = new Float32Array(2 * dModel * dModel);
    vectors.forEach((value, i) => {
      const [component, dimension] = [Math.floor(i / dModel), i % dModel];
      directions[2 * component * dModel + dimension] = value;
      directions[(2 * component + 1) * dModel + dimension] = -value;
    });
    const activation = { kind: 'topk', k: Math.min(l0, dModel) } as const;
    return openDirections(this.name, { directions, mean, activation }, options);
  },
};

/** Find the axes of rows `[rows, d]` and the variances along them (with n − 1, as scikit-learn), largest first. */
export async function principalAxes(rows: Float32Array, mean: Float32Array): Promise<Eigen> {
  const d = mean.length;
  const n = rows.length / d;
  const gemm = await openArrayGemm();
  const total = new Float64Array(d * d);
  for (let start = 0; start < n; start += CHUNK) {
    const some = centred(rows.subarray(start * d, (start + CHUNK) * d), mean);
    const product = new Float32Array(d * d);
    await gemm(
      [d, d, some.length / d],
      { data: some, stride: d, transposed: true },
      { data: some, stride: d },
      { data: product, stride: d },
    );
    for (let i = 0; i < total.length; i++) total[i]! += product[i]!;
  }
  return symmetricEigen(
    total.map((value) => value / Math.max(1, n - 1)),
    d,
  );
}
