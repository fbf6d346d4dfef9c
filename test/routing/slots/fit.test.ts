import { decide } from '../../../routing/decision/decide';
import { chainFrom, fitOf } from '../../../routing/slots/fit';
import { HAIKU, LUNA, OPUS, SONNET, TEST_CATALOGUE } from '../../support/catalogue';
import { decisionInput, routed, taskFacts } from '../../support/decision-input';

const SERVED = new Set([HAIKU.id, SONNET.id, OPUS.id]);
const task = taskFacts();

test('a task that the score sends anywhere may take every served model that reaches its tier', () => {
  const decision = { ...routed(decide(decisionInput())), chosenBy: 'score' as const };
  const of = {
    ...decision,
    model: HAIKU.id,
    alternatives: [decision.chosen, ...decision.alternatives].filter(({ model }) => model !== HAIKU.id),
  };
  expect([...(fitOf(of, task, TEST_CATALOGUE, SERVED)?.fits ?? [])].sort()).toEqual([HAIKU.id, OPUS.id, SONNET.id].sort());
  const hard = fitOf(
    {
      ...of,
      model: OPUS.id,
      tier: 'COMPLEX',
      alternatives: [decision.chosen, ...decision.alternatives].filter(({ model }) => model !== OPUS.id),
    },
    task,
    TEST_CATALOGUE,
    SERVED,
  );
  expect(hard?.fits).toEqual([OPUS.id]);
  expect(hard?.lacks[HAIKU.id]).toBe('the task wants a COMPLEX model');
});

test('what a policy or the submitter sends to one model stays there', () => {
  const decision = routed(decide(decisionInput()));
  for (const sent of [{ chosenBy: 'policy' as const }, { rollout: { id: 'r', arm: 'control' as const } }]) {
    expect(fitOf({ ...decision, model: HAIKU.id, ...sent }, task, TEST_CATALOGUE, SERVED)?.fits).toEqual([HAIKU.id]);
  }
  const asked = taskFacts({ constraints: { model: HAIKU.id } });
  expect(fitOf({ ...decision, model: HAIKU.id }, asked, TEST_CATALOGUE, SERVED)?.fits).toEqual([HAIKU.id]);
});

test('a task whose model no account has needs no slot', () => {
  const decision = routed(decide(decisionInput()));
  expect(fitOf({ ...decision, model: LUNA.id }, task, TEST_CATALOGUE, SERVED)).toBeUndefined();
});

test('the chain begins with the model of the slot, each model once', () => {
  const decision = routed(decide(decisionInput()));
  const other = decision.alternatives.find(({ model }) => decision.chain.every((link) => link.model !== model));
  for (const model of [decision.model, decision.chain[1]?.model, other?.model]) {
    const chain = chainFrom(model ?? '', decision, TEST_CATALOGUE).map((link) => link.model);
    expect(chain[0]).toBe(model);
    expect(new Set(chain).size).toBe(chain.length);
  }
  expect(chainFrom('gone/model', decision, TEST_CATALOGUE)).toBe(decision.chain);
});
