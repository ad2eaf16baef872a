// What plots of metrics have in common: a figure as wide as its place, two axes with their names, and pixels of the pointer.
import { type PointerEvent, type RefObject, useRef } from 'react';
import { AxisTitle, HorizontalAxis, VerticalAxis } from '../../shared/axes.tsx';
import { useWidth } from '../use-width.ts';
import { type MetricAxis, metricAxis } from './metric-axis.ts';

/** Room about a plot, for the axes. */
const ROOM = { left: 54, right: 12, top: 12, bottom: 38 };

/** Values that an axis must hold. */
interface AxisValues {
  readonly values: Iterable<number | null | undefined>;
  readonly isLog: boolean;
}

/** A plot as large as its place. */
export interface PlotFrame {
  readonly figure: RefObject<HTMLElement | null>;
  readonly svg: RefObject<SVGSVGElement | null>;
  readonly width: number;
  readonly height: number;
  readonly x: MetricAxis;
  readonly y: MetricAxis;
  /** Where the pointer is, in pixels of the plot. */
  at(event: PointerEvent): { readonly x: number; readonly y: number };
}

/** Measure a plot; its height follows from its width, which is `usual` until it is seen. */
export function usePlotFrame(options: {
  usual: number;
  heightOf: (width: number) => number;
  across: AxisValues;
  up: AxisValues;
}): PlotFrame {
  const { usual, heightOf, across, up } = options;
  const figure = useRef<HTMLElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const width = useWidth(figure, usual);
  const height = Math.round(heightOf(width));
  const { isLog } = across;
  const x = metricAxis(across.values, { isLog, from: ROOM.left, to: width - ROOM.right });
  const y = metricAxis(up.values, { isLog: up.isLog, from: height - ROOM.bottom, to: ROOM.top });
  const at: PlotFrame['at'] = (event) => {
    const box = svg.current!.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * width,
      y: ((event.clientY - box.top) / box.height) * height,
    };
  };
  return { figure, svg, width, height, x, y, at };
}

/** The axes of a plot, with what they measure. */
export function PlotAxes(props: { frame: PlotFrame; across: string; up?: string }) {
  const { frame, across, up } = props;
  const { width, height, x, y } = frame;
  const [right, bottom] = [width - ROOM.right, height - ROOM.bottom];
  return (
    <>
      <HorizontalAxis {...x} top={ROOM.top} bottom={bottom} below={15} width={width} />
      <VerticalAxis {...y} left={ROOM.left} right={right} />
      <AxisTitle x={(ROOM.left + right) / 2} y={height - 6}>
        {across}
      </AxisTitle>
      {up !== undefined && (
        <AxisTitle x={12} y={(ROOM.top + bottom) / 2} turned>
          {up}
        </AxisTitle>
      )}
    </>
  );
}
