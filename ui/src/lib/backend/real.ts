import * as commands from '../ipc/commands';
import { firstOverview, firstView } from '../ipc/first';
import { onEcosystems, onJob, onOverview, onView } from '../ipc/events';
import type { Backend } from './backend';

/** The app itself. */
export const real: Backend = { ...commands, firstOverview, firstView, listen: onOverview, listenToJob: onJob, listenToView: onView, listenToEcosystems: onEcosystems };
