// Rules of the house that a reader of one file cannot see.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

// Vitest runs in ui/.
const SOURCE = join(process.cwd(), 'src');
const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(ts|svelte|css)$/.test(name));
const read = (name: string) => readFileSync(join(SOURCE, name), 'utf8');
const offenders = (pattern: RegExp, among = files) => among.filter((name) => pattern.test(read(name)));

const APP = join(process.cwd(), '../src-tauri/src');

describe('the house', () => {
  it('has something to look at', () => expect(files.length).toBeGreaterThan(20));

  it('never makes markup of text', () => {
    expect(offenders(/\{@html|innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function/)).toEqual([]);
  });

  it('has no clock in the page', () => {
    expect(offenders(/setInterval|setTimeout|requestAnimationFrame|svelte\/(motion|transition)/)).toEqual([]);
  });

  it('writes no style into attributes, which the policy forbids', () => {
    expect(offenders(/\sstyle="|\sstyle=\{/)).toEqual([]);
  });

  it('fetches nothing', () => expect(offenders(/https?:\/\/|\bfetch\(|XMLHttpRequest|WebSocket/)).toEqual([]));

  it('talks to the app in two files only', () => {
    expect(offenders(/@tauri-apps/).sort()).toEqual(['lib/ipc/commands.ts', 'lib/ipc/events.ts']);
  });

  it('keeps the fake out of what ships', () => {
    expect(offenders(/^import .*(fake|fixtures)/m).filter((name) => !name.startsWith('lib/backend/'))).toEqual([]);
  });

  it('calls the commands that the app registers', () => {
    const called = [...read('lib/ipc/commands.ts').matchAll(/invoke<[^(]*>\('(\w+)'/g)].map(([, name]) => name).sort();
    expect(called.length).toBeGreaterThan(0);
    const handler = ['commands.rs', 'lib.rs']
      .map((name) => join(APP, name))
      .filter((path) => existsSync(path))
      .map((path) => /generate_handler!\s*\[([^\]]*)\]/.exec(readFileSync(path, 'utf8'))?.[1])
      .find((list) => list !== undefined);
    if (handler === undefined) throw new Error('no generate_handler![…] in src-tauri/src/commands.rs or lib.rs');
    const registered = handler
      .replace(/\/\/.*$/gm, '')
      .split(',')
      .map((path) => path.trim().split('::').at(-1))
      .filter(Boolean)
      .sort();
    expect(called).toEqual(registered);
  });
});
