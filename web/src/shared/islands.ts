// Data inside the page: JSON in elements that hold no program.

/** Take the value of island `id` out of the document; undefined when the page has none. */
export function takeIsland<T>(id: string): T | undefined {
  const element = document.getElementById(id);
  if (element === null) return undefined;
  const value = JSON.parse(element.textContent ?? '') as T;
  element.remove();
  return value;
}
