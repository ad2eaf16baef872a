// Generated from what src/compute/kernels/wasm exports (npm run build:kernels -- --declare): do not edit. Addresses
// are in bytes.

export const GEMM_SCRATCH = 293936;

/** Arguments of {@link WasmKernels.adam}. */
export interface AdamArguments {
  readonly w: number;
  readonly g: number;
  readonly m: number;
  readonly v: number;
  readonly bytes: number;
  readonly rate: number;
  readonly gain1: number;
  readonly beta2: number;
  readonly gain2: number;
  readonly root: number;
  readonly epsilon: number;
  readonly factor: number;
  readonly kept: number;
}

/** Arguments of {@link WasmKernels.latentGradients}. */
export interface LatentGradientsArguments {
  readonly firstLatent: number;
  readonly endLatent: number;
  readonly colStart: number;
  readonly colRow: number;
  readonly colPre: number;
  readonly colDPre: number;
  readonly threshold: number;
  readonly width: number;
  readonly norms: number;
  readonly l0: number;
  readonly rowL0: number;
  readonly errors: number;
  readonly table: number;
  readonly prefixes: number;
  readonly x: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly gEnc: number;
  readonly gDec: number;
  readonly gBias: number;
  readonly gThreshold: number;
  readonly fired: number;
}

/** Arguments of {@link WasmKernels.codesOfGates}. */
export interface CodesOfGatesArguments {
  readonly firstRow: number;
  readonly endRow: number;
  readonly rowStart: number;
  readonly rowCount: number;
  readonly index: number;
  readonly gate: number;
  readonly bEnc: number;
  readonly gain: number;
  readonly bMag: number;
  readonly code: number;
}

/** Arguments of {@link WasmKernels.keepCodes}. */
export interface KeepCodesArguments {
  readonly firstRow: number;
  readonly endRow: number;
  readonly rowStart: number;
  readonly rowCount: number;
  readonly index: number;
  readonly pre: number;
  readonly bEnc: number;
  readonly gain: number;
  readonly bMag: number;
}

/** Arguments of {@link WasmKernels.pressGates}. */
export interface PressGatesArguments {
  readonly firstRow: number;
  readonly endRow: number;
  readonly rowStart: number;
  readonly rowCount: number;
  readonly index: number;
  readonly gate: number;
  readonly dGate: number;
  readonly norms: number;
  readonly l1: number;
}

/** Arguments of {@link WasmKernels.gateGradients}. */
export interface GateGradientsArguments {
  readonly firstLatent: number;
  readonly endLatent: number;
  readonly colStart: number;
  readonly colRow: number;
  readonly colGate: number;
  readonly colDGate: number;
  readonly colCode: number;
  readonly colDCode: number;
  readonly threshold: number;
  readonly errors: number;
  readonly gateErrors: number;
  readonly x: number;
  readonly batch: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly bEnc: number;
  readonly gain: number;
  readonly wDec: number;
  readonly pressed: number;
  readonly gEnc: number;
  readonly gDec: number;
  readonly gBEnc: number;
  readonly gRMag: number;
  readonly gBMag: number;
  readonly fired: number;
}

/** Arguments of {@link WasmKernels.shareOfGates}. */
export interface ShareOfGatesArguments {
  readonly firstLatent: number;
  readonly endLatent: number;
  readonly gBEnc: number;
  readonly gBMag: number;
  readonly gain: number;
  readonly wEnc: number;
  readonly bytesIn: number;
  readonly share: number;
}

/** Arguments of {@link WasmKernels.gemm}. */
export interface GemmArguments {
  readonly m: number;
  readonly n: number;
  readonly depth: number;
  readonly a: number;
  readonly aRow: number;
  readonly aCol: number;
  readonly b: number;
  readonly bRow: number;
  readonly bCol: number;
  readonly c: number;
  readonly ldc: number;
  readonly accumulate: number;
  readonly scratch: number;
}

/** Arguments of {@link WasmKernels.ghostBackward}. */
export interface GhostBackwardArguments {
  readonly d: number;
  readonly e: number;
  readonly rows: number;
  readonly width: number;
  readonly stride: number;
  readonly list: number;
  readonly gBias: number;
}

/** Arguments of {@link WasmKernels.ghostErrors}. */
export interface GhostErrorsArguments {
  readonly g: number;
  readonly errors: number;
  readonly x: number;
  readonly target: number;
  readonly weights: number;
  readonly scale: number;
  readonly rows: number;
  readonly bytes: number;
  readonly sum: number;
}

/** Arguments of {@link WasmKernels.liftLatents}. */
export interface LiftLatentsArguments {
  readonly list: number;
  readonly n: number;
  readonly rows: number;
  readonly inputs: number;
  readonly wEnc: number;
  readonly bEnc: number;
  readonly threshold: number;
  readonly bytesIn: number;
  readonly weight: number;
  readonly gEnc: number;
  readonly gBias: number;
  readonly gThreshold: number;
}

/** Arguments of {@link WasmKernels.penaliseDense}. */
export interface PenaliseDenseArguments {
  readonly f: number;
  readonly g: number;
  readonly rows: number;
  readonly width: number;
  readonly stride: number;
  readonly kind: number;
  readonly weight: number;
  readonly shape: number;
  readonly other: number;
  readonly counts: number;
  readonly losses: number;
}

/** Arguments of {@link WasmKernels.penaliseRows}. */
export interface PenaliseRowsArguments {
  readonly firstRow: number;
  readonly endRow: number;
  readonly rowStart: number;
  readonly rowCount: number;
  readonly index: number;
  readonly pre: number;
  readonly dPre: number;
  readonly threshold: number;
  readonly kind: number;
  readonly weight: number;
  readonly shape: number;
  readonly other: number;
  readonly counts: number;
  readonly losses: number;
}

/** Arguments of {@link WasmKernels.unliftColumns}. */
export interface UnliftColumnsArguments {
  readonly list: number;
  readonly n: number;
  readonly colStart: number;
  readonly colRow: number;
  readonly colPre: number;
  readonly threshold: number;
  readonly x: number;
  readonly bytesIn: number;
  readonly weight: number;
  readonly gEnc: number;
  readonly gBias: number;
  readonly gThreshold: number;
}

/** Arguments of {@link WasmKernels.unliftDense}. */
export interface UnliftDenseArguments {
  readonly list: number;
  readonly n: number;
  readonly firstLatent: number;
  readonly endLatent: number;
  readonly pre: number;
  readonly rows: number;
  readonly stride: number;
  readonly threshold: number;
  readonly x: number;
  readonly bytesIn: number;
  readonly weight: number;
  readonly gEnc: number;
  readonly gBias: number;
  readonly gThreshold: number;
}

/** Arguments of {@link WasmKernels.reconstructRows}. */
export interface ReconstructRowsArguments {
  readonly firstRow: number;
  readonly endRow: number;
  readonly batch: number;
  readonly rowStart: number;
  readonly rowCount: number;
  readonly index: number;
  readonly pre: number;
  readonly dPre: number;
  readonly threshold: number;
  readonly wDec: number;
  readonly bDec: number;
  readonly target: number;
  readonly weights: number;
  readonly errors: number;
  readonly bytes: number;
  readonly prefixes: number;
  readonly nPrefixes: number;
  readonly scale: number;
  readonly l1: number;
  readonly sums: number;
  readonly acc: number;
  readonly backward: number;
}

/** Arguments of {@link WasmKernels.roundRows}. */
export interface RoundRowsArguments {
  readonly rows: number;
  readonly n: number;
  readonly bytes: number;
  readonly out: number;
  readonly scale: number;
  readonly near: number;
  readonly far: number;
  readonly weights: number;
}

/** Arguments of {@link WasmKernels.screenTile}. */
export interface ScreenTileArguments {
  readonly products: number;
  readonly rows: number;
  readonly width: number;
  readonly firstLatent: number;
  readonly x: number;
  readonly wEnc: number;
  readonly bytes: number;
  readonly scaleX: number;
  readonly nearX: number;
  readonly farX: number;
  readonly scaleW: number;
  readonly nearW: number;
  readonly farW: number;
  readonly bias: number;
  readonly floor: number;
  readonly listIndex: number;
  readonly listValue: number;
  readonly listCount: number;
  readonly capacity: number;
  readonly bounds: number;
  readonly sample: number;
}

/** Arguments of {@link WasmKernels.countColumns}. */
export interface CountColumnsArguments {
  readonly rows: number;
  readonly rowStart: number;
  readonly rowCount: number;
  readonly index: number;
  readonly firstLatent: number;
  readonly endLatent: number;
  readonly count: number;
}

/** Arguments of {@link WasmKernels.fillColumns}. */
export interface FillColumnsArguments {
  readonly rows: number;
  readonly rowStart: number;
  readonly rowCount: number;
  readonly index: number;
  readonly pre: number;
  readonly dPre: number;
  readonly firstLatent: number;
  readonly endLatent: number;
  readonly start: number;
  readonly count: number;
  readonly colStart: number;
  readonly colRow: number;
  readonly colPre: number;
  readonly colDPre: number;
}

/** Arguments of {@link WasmKernels.gradientSquares}. */
export interface GradientSquaresArguments {
  readonly firstLatent: number;
  readonly endLatent: number;
  readonly colStart: number;
  readonly ghosted: number;
  readonly wEnc: number;
  readonly gEnc: number;
  readonly bytesIn: number;
  readonly wDec: number;
  readonly gDec: number;
  readonly bytesOut: number;
  readonly bEnc: number;
  readonly gBias: number;
  readonly threshold: number;
  readonly gThreshold: number;
  readonly trainThreshold: number;
  readonly inLogarithm: number;
  readonly biasShare: number;
  readonly removeParallel: number;
  readonly norms: number;
}

/** Arguments of {@link WasmKernels.stepLatents}. */
export interface StepLatentsArguments {
  readonly firstLatent: number;
  readonly endLatent: number;
  readonly seen: number;
  readonly colStart: number;
  readonly ghosted: number;
  readonly wEnc: number;
  readonly mEnc: number;
  readonly vEnc: number;
  readonly gEnc: number;
  readonly bytesIn: number;
  readonly wDec: number;
  readonly mDec: number;
  readonly vDec: number;
  readonly gDec: number;
  readonly bytesOut: number;
  readonly bEnc: number;
  readonly mBias: number;
  readonly vBias: number;
  readonly gBias: number;
  readonly threshold: number;
  readonly mThreshold: number;
  readonly vThreshold: number;
  readonly gThreshold: number;
  readonly trainThreshold: number;
  readonly inLogarithm: number;
  readonly thresholdRate: number;
  readonly biasShare: number;
  readonly removeParallel: number;
  readonly unitNorm: number;
  readonly norms: number;
  readonly rate: number;
  readonly gain1: number;
  readonly beta2: number;
  readonly gain2: number;
  readonly root: number;
  readonly epsilon: number;
  readonly factor: number;
  readonly kept: number;
}

/** Arguments of {@link WasmKernels.gatherPre}. */
export interface GatherPreArguments {
  readonly h: number;
  readonly rows: number;
  readonly stride: number;
  readonly firstLatent: number;
  readonly bias: number;
  readonly list: number;
  readonly from: number;
  readonly to: number;
  readonly out: number;
  readonly outStride: number;
  readonly gathered: number;
}

/** Arguments of {@link WasmKernels.keepListed}. */
export interface KeepListedArguments {
  readonly values: number;
  readonly rows: number;
  readonly n: number;
  readonly list: number;
  readonly k: number;
  readonly above: number;
  readonly index: number;
  readonly pre: number;
  readonly count: number;
  readonly scratch: number;
}

/** Arguments of {@link WasmKernels.leftOver}. */
export interface LeftOverArguments {
  readonly firstRow: number;
  readonly endRow: number;
  readonly errors: number;
  readonly weights: number;
  readonly scale: number;
  readonly out: number;
  readonly bytes: number;
  readonly share: number;
  readonly sums: number;
}

/** Arguments of {@link WasmKernels.activateDense}. */
export interface ActivateDenseArguments {
  readonly h: number;
  readonly f: number;
  readonly rows: number;
  readonly width: number;
  readonly stride: number;
  readonly bias: number;
  readonly threshold: number;
}

/** Arguments of {@link WasmKernels.errorRows}. */
export interface ErrorRowsArguments {
  readonly acc: number;
  readonly target: number;
  readonly weights: number;
  readonly errors: number;
  readonly scale: number;
  readonly rows: number;
  readonly bytes: number;
  readonly sse: number;
}

/** Arguments of {@link WasmKernels.backwardDense}. */
export interface BackwardDenseArguments {
  readonly g: number;
  readonly pre: number;
  readonly rows: number;
  readonly stride: number;
  readonly firstLatent: number;
  readonly endLatent: number;
  readonly threshold: number;
  readonly width: number;
  readonly norms: number;
  readonly l1: number;
  readonly l0: number;
  readonly rowL0: number;
  readonly gBias: number;
  readonly gThreshold: number;
  readonly gWindow: number;
  readonly fired: number;
  readonly sums: number;
}

/** Arguments of {@link WasmKernels.compactTile}. */
export interface CompactTileArguments {
  readonly h: number;
  readonly rows: number;
  readonly width: number;
  readonly firstLatent: number;
  readonly bias: number;
  readonly floor: number;
  readonly listIndex: number;
  readonly listValue: number;
  readonly listCount: number;
  readonly capacity: number;
  readonly bounds: number;
}

/** Arguments of {@link WasmKernels.keepTopK}. */
export interface KeepTopKArguments {
  readonly rows: number;
  readonly k: number;
  readonly longest: number;
  readonly listIndex: number;
  readonly listValue: number;
  readonly listCount: number;
  readonly capacity: number;
  readonly bounds: number;
  readonly scratch: number;
}

/** Arguments of {@link WasmKernels.packLists}. */
export interface PackListsArguments {
  readonly rows: number;
  readonly firstRow: number;
  readonly listIndex: number;
  readonly listValue: number;
  readonly listCount: number;
  readonly capacity: number;
  readonly cursor: number;
  readonly codesCapacity: number;
  readonly rowStart: number;
  readonly rowCount: number;
  readonly index: number;
  readonly pre: number;
}

/** Arguments of {@link WasmKernels.codesOfDenseGates}. */
export interface CodesOfDenseGatesArguments {
  readonly gate: number;
  readonly code: number;
  readonly rows: number;
  readonly width: number;
  readonly stride: number;
  readonly bEnc: number;
  readonly gain: number;
  readonly bMag: number;
}

/** Arguments of {@link WasmKernels.backwardDenseGates}. */
export interface BackwardDenseGatesArguments {
  readonly gate: number;
  readonly dGate: number;
  readonly code: number;
  readonly dCode: number;
  readonly rows: number;
  readonly stride: number;
  readonly firstLatent: number;
  readonly endLatent: number;
  readonly bytesOut: number;
  readonly norms: number;
  readonly l1: number;
  readonly bEnc: number;
  readonly gain: number;
  readonly wDec: number;
  readonly pressed: number;
  readonly gWDec: number;
  readonly gBEnc: number;
  readonly gRMag: number;
  readonly gBMag: number;
  readonly fired: number;
  readonly sums: number;
  readonly gateSums: number;
  readonly scratch: number;
}

/** Arguments of {@link WasmKernels.boundTile}. */
export interface BoundTileArguments {
  readonly products: number;
  readonly rows: number;
  readonly width: number;
  readonly firstLatent: number;
  readonly scaleX: number;
  readonly nearX: number;
  readonly farX: number;
  readonly scaleW: number;
  readonly nearW: number;
  readonly farW: number;
  readonly bias: number;
  readonly floor: number;
  readonly listIndex: number;
  readonly listValue: number;
  readonly listLower: number;
  readonly listCount: number;
  readonly capacity: number;
  readonly bounds: number;
}

/** Arguments of {@link WasmKernels.narrowLists}. */
export interface NarrowListsArguments {
  readonly rows: number;
  readonly k: number;
  readonly longest: number;
  readonly listIndex: number;
  readonly listValue: number;
  readonly listLower: number;
  readonly listCount: number;
  readonly capacity: number;
  readonly bounds: number;
  readonly scratch: number;
  readonly next: number;
}

/** Arguments of {@link WasmKernels.computeListed}. */
export interface ComputeListedArguments {
  readonly rows: number;
  readonly endLatent: number;
  readonly x: number;
  readonly wEnc: number;
  readonly bytes: number;
  readonly bias: number;
  readonly floor: number;
  readonly listIndex: number;
  readonly listValue: number;
  readonly listCount: number;
  readonly listRead: number;
  readonly listKept: number;
  readonly capacity: number;
}

/** The compiled functions; those of many arguments take them by name. */
export interface WasmKernels {
  adam(args: AdamArguments): void;
  latentGradients(args: LatentGradientsArguments): void;
  codesOfGates(args: CodesOfGatesArguments): void;
  keepCodes(args: KeepCodesArguments): void;
  pressGates(args: PressGatesArguments): number;
  rowNorms(rows: number, n: number, bytes: number, out: number): void;
  gateGradients(args: GateGradientsArguments): void;
  shareOfGates(args: ShareOfGatesArguments): void;
  gemm(args: GemmArguments): void;
  gatherRows(table: number, list: number, n: number, out: number, bytes: number): void;
  ghostBackward(args: GhostBackwardArguments): void;
  ghostErrors(args: GhostErrorsArguments): void;
  ghostValues(
    e: number,
    rows: number,
    width: number,
    stride: number,
    list: number,
    bias: number,
  ): void;
  scatterRows(rows: number, list: number, n: number, table: number, bytes: number): void;
  signs(d: number, n: number, weight: number, sum: number): void;
  boundOfLargest(histogram: number, most: number): number;
  countValues(
    rows: number,
    listValue: number,
    listCount: number,
    capacity: number,
    histogram: number,
  ): void;
  keepAbove(
    rows: number,
    bound: number,
    listIndex: number,
    listValue: number,
    listCount: number,
    capacity: number,
  ): void;
  liftLatents(args: LiftLatentsArguments): number;
  penaliseDense(args: PenaliseDenseArguments): void;
  penaliseRows(args: PenaliseRowsArguments): void;
  unliftColumns(args: UnliftColumnsArguments): number;
  unliftDense(args: UnliftDenseArguments): number;
  reconstructRows(args: ReconstructRowsArguments): void;
  sumRows(rows: number, firstRow: number, endRow: number, out: number, bytes: number): void;
  inverseNorms(rows: number, out: number, n: number, bytes: number): void;
  meanOfRows(out: number, n: number, rows: number, count: number): void;
  scaleRow(x: number, n: number, mean: number, scalar: number, limit: number): number;
  roundRows(args: RoundRowsArguments): void;
  screenTile(args: ScreenTileArguments): number;
  countColumns(args: CountColumnsArguments): number;
  fillColumns(args: FillColumnsArguments): void;
  gradientSquares(args: GradientSquaresArguments): number;
  stepLatents(args: StepLatentsArguments): void;
  gatherPre(args: GatherPreArguments): void;
  keepListed(args: KeepListedArguments): void;
  leftOver(args: LeftOverArguments): void;
  activateDense(args: ActivateDenseArguments): void;
  fillRows(acc: number, bias: number, rows: number, bytes: number): void;
  errorRows(args: ErrorRowsArguments): void;
  addInto(a: number, b: number, bytes: number): void;
  backwardDense(args: BackwardDenseArguments): void;
  unitRows(w: number, rows: number, bytes: number): void;
  centre(x: number, bias: number, out: number, rows: number, bytes: number): void;
  compactTile(args: CompactTileArguments): void;
  keepTopK(args: KeepTopKArguments): void;
  packLists(args: PackListsArguments): number;
  codesOfDenseGates(args: CodesOfDenseGatesArguments): void;
  backwardDenseGates(args: BackwardDenseGatesArguments): void;
  boundTile(args: BoundTileArguments): void;
  narrowLists(args: NarrowListsArguments): void;
  computeListed(args: ComputeListedArguments): void;
}

/** Put names to the arguments of what a compiled module exports. */
export function nameArguments(exports: unknown): WasmKernels {
  const raw = exports as Record<keyof WasmKernels, (...numbers: number[]) => number>;
  return {
    adam: (a) =>
      raw.adam(
        a.w,
        a.g,
        a.m,
        a.v,
        a.bytes,
        a.rate,
        a.gain1,
        a.beta2,
        a.gain2,
        a.root,
        a.epsilon,
        a.factor,
        a.kept,
      ),
    latentGradients: (a) =>
      raw.latentGradients(
        a.firstLatent,
        a.endLatent,
        a.colStart,
        a.colRow,
        a.colPre,
        a.colDPre,
        a.threshold,
        a.width,
        a.norms,
        a.l0,
        a.rowL0,
        a.errors,
        a.table,
        a.prefixes,
        a.x,
        a.bytesIn,
        a.bytesOut,
        a.gEnc,
        a.gDec,
        a.gBias,
        a.gThreshold,
        a.fired,
      ),
    codesOfGates: (a) =>
      raw.codesOfGates(
        a.firstRow,
        a.endRow,
        a.rowStart,
        a.rowCount,
        a.index,
        a.gate,
        a.bEnc,
        a.gain,
        a.bMag,
        a.code,
      ),
    keepCodes: (a) =>
      raw.keepCodes(
        a.firstRow,
        a.endRow,
        a.rowStart,
        a.rowCount,
        a.index,
        a.pre,
        a.bEnc,
        a.gain,
        a.bMag,
      ),
    pressGates: (a) =>
      raw.pressGates(
        a.firstRow,
        a.endRow,
        a.rowStart,
        a.rowCount,
        a.index,
        a.gate,
        a.dGate,
        a.norms,
        a.l1,
      ),
    rowNorms: raw.rowNorms,
    gateGradients: (a) =>
      raw.gateGradients(
        a.firstLatent,
        a.endLatent,
        a.colStart,
        a.colRow,
        a.colGate,
        a.colDGate,
        a.colCode,
        a.colDCode,
        a.threshold,
        a.errors,
        a.gateErrors,
        a.x,
        a.batch,
        a.bytesIn,
        a.bytesOut,
        a.bEnc,
        a.gain,
        a.wDec,
        a.pressed,
        a.gEnc,
        a.gDec,
        a.gBEnc,
        a.gRMag,
        a.gBMag,
        a.fired,
      ),
    shareOfGates: (a) =>
      raw.shareOfGates(
        a.firstLatent,
        a.endLatent,
        a.gBEnc,
        a.gBMag,
        a.gain,
        a.wEnc,
        a.bytesIn,
        a.share,
      ),
    gemm: (a) =>
      raw.gemm(
        a.m,
        a.n,
        a.depth,
        a.a,
        a.aRow,
        a.aCol,
        a.b,
        a.bRow,
        a.bCol,
        a.c,
        a.ldc,
        a.accumulate,
        a.scratch,
      ),
    gatherRows: raw.gatherRows,
    ghostBackward: (a) => raw.ghostBackward(a.d, a.e, a.rows, a.width, a.stride, a.list, a.gBias),
    ghostErrors: (a) =>
      raw.ghostErrors(a.g, a.errors, a.x, a.target, a.weights, a.scale, a.rows, a.bytes, a.sum),
    ghostValues: raw.ghostValues,
    scatterRows: raw.scatterRows,
    signs: raw.signs,
    boundOfLargest: raw.boundOfLargest,
    countValues: raw.countValues,
    keepAbove: raw.keepAbove,
    liftLatents: (a) =>
      raw.liftLatents(
        a.list,
        a.n,
        a.rows,
        a.inputs,
        a.wEnc,
        a.bEnc,
        a.threshold,
        a.bytesIn,
        a.weight,
        a.gEnc,
        a.gBias,
        a.gThreshold,
      ),
    penaliseDense: (a) =>
      raw.penaliseDense(
        a.f,
        a.g,
        a.rows,
        a.width,
        a.stride,
        a.kind,
        a.weight,
        a.shape,
        a.other,
        a.counts,
        a.losses,
      ),
    penaliseRows: (a) =>
      raw.penaliseRows(
        a.firstRow,
        a.endRow,
        a.rowStart,
        a.rowCount,
        a.index,
        a.pre,
        a.dPre,
        a.threshold,
        a.kind,
        a.weight,
        a.shape,
        a.other,
        a.counts,
        a.losses,
      ),
    unliftColumns: (a) =>
      raw.unliftColumns(
        a.list,
        a.n,
        a.colStart,
        a.colRow,
        a.colPre,
        a.threshold,
        a.x,
        a.bytesIn,
        a.weight,
        a.gEnc,
        a.gBias,
        a.gThreshold,
      ),
    unliftDense: (a) =>
      raw.unliftDense(
        a.list,
        a.n,
        a.firstLatent,
        a.endLatent,
        a.pre,
        a.rows,
        a.stride,
        a.threshold,
        a.x,
        a.bytesIn,
        a.weight,
        a.gEnc,
        a.gBias,
        a.gThreshold,
      ),
    reconstructRows: (a) =>
      raw.reconstructRows(
        a.firstRow,
        a.endRow,
        a.batch,
        a.rowStart,
        a.rowCount,
        a.index,
        a.pre,
        a.dPre,
        a.threshold,
        a.wDec,
        a.bDec,
        a.target,
        a.weights,
        a.errors,
        a.bytes,
        a.prefixes,
        a.nPrefixes,
        a.scale,
        a.l1,
        a.sums,
        a.acc,
        a.backward,
      ),
    sumRows: raw.sumRows,
    inverseNorms: raw.inverseNorms,
    meanOfRows: raw.meanOfRows,
    scaleRow: raw.scaleRow,
    roundRows: (a) => raw.roundRows(a.rows, a.n, a.bytes, a.out, a.scale, a.near, a.far, a.weights),
    screenTile: (a) =>
      raw.screenTile(
        a.products,
        a.rows,
        a.width,
        a.firstLatent,
        a.x,
        a.wEnc,
        a.bytes,
        a.scaleX,
        a.nearX,
        a.farX,
        a.scaleW,
        a.nearW,
        a.farW,
        a.bias,
        a.floor,
        a.listIndex,
        a.listValue,
        a.listCount,
        a.capacity,
        a.bounds,
        a.sample,
      ),
    countColumns: (a) =>
      raw.countColumns(
        a.rows,
        a.rowStart,
        a.rowCount,
        a.index,
        a.firstLatent,
        a.endLatent,
        a.count,
      ),
    fillColumns: (a) =>
      raw.fillColumns(
        a.rows,
        a.rowStart,
        a.rowCount,
        a.index,
        a.pre,
        a.dPre,
        a.firstLatent,
        a.endLatent,
        a.start,
        a.count,
        a.colStart,
        a.colRow,
        a.colPre,
        a.colDPre,
      ),
    gradientSquares: (a) =>
      raw.gradientSquares(
        a.firstLatent,
        a.endLatent,
        a.colStart,
        a.ghosted,
        a.wEnc,
        a.gEnc,
        a.bytesIn,
        a.wDec,
        a.gDec,
        a.bytesOut,
        a.bEnc,
        a.gBias,
        a.threshold,
        a.gThreshold,
        a.trainThreshold,
        a.inLogarithm,
        a.biasShare,
        a.removeParallel,
        a.norms,
      ),
    stepLatents: (a) =>
      raw.stepLatents(
        a.firstLatent,
        a.endLatent,
        a.seen,
        a.colStart,
        a.ghosted,
        a.wEnc,
        a.mEnc,
        a.vEnc,
        a.gEnc,
        a.bytesIn,
        a.wDec,
        a.mDec,
        a.vDec,
        a.gDec,
        a.bytesOut,
        a.bEnc,
        a.mBias,
        a.vBias,
        a.gBias,
        a.threshold,
        a.mThreshold,
        a.vThreshold,
        a.gThreshold,
        a.trainThreshold,
        a.inLogarithm,
        a.thresholdRate,
        a.biasShare,
        a.removeParallel,
        a.unitNorm,
        a.norms,
        a.rate,
        a.gain1,
        a.beta2,
        a.gain2,
        a.root,
        a.epsilon,
        a.factor,
        a.kept,
      ),
    gatherPre: (a) =>
      raw.gatherPre(
        a.h,
        a.rows,
        a.stride,
        a.firstLatent,
        a.bias,
        a.list,
        a.from,
        a.to,
        a.out,
        a.outStride,
        a.gathered,
      ),
    keepListed: (a) =>
      raw.keepListed(
        a.values,
        a.rows,
        a.n,
        a.list,
        a.k,
        a.above,
        a.index,
        a.pre,
        a.count,
        a.scratch,
      ),
    leftOver: (a) =>
      raw.leftOver(
        a.firstRow,
        a.endRow,
        a.errors,
        a.weights,
        a.scale,
        a.out,
        a.bytes,
        a.share,
        a.sums,
      ),
    activateDense: (a) =>
      raw.activateDense(a.h, a.f, a.rows, a.width, a.stride, a.bias, a.threshold),
    fillRows: raw.fillRows,
    errorRows: (a) =>
      raw.errorRows(a.acc, a.target, a.weights, a.errors, a.scale, a.rows, a.bytes, a.sse),
    addInto: raw.addInto,
    backwardDense: (a) =>
      raw.backwardDense(
        a.g,
        a.pre,
        a.rows,
        a.stride,
        a.firstLatent,
        a.endLatent,
        a.threshold,
        a.width,
        a.norms,
        a.l1,
        a.l0,
        a.rowL0,
        a.gBias,
        a.gThreshold,
        a.gWindow,
        a.fired,
        a.sums,
      ),
    unitRows: raw.unitRows,
    centre: raw.centre,
    compactTile: (a) =>
      raw.compactTile(
        a.h,
        a.rows,
        a.width,
        a.firstLatent,
        a.bias,
        a.floor,
        a.listIndex,
        a.listValue,
        a.listCount,
        a.capacity,
        a.bounds,
      ),
    keepTopK: (a) =>
      raw.keepTopK(
        a.rows,
        a.k,
        a.longest,
        a.listIndex,
        a.listValue,
        a.listCount,
        a.capacity,
        a.bounds,
        a.scratch,
      ),
    packLists: (a) =>
      raw.packLists(
        a.rows,
        a.firstRow,
        a.listIndex,
        a.listValue,
        a.listCount,
        a.capacity,
        a.cursor,
        a.codesCapacity,
        a.rowStart,
        a.rowCount,
        a.index,
        a.pre,
      ),
    codesOfDenseGates: (a) =>
      raw.codesOfDenseGates(a.gate, a.code, a.rows, a.width, a.stride, a.bEnc, a.gain, a.bMag),
    backwardDenseGates: (a) =>
      raw.backwardDenseGates(
        a.gate,
        a.dGate,
        a.code,
        a.dCode,
        a.rows,
        a.stride,
        a.firstLatent,
        a.endLatent,
        a.bytesOut,
        a.norms,
        a.l1,
        a.bEnc,
        a.gain,
        a.wDec,
        a.pressed,
        a.gWDec,
        a.gBEnc,
        a.gRMag,
        a.gBMag,
        a.fired,
        a.sums,
        a.gateSums,
        a.scratch,
      ),
    boundTile: (a) =>
      raw.boundTile(
        a.products,
        a.rows,
        a.width,
        a.firstLatent,
        a.scaleX,
        a.nearX,
        a.farX,
        a.scaleW,
        a.nearW,
        a.farW,
        a.bias,
        a.floor,
        a.listIndex,
        a.listValue,
        a.listLower,
        a.listCount,
        a.capacity,
        a.bounds,
      ),
    narrowLists: (a) =>
      raw.narrowLists(
        a.rows,
        a.k,
        a.longest,
        a.listIndex,
        a.listValue,
        a.listLower,
        a.listCount,
        a.capacity,
        a.bounds,
        a.scratch,
        a.next,
      ),
    computeListed: (a) =>
      raw.computeListed(
        a.rows,
        a.endLatent,
        a.x,
        a.wEnc,
        a.bytes,
        a.bias,
        a.floor,
        a.listIndex,
        a.listValue,
        a.listCount,
        a.listRead,
        a.listKept,
        a.capacity,
      ),
  };
}
