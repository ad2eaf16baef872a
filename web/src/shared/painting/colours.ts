// Colours of the style sheet as pixels, for what paints them itself.

/** Colours that custom properties of a canvas name, whichever way they are written there. Paints over its first row. */
export function coloursOf(
  canvas: HTMLCanvasElement,
  context: CanvasRenderingContext2D,
  names: readonly string[],
): Uint32Array {
  const style = getComputedStyle(canvas);
  names.forEach((name, i) => {
    context.fillStyle = style.getPropertyValue(name);
    context.fillRect(i, 0, 1, 1);
  });
  return new Uint32Array(context.getImageData(0, 0, names.length, 1).data.buffer);
}
