import type { ChannelDraft } from './ipc/types';

/** What a person chooses: a kind of the profile, with the format where that is what makes the difference. */
export type Way = 'native' | 'mail' | 'slack' | 'ntfy' | 'json';

export const wayOf = (channel: ChannelDraft): Way => (channel.kind === 'webhook' ? (channel.format as Way) : (channel.kind as Way));

/** A channel of another way, what was filled in kept. */
export function withWay(channel: ChannelDraft, way: Way): ChannelDraft {
  if (way === 'native' || way === 'mail') return { ...channel, kind: way };
  const template = way === 'json' && channel.template === '' ? '{"title": "{title}", "text": "{body}", "level": "{level}"}' : channel.template;
  return { ...channel, kind: 'webhook', format: way, template };
}

/** An empty form; its name is one that no other channel has. */
export function blank(taken: readonly string[]): ChannelDraft {
  let name = 'mail';
  for (let number = 2; taken.includes(name); number += 1) name = `mail-${number}`;
  return {
    name,
    kind: 'mail',
    from: 'yellow',
    recoveries: true,
    after: '',
    server: '',
    port: 0,
    security: 'tls',
    user: '',
    secret: '',
    sender: '',
    to: [],
    url: '',
    url_secret: '',
    format: 'slack',
    template: '',
    ca_file: '',
  };
}

/** The name under which the keychain keeps a channel's secret. */
export const keychainName = (channel: ChannelDraft): string => `channel-${channel.name.trim()}`;
