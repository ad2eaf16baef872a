import { silenceProgress } from '../../src/base/progress.ts';
import './close.ts';

silenceProgress(true);
