import * as commands from '../ipc/commands';
import { firstOverview } from '../ipc/first';
import { onJob, onOverview } from '../ipc/events';
import type { Backend } from './backend';

/** The app itself. */
export const real: Backend = { ...commands, firstOverview, listen: onOverview, listenToJob: onJob };
