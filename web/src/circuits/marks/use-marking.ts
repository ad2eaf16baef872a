// What people do to marks from wherever they are on the page: buttons and keys share it.
import type { RefObject } from 'react';
import { flushSync } from 'react-dom';
import type { PageGraph } from '../../../../src/pages/circuit-page.ts';
import type { Subgraph, Supernode } from '../../../../src/pages/circuits/marks.ts';
import type { ChangeCircuit, CircuitState } from '../circuit-state.ts';
import { buildGraph, type CircuitGraph, type CircuitNode } from '../graph.ts';
import * as changes from './changes.ts';
import { groupId, nodeIds } from './supernodes.ts';
import type { MarksStore } from './use-marks.ts';

/** The marks that are shown, and what can be done to them. */
export interface Marking {
  readonly marks: MarksStore['marks'];
  readonly undo: MarksStore['undo'];
  /** Choose a node for grouping, or no longer. */
  choose(node: CircuitNode): void;
  /** Choose all pinned nodes that are in no supernode. */
  choosePinned(): void;
  chooseNone(): void;
  pinChosen(): void;
  /** Make one supernode of what is chosen. */
  group(name: string): void;
  /** Go to the name of what is chosen; choose the pinned nodes, or the one looked at, where nothing is. */
  startGroup(): void;
  /** The supernode that a node is, or that it is in. */
  groupOf(node: CircuitNode): Supernode | undefined;
  ungroup(group: Supernode): void;
  takeOut(node: CircuitNode): void;
  /** Show the nodes of a supernode one by one, or as one again. */
  setOpen(group: Supernode, isOpen: boolean): void;
  /** Go to a node inside a supernode. */
  goInside(group: Supernode, member: CircuitNode): void;
  /** Call a node or a supernode otherwise. */
  rename(node: CircuitNode, text: string): void;
  /** The label that a node came with, where it has another now. */
  originalOf(node: CircuitNode): string | undefined;
  noteOf(node: CircuitNode): string;
  setNote(node: CircuitNode, text: string): void;
  setGraphNote(text: string): void;
  /** Keep what is shown under a name. */
  keepSubgraph(name: string): void;
  showSubgraph(subgraph: Subgraph): void;
  renameSubgraph(before: string, name: string): void;
  removeSubgraph(name: string): void;
}

/** Give what can be done to the marks of a circuit. */
export function useMarking(page: {
  /** As it is drawn, and with every node for itself. */
  graph: CircuitGraph;
  whole: CircuitGraph;
  json: PageGraph;
  state: CircuitState;
  change: ChangeCircuit;
  store: MarksStore;
  influence: number;
  naming: RefObject<HTMLInputElement | null>;
}): Marking {
  const { graph, whole, json, state, change, store, naming } = page;
  const { marks } = store;
  const groupOf = (node: CircuitNode): Supernode | undefined =>
    marks.groups.find(({ ids }) => ids.includes(nodeIds(node)[0]!));
  const withPins = (ids: readonly string[]): string[] => [...new Set([...state.pins, ...ids])];
  const original = (id: string): string =>
    buildGraph({ ...json, nodes: json.nodes.filter((node) => node.node_id === id), links: [] })
      .nodes[0]?.label ?? '';
  return {
    marks,
    undo: store.undo,
    choose(node) {
      const ids = nodeIds(node);
      const others = state.chosen.filter((id) => !ids.includes(id));
      change({ chosen: others.length < state.chosen.length ? others : [...others, ...ids] });
    },
    choosePinned() {
      const inGroups = new Set(marks.groups.flatMap(({ ids }) => ids));
      change({ chosen: state.pins.filter((id) => whole.byId.has(id) && !inGroups.has(id)) });
    },
    chooseNone: () => change({ chosen: [] }),
    pinChosen: () => change({ pins: withPins(state.chosen), chosen: [] }),
    group(name) {
      const ids = state.chosen.filter((id) => whole.byId.has(id));
      if (ids.length === 0) return;
      const { groups } = changes.grouped(marks, ids, name);
      store.change({ groups });
      change({ node: groupId(groups.at(-1)!), pins: withPins(ids), chosen: [] });
    },
    startGroup() {
      if (state.chosen.length === 0) {
        const at = state.node === undefined ? undefined : graph.byId.get(state.node);
        const inGroups = new Set(marks.groups.flatMap(({ ids }) => ids));
        const free = state.pins.filter((id) => whole.byId.has(id) && !inGroups.has(id));
        const chosen = free.length > 0 ? free : at === undefined ? [] : nodeIds(at);
        // Drawn at once: what is typed next belongs into the bar, not to the keys of the page.
        flushSync(() => change({ chosen }));
      }
      naming.current?.focus();
    },
    groupOf,
    ungroup(group) {
      store.change(changes.ungrouped(marks, group));
      change({ node: undefined, open: state.open.filter((id) => id !== groupId(group)) });
    },
    takeOut: (node) => store.change(changes.takenOut(marks, node.id)),
    setOpen(group, isOpen) {
      const id = groupId(group);
      const others = state.open.filter((other) => other !== id);
      change({ open: isOpen ? [...others, id] : others, node: isOpen ? group.ids[0]! : id });
    },
    goInside(group, member) {
      const id = groupId(group);
      change({ open: [...state.open.filter((other) => other !== id), id], node: member.id });
    },
    rename(node, text) {
      const group = node.members === undefined ? undefined : groupOf(node);
      if (group !== undefined) store.change(changes.renamedGroup(marks, group, text));
      else store.change(changes.relabelled(marks, node.id, text, original(node.id)));
    },
    originalOf(node) {
      const isOwn = marks.labels.some(([id]) => id === node.id);
      return isOwn ? original(node.id) : undefined;
    },
    noteOf: (node) => marks.notes.find(([id]) => id === node.id)?.[1] ?? '',
    setNote: (node, text) => store.change(changes.noted(marks, node.id, text)),
    setGraphNote: (text) => store.change({ note: text.trimEnd() }),
    keepSubgraph: (name) =>
      store.change(
        changes.withSubgraph(marks, {
          name,
          pins: marks.pins.filter((id) => whole.byId.has(id)),
          groups: marks.groups,
          labels: marks.labels,
          influence: Number(page.influence.toFixed(4)),
          edge: state.edge,
        }),
      ),
    showSubgraph({ pins, groups, labels, influence, edge }) {
      store.change({ groups, labels });
      change({
        pins,
        chosen: [],
        open: [],
        node: undefined,
        influence: influence ?? undefined,
        ...(edge !== null && { edge }),
      });
    },
    renameSubgraph: (before, name) => store.change(changes.renamedSubgraph(marks, before, name)),
    removeSubgraph: (name) => store.change(changes.withoutSubgraph(marks, name)),
  };
}
