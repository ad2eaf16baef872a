import { Section, type SectionProps } from './section.tsx';
import { WeightTable } from './weight-table.tsx';

/** The features of earlier blocks that a feature reads, a section for each block. */
export function EarlierFeatures({ index, feature }: SectionProps) {
  return feature.pullbacks.map((table, i) => {
    const { name, layer, page } = index.texts.earlier[i]!;
    return (
      <Section
        key={name}
        name={`Features of block ${layer}`}
        heading={<>Features of block {layer} it reads</>}
        title={name}
      >
        <WeightTable
          table={table}
          nameOf={(latent) => `${layer}/${latent}`}
          addressOf={page === undefined ? undefined : (latent) => addressIn(page, latent)}
        />
      </Section>
    );
  });
}

/** The address of a feature on a page: a file, or a view of the workbench. */
function addressIn(page: string, latent: number): string {
  return `${page}${page.startsWith('#') ? '?' : '#'}f=${latent}`;
}
