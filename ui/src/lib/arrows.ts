/** How far an arrow key goes in a group of which one is chosen; `undefined` for every other key. */
export const step = (key: string): number | undefined => ({ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 })[key];
