import { ProbabilityTable } from './probability-table.tsx';
import type { SectionProps } from './section.ts';

/** Probabilities of typed prompts. */
export function ZeroShot({ section }: SectionProps<'zero-shot'>) {
  const { isShared, prompts } = section;
  return (
    <section className="edit-section">
      <h2>Prompts</h2>
      <p className="edit-note">
        {isShared
          ? "How well the image fits each text, by the model's own text tower; shares of all prompts add up to 100%."
          : "How well the image fits each text, by the model's own text tower; each prompt has a probability of its own."}
      </p>
      <ProbabilityTable of="Prompt" rows={prompts} />
    </section>
  );
}
