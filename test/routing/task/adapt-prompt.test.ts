import { adaptPrompt } from '../../../routing/task/adapt-prompt';
import { describePrompt } from '../../../routing/task/describe-prompt';
import type { Prompt } from '../../../routing/task/prompt';

const conversation: Prompt = {
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'First question.' },
    { role: 'assistant', content: 'First answer.' },
    { role: 'user', content: 'Fix authentication bug in login endpoint' },
  ],
};

describe('a prompt adapted to a model', () => {
  test('stays as it is without a template', () => {
    expect(adaptPrompt(conversation, undefined)).toBe(conversation);
  });

  test('has the prefix and suffix around what the user asks last, and the system text first', () => {
    const { messages } = adaptPrompt(conversation, { prefix: '<', suffix: '>', system: 'Answer in JSON.' });
    expect(messages[0]).toEqual({ role: 'system', content: 'Answer in JSON.' });
    expect(messages.at(-1)).toEqual({ role: 'user', content: '<Fix authentication bug in login endpoint>' });
    expect(messages.slice(1, -1)).toEqual(conversation.messages.slice(0, -1));
  });

  test('keeps the files of what the user asks', () => {
    const file = { type: 'file', mediaType: 'image/png', data: 'aGk=' } as const;
    const { messages } = adaptPrompt({ messages: [{ role: 'user', content: [file] }] }, { prefix: 'Look: ' });
    expect(messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'Look: ' }, file] }]);
  });
});

describe('the descriptor of a prompt', () => {
  const facts = { requires: {} };

  test('rests on what the user asks last, and counts the tokens of everything', () => {
    const alone = describePrompt({ messages: conversation.messages.slice(-1) }, facts);
    const whole = describePrompt(conversation, facts);
    expect(whole.type).toBe('debugging');
    expect(whole.estimatedInputTokens).toBeGreaterThan(alone.estimatedInputTokens);
    const tools = [{ name: 'search', inputSchema: { type: 'object', description: 'words '.repeat(50) } }];
    expect(describePrompt({ ...conversation, tools }, facts).estimatedInputTokens).toBeGreaterThan(whole.estimatedInputTokens + 40);
  });

  test('takes the submitter’s word for type and tier', () => {
    expect(describePrompt(conversation, { type: 'creative', requires: { tier: 'critical' } })).toMatchObject({
      type: 'creative',
      complexity: 'critical',
    });
  });
});
