// What latents that explain what is left (AuxK) have beside the others: which they are, and codes of their own.
import type { LayoutSizes, Room } from './room.ts';

/** Take room for them; of each row `maxAux` entries. */
export function auxRegions({ aux }: Room, { latents, maxRows, maxAux, bytesOut }: LayoutSizes) {
  const entries = maxRows * maxAux * 4;
  return {
    auxLatents: aux(latents * 4),
    auxFloor: aux(latents * 4),
    auxFired: aux(latents * 4),
    auxPrefix: aux(4),
    auxBias: aux(bytesOut),
    left: aux(maxRows * bytesOut),
    auxErrors: aux(maxRows * bytesOut),
    auxRowStart: aux(maxRows * 4),
    auxRowCount: aux(maxRows * 4),
    auxIndex: aux(entries),
    auxPre: aux(entries),
    auxDPre: aux(entries),
    auxColCount: aux((latents + 1) * 4),
    auxColStart: aux((latents + 1) * 4),
    auxColRow: aux(entries),
    auxColPre: aux(entries),
    auxColDPre: aux(entries),
  };
}
