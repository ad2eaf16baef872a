// What people do to marks: each gives the part that changes.

import type { NodeText } from '../../../../src/pages/circuit-page.ts';
import type { CircuitMarks, Subgraph, Supernode } from '../../../../src/pages/circuits/marks.ts';

type Change = Partial<CircuitMarks>;

/** Put nodes into one supernode: they leave those that they are in, and its name is the first that is free. */
export function grouped(
  { groups }: Pick<CircuitMarks, 'groups'>,
  ids: readonly string[],
  name: string,
): { readonly groups: readonly Supernode[] } {
  if (ids.length === 0) return { groups };
  const wanted = new Set(ids);
  const others = groups
    .map((group) => ({ ...group, ids: group.ids.filter((id) => !wanted.has(id)) }))
    .filter((group) => group.ids.length > 0);
  const used = new Set(others.map((group) => group.name));
  return {
    groups: [...others, { name: name.trim() || freeName('Group', used), ids: [...wanted] }],
  };
}

/** Let the nodes of a supernode stand for themselves. */
export function ungrouped({ groups }: Pick<CircuitMarks, 'groups'>, group: Supernode): Change {
  return { groups: groups.filter((other) => other !== group) };
}

/** Call a supernode otherwise; an empty name changes nothing. */
export function renamedGroup(
  { groups }: Pick<CircuitMarks, 'groups'>,
  group: Supernode,
  name: string,
): Change {
  if (name.trim() === '') return {};
  return {
    groups: groups.map((other) => (other === group ? { ...other, name: name.trim() } : other)),
  };
}

/** Take a node out of its supernode; the last one takes the supernode with it. */
export function takenOut({ groups }: Pick<CircuitMarks, 'groups'>, id: string): Change {
  return {
    groups: groups
      .map((group) => ({ ...group, ids: group.ids.filter((other) => other !== id) }))
      .filter(({ ids }) => ids.length > 0),
  };
}

/** Call a node otherwise; an empty text, or what it came with, gives it back its own label. */
export function relabelled(
  { labels }: Pick<CircuitMarks, 'labels'>,
  id: string,
  text: string,
  original: string,
): Change {
  return { labels: withText(labels, id, text.trim() === original ? '' : text.trim()) };
}

/** Say something about a node; an empty text takes it back. */
export function noted({ notes }: Pick<CircuitMarks, 'notes'>, id: string, text: string): Change {
  return { notes: withText(notes, id, text.trimEnd()) };
}

/** Keep what is shown as a subgraph, in place of another of its name. */
export function withSubgraph(
  { subgraphs }: Pick<CircuitMarks, 'subgraphs'>,
  subgraph: Subgraph,
): Change {
  const used = new Set(subgraphs.map(({ name }) => name));
  const name = subgraph.name.trim() || freeName('Subgraph', used);
  const named = { ...subgraph, name };
  return {
    subgraphs: used.has(name)
      ? subgraphs.map((other) => (other.name === name ? named : other))
      : [...subgraphs, named],
  };
}

/** Call a subgraph otherwise; nothing changes when the name is empty or taken. */
export function renamedSubgraph(
  { subgraphs }: Pick<CircuitMarks, 'subgraphs'>,
  before: string,
  text: string,
): Change {
  const name = text.trim();
  if (name === '' || subgraphs.some((other) => other.name === name)) return {};
  return {
    subgraphs: subgraphs.map((other) => (other.name === before ? { ...other, name } : other)),
  };
}

/** Forget a subgraph. */
export function withoutSubgraph(
  { subgraphs }: Pick<CircuitMarks, 'subgraphs'>,
  name: string,
): Change {
  return { subgraphs: subgraphs.filter((other) => other.name !== name) };
}

function withText(texts: readonly NodeText[], id: string, text: string): readonly NodeText[] {
  const others = texts.filter(([other]) => other !== id);
  return text === '' ? others : [...others, [id, text]];
}

function freeName(word: string, used: ReadonlySet<string>): string {
  for (let n = 1; ; n++) if (!used.has(`${word} ${n}`)) return `${word} ${n}`;
}
