/** Content stays in the database: no history, recorded or live, holds a prompt, an answer, a grader, a key or a statement. */

import type { Submission } from '../../client';
import { fetchHistory, recordedHistories, textsOf } from '../support/histories';
import { type Installation, install } from '../support/installation';
import { endSoundly, MODELS, NORTH, NORTH_NAME, SOUTH_NAME, WORK, workPolicy } from '../support/scenario';

/** Words that occur nowhere but in what is submitted, answered and configured. */
const CANARIES = {
  prompt: 'canaryprompt',
  answer: 'canaryanswer',
  grader: 'canarygrader',
  key: 'canarykey',
  tag: 'canarysystem',
} as const;

/** What a statement or the message of a driver would betray. */
const STATEMENTS = /\b(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b|::jsonb|\$1/;

test.each(recordedHistories())(
  'the recorded $workflow/$scenario holds neither content nor statements, and neither a name nor a path of a machine',
  ({ history }) => {
    const text = textsOf(history).join('\n');
    expect(text).not.toContain(WORK.prompt);
    expect(text).not.toMatch(STATEMENTS);
    expect(text).not.toMatch(/scripted answer|\b\d+@\w|\.[jt]s:\d/);
  },
);

test('what is looked for would be found: payloads are read through their encoding', () => {
  const hidden = { payloads: [{ data: Buffer.from(JSON.stringify({ text: WORK.prompt })).toString('base64') }] };
  expect(textsOf(hidden).join('\n')).toContain(WORK.prompt);
});

describe('of tasks that are made of words found nowhere else', () => {
  let box: Installation;
  afterEach(() => endSoundly(box));

  test('no history holds one, however the tasks end', async () => {
    box = await install({ models: MODELS, policy: workPolicy(), keys: { west: 'WEST_KEY' } });
    await box.work({ WEST_KEY: CANARIES.key });
    box.script({
      tasks: {
        answered: [{ kind: 'answer', text: CANARIES.answer }],
        relieved: [
          { kind: 'fault', fault: 'malformed' },
          { kind: 'fault', fault: 'refused' },
          { kind: 'answer', text: CANARIES.answer },
        ],
        failed: [{ kind: 'fault', fault: 'bad-request' }],
      },
      models: { [NORTH_NAME]: [{ kind: 'answer', text: CANARIES.answer }], [SOUTH_NAME]: [{ kind: 'answer', text: CANARIES.answer }] },
    });
    const work: Submission = {
      taskClass: 'work',
      messages: [
        { role: 'system', content: `You are ${CANARIES.tag}.` },
        { role: 'user', content: `Say ${CANARIES.prompt}.` },
      ],
      grader: { kind: 'contains', expected: CANARIES.grader },
      constraints: { excludeModels: ['west/large'] },
    };
    const results = await Promise.all([
      box.run({ ...work, externalId: 'answered' }),
      box.run({ ...work, externalId: 'relieved' }),
      box.run({ ...work, externalId: 'failed' }),
      box.run({ ...work, privacyTier: 'restricted', residency: 'mars' }),
      box.run({ ...work, dryRun: true }),
      box.run({ ...work, grader: { kind: 'command', program: '/bin/sh', args: ['-c', `echo ${CANARIES.grader} >&2; exit 3`] } }),
      box.run({ ...work, constraints: { model: NORTH.id } }),
    ]);
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['completed', 'failed', 'refused']));
    for (const { taskId } of results) {
      const text = textsOf(await fetchHistory(box.workflow(taskId))).join('\n');
      expect(text).toContain(taskId);
      for (const canary of Object.values(CANARIES)) expect(text).not.toContain(canary);
    }
  });
});
