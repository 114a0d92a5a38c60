import { words } from '../words';

/** The views, by the names of their tabs. */
export type View = keyof typeof words.tabs;

/** A view, and what of it is meant: a round, a kind of report; `null` where it is just the view. */
export interface Aim {
  view: View;
  of: string | null;
}

const KEY = 'view';

export const isView = (name: string): name is View => Object.hasOwn(words.tabs, name);

/** Reads `backups`, `report:morning`, `rounds:weekly` or `upkeep:runbook:ID`; `null` where this window knows no such view. */
export function aim(text: string | null): Aim | null {
  if (text === null) return null;
  const [name = '', ...rest] = text.split(':');
  const view = name === 'report' ? 'reports' : name;
  return isView(view) ? { view, of: rest.join(':') || null } : null;
}

/** The view that was shown last. */
export function recall(): View {
  try {
    const known = localStorage.getItem(KEY);
    if (known !== null && isView(known)) return known;
  } catch {
    // A page without storage begins with the overview.
  }
  return 'overview';
}

/** Keeps the view for the next time the panel opens. */
export function remember(view: View): void {
  try {
    localStorage.setItem(KEY, view);
  } catch {
    // Nothing is lost but a convenience.
  }
}
