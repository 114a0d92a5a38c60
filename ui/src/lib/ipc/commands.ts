// One line a command; the names are those registered in src-tauri/src/commands.rs.
import { invoke } from '@tauri-apps/api/core';

import type { BackupsShown, FilesShown, RestorePlan, Chart, Day, Found, Incident, Moment, Nap, Overview, RemedyAction, SignalId, Span, Telling, TellingChange, Threshold, ThresholdChange, WhatIf } from './types';

export const overview = () => invoke<Overview>('overview');
export const checkNow = () => invoke<Overview>('check_now');
export const chooseFolder = () => invoke<string | null>('choose_folder');
export const discover = (root: string) => invoke<Found>('discover', { root });
export const adopt = (root: string) => invoke<Overview>('adopt', { root });
export const startDemo = () => invoke<Overview>('start_demo');
export const remedy = (action: RemedyAction) => invoke<void>('remedy', { action });
export const closePanel = () => invoke<void>('close_panel');
export const incidents = () => invoke<Incident[]>('incidents');
export const acknowledge = (id: string) => invoke<Overview>('acknowledge', { id });
export const snooze = (id: string | null, nap: Nap) => invoke<Overview>('snooze', { id, nap });
export const backups = () => invoke<BackupsShown>('backups');
export const backupFiles = (id: string, part: string) => invoke<FilesShown>('backup_files', { id, part });
export const restorePlan = (id: string, only: string | null) => invoke<RestorePlan>('restore_plan', { id, only });
export const backUp = () => invoke<BackupsShown>('back_up');
export const verifyBackup = (id: string) => invoke<[string[], BackupsShown]>('verify_backup', { id });
export const drillBackup = (id: string) => invoke<[number, BackupsShown]>('drill_backup', { id });
export const restore = (id: string, only: string | null) => invoke<[string, BackupsShown]>('restore', { id, only });
export const undoRestore = () => invoke<[string, BackupsShown]>('undo_restore');
export const cancelJob = () => invoke<void>('cancel_job');
export const testChannel = (name: string) => invoke<void>('test_channel', { name });
export const chart = (signal: SignalId, span: Span) => invoke<Chart>('chart', { signal, span });
export const day = (date: string | null) => invoke<Day>('day', { date });
export const moment = (at: string) => invoke<Moment>('moment', { at });
export const exportHistory = (signal: SignalId) => invoke<string | null>('export_history', { signal });
export const thresholds = () => invoke<Threshold[]>('thresholds');
export const tryThresholds = (changes: ThresholdChange[]) => invoke<WhatIf>('try_thresholds', { changes });
export const telling = () => invoke<Telling>('telling');
export const changeTelling = (change: TellingChange) => invoke<Overview>('change_telling', { change });
export const keepSecret = (name: string, secret: string) => invoke<void>('keep_secret', { name, secret });
export const setThresholds = (changes: ThresholdChange[]) => invoke<Overview>('set_thresholds', { changes });
