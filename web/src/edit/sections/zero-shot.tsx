import { ProbabilityTable } from './probability-table.tsx';
import type { SectionProps } from './section.ts';

/** Probabilities of typed prompts. */
export function ZeroShot({ section }: SectionProps<'zero-shot'>) {
  return (
    <section className="edit-section">
      <h2>Prompts</h2>
      <p className="edit-note">How well the image fits each text, by the model's own text tower.</p>
      <ProbabilityTable of="Prompt" rows={section.prompts} />
    </section>
  );
}
