/**
 * Every wire format, from both sides: how our provider for it is configured, and how the local server speaks it.
 */

import type { ProviderConfig, ProviderKind } from '../../activities/providers/provider';
import { anthropicSpeech } from '../support/wire-server/anthropic';
import { bedrockSpeech } from '../support/wire-server/bedrock';
import { googleSpeech } from '../support/wire-server/google';
import { openaiChatSpeech } from '../support/wire-server/openai-chat';
import { openaiResponsesSpeech } from '../support/wire-server/openai-responses';
import type { Speech } from '../support/wire-server/speech';

export interface WireFormatUnderTest {
  readonly name: string;
  readonly kind: ProviderKind;
  readonly speech: Speech;
  readonly options?: Readonly<Record<string, string>>;
  /** Path that is called; `stream` is the one for streams, where it differs. */
  readonly path: string;
  readonly streamPath?: string;
  /** Header that carries the key, and what it holds. */
  readonly keyHeader: readonly [name: string, value: string];
}

/** The key that must be seen in its header and nowhere else. */
export const KEY = 'sk-canary-0123456789';

export const WIRE_FORMATS: readonly WireFormatUnderTest[] = [
  { name: 'anthropic', kind: 'anthropic', speech: anthropicSpeech, path: '/messages', keyHeader: ['x-api-key', KEY] },
  {
    name: 'openai chat',
    kind: 'openai',
    speech: openaiChatSpeech,
    path: '/chat/completions',
    keyHeader: ['authorization', `Bearer ${KEY}`],
  },
  {
    name: 'openai responses',
    kind: 'openai',
    options: { api: 'responses' },
    speech: openaiResponsesSpeech,
    path: '/responses',
    keyHeader: ['authorization', `Bearer ${KEY}`],
  },
  {
    name: 'google',
    kind: 'google',
    speech: googleSpeech,
    path: '/models/model-1:generateContent',
    streamPath: '/models/model-1:streamGenerateContent?alt=sse',
    keyHeader: ['x-goog-api-key', KEY],
  },
  { name: 'azure', kind: 'azure', speech: openaiChatSpeech, path: '/chat/completions', keyHeader: ['api-key', KEY] },
  {
    name: 'bedrock',
    kind: 'bedrock',
    options: { region: 'eu-central-1' },
    speech: bedrockSpeech,
    path: '/model/model-1/converse',
    streamPath: '/model/model-1/converse-stream',
    keyHeader: ['authorization', `Bearer ${KEY}`],
  },
  {
    name: 'openai-compatible',
    kind: 'openai-compatible',
    speech: openaiChatSpeech,
    path: '/chat/completions',
    keyHeader: ['authorization', `Bearer ${KEY}`],
  },
];

/** The entry of a format's provider, served at an address. */
export function wireConfig(format: WireFormatUnderTest, baseUrl: string, changes: Partial<ProviderConfig> = {}): ProviderConfig {
  return {
    name: 'test',
    kind: format.kind,
    baseUrl,
    apiKeyEnv: 'TEST_KEY',
    options: format.options ?? {},
    allowPrivateNetwork: true,
    ...changes,
  };
}
