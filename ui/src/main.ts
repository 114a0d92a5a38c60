import { mount } from 'svelte';

import App from './App.svelte';
import type { Backend } from './lib/backend/backend';
import { real } from './lib/backend/real';
import './styles/base.css';

/** The app; in a browser (`npm run dev`, `npm run preview`) the fake, so that every state can be looked at. */
async function backend(): Promise<Backend> {
  if (import.meta.env.MODE === 'production') return real;
  const { fake, isScene } = await import('./lib/backend/fake');
  const query = new URLSearchParams(location.search);
  const asked = query.get('state') ?? 'healthy';
  return { ...fake(isScene(asked) ? asked : 'healthy'), firstView: () => query.get('view') };
}

const target = document.getElementById('app');
if (target) mount(App, { target, props: { backend: await backend() } });
