import { words } from '../words';

/** The views, by the names of their tabs. */
export type View = keyof typeof words.tabs;

const KEY = 'view';

/** The view that was shown last. */
export function recall(): View {
  try {
    const known = localStorage.getItem(KEY);
    if (known !== null && known in words.tabs) return known as View;
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
