import fc from 'fast-check';
import { describe, test } from 'vitest';
import { transpose } from './arrays.ts';

describe('transpose', () => {
  test('any matrix is transpose exactly', () => {
    fc.assert(
      fc.property(fc.nat(70), fc.nat(70), (rows, columns) => {
        const matrix = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i));
        const out = transpose(matrix, rows, columns);
        for (let r = 0; r < rows; r++) {
          for (let c = 0; c < columns; c++) {
            if (out[c * rows + r] !== matrix[r * columns + c]) return false;
          }
        }
        return transpose(out, columns, rows).every((value, i) => value === matrix[i]);
      }),
    );
  });
});
