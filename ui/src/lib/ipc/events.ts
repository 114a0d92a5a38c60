// One line an event that the app sends.
import { listen } from '@tauri-apps/api/event';

import type { JobState } from '../backend/backend';
import type { EcosystemRow } from '../backend/ecosystems';
import type { Overview } from './types';

export const onOverview = (tell: (overview: Overview) => void) => listen<Overview>('overview', (event) => tell(event.payload));
export const onJob = (tell: (job: JobState | null) => void) => listen<JobState | null>('job', (event) => tell(event.payload));
export const onView = (tell: () => void) => listen('view', () => tell());
export const onEcosystems = (tell: (rows: EcosystemRow[]) => void) => listen<EcosystemRow[]>('ecosystems', (event) => tell(event.payload));
