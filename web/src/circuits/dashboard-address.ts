/** Address of a feature on its own page; undefined when the graph names no page, or one outside its folder's kind. */
export function dashboardAddress(
  template: string | undefined,
  featureKey: string | undefined,
): string | undefined {
  if (template === undefined || featureKey === undefined) return undefined;
  const [layer, index] = featureKey.split('/');
  const address = template.replaceAll('{layer}', layer!);
  if (/^\s*([a-z][a-z0-9+.-]*:|[/\\])/i.test(address)) return undefined;
  return `${address}#f=${index}`;
}
