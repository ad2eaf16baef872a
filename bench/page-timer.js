// Functions of bench/page.ts that run in the page: what is asked for, and how long it takes until the page shows it.
const frame = () => new Promise((done) => requestAnimationFrame(() => done()));

/** Milliseconds from `act` to the frame after the one in which `answer` gives something else. */
globalThis.timeTo = async (act, answer) => {
  const before = answer();
  const start = performance.now();
  act();
  while (answer() === before && performance.now() - start < 10_000) await frame();
  await frame();
  return performance.now() - start;
};

/** Type into the search field. */
globalThis.type = (text) => {
  const field = document.querySelector('input[type=search]');
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, text);
  field.dispatchEvent(new Event('input', { bubbles: true }));
};

/** Draw a rectangle on a plot in so many steps; the time of each, until what it says beside it changes. */
globalThis.brush = async (steps, of = '.scatter svg', beside = '.filter-line') => {
  const plot = document.querySelector(of);
  const { left, top, width, height } = plot.getBoundingClientRect();
  const send = (name, at) =>
    plot.dispatchEvent(
      new PointerEvent(name, {
        bubbles: true,
        pointerId: 1,
        clientX: left + width * at,
        clientY: top + height * at,
      }),
    );
  // Made-up pointers cannot be captured.
  plot.setPointerCapture = () => undefined;
  send('pointerdown', 0.25);
  send('pointermove', 0.3);
  await frame();
  const status = () => document.querySelector(beside).textContent;
  const times = [];
  for (let step = 1; step <= steps; step++) {
    times.push(await timeTo(() => send('pointermove', 0.3 + (0.4 * step) / steps), status));
  }
  send('pointerup', 0.7);
  return times;
};
