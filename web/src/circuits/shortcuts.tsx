// The keys of the page, and how to read it.
import type { Shortcut } from '../shared/shortcuts.ts';
import type { Direction } from './figure/layout.ts';
import type { CircuitNode } from './graph.ts';
import type { Marking } from './marks/use-marking.ts';

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};

/** What keys do: move about the figure and along the strongest edges, pin, close, zoom. */
export function shortcutsOf(page: {
  selected: CircuitNode | undefined;
  select: (node: CircuitNode | undefined) => void;
  move: (direction: Direction) => void;
  pin: () => void;
  zoomBy: (factor: number) => void;
  fit: () => void;
  marking: Marking;
  save: (() => void) | undefined;
}): readonly Shortcut[] {
  const { selected, select, move, pin, zoomBy, fit, marking, save } = page;
  const moveTo = (key: string): void => move(DIRECTIONS[key]!);
  const follow = (node: CircuitNode | undefined): void => {
    if (node !== undefined) select(node);
  };
  const larger = (): void => zoomBy(1.25);
  return [
    { keys: ['ArrowLeft', 'ArrowRight'], meaning: 'node beside', run: moveTo },
    { keys: ['ArrowUp', 'ArrowDown'], meaning: 'nearest node one row up or down', run: moveTo },
    { keys: ['i'], meaning: 'strongest input', run: () => follow(selected?.inputs[0]?.source) },
    { keys: ['o'], meaning: 'strongest output', run: () => follow(selected?.outputs[0]?.target) },
    { keys: ['p'], meaning: 'pin the node', run: pin },
    {
      keys: ['x'],
      meaning: 'choose the node for a supernode (also Ctrl and click)',
      run: () => selected && marking.choose(selected),
    },
    { keys: ['g'], meaning: 'group what is chosen, or pinned', run: marking.startGroup },
    {
      keys: ['e'],
      meaning: 'show the nodes of a supernode, or as one again',
      run: () => {
        const group = selected && marking.groupOf(selected);
        if (group !== undefined) marking.setOpen(group, selected?.members !== undefined);
      },
    },
    { keys: ['z'], meaning: 'take the last mark back', run: () => marking.undo?.() },
    ...(save === undefined ? [] : [{ keys: ['s'], meaning: 'save into graph.json', run: save }]),
    { keys: ['Escape'], meaning: 'close the node', run: () => select(undefined) },
    {
      keys: ['+', '-'],
      meaning: 'larger or smaller',
      run: (key) => (key === '+' ? larger() : zoomBy(1 / 1.25)),
    },
    { keys: ['='], run: larger },
    { keys: ['0'], meaning: 'the whole figure', run: fit },
  ];
}

/** How to read the figure. */
export const ABOUT = (
  <p>
    Tokens run from left to right, layers from the bottom up. An edge is the part of a node’s
    pre-activation that comes from another node, with attention patterns and layer norms held fixed:
    its width is its share of all inputs there, its colour its sign. Pinned nodes stay in sight
    whatever the sliders hide. The address always leads back to what is on the screen.
  </p>
);
