import { appliesTo, type BudgetLimit, describeBudgetRefusal } from '../../../routing/money/budget';
import { usdToNano } from '../../../routing/units';

const DAILY: BudgetLimit = {
  id: 'team-search-day',
  scopeKind: 'team',
  scopeId: 'search',
  period: 'day',
  limitNanoUsd: usdToNano(20),
  hard: true,
  timeZone: 'Europe/Berlin',
  warnAt: 0.75,
};

test('a global limit concerns everyone, any other one the scope that it names', () => {
  expect(appliesTo({ scopeKind: 'global', scopeId: '' }, {})).toBe(true);
  expect(appliesTo(DAILY, { team: 'search' })).toBe(true);
  expect(appliesTo(DAILY, { team: 'ads', project: 'search', tag: 'search', key: 'search' })).toBe(false);
  expect(appliesTo(DAILY, {})).toBe(false);
});

test('a refusal says which budget it is, how much is left, and when it renews', () => {
  expect(describeBudgetRefusal(DAILY, usdToNano(0.02), Date.UTC(2026, 4, 4, 22))).toBe(
    'This call could cost more than is left of the daily budget of team "search": $0.0200 of $20.00. ' +
      'It renews at 2026-05-04 22:00 UTC (the next day in Europe/Berlin). Wait, choose a cheaper model, or raise the limit.',
  );
});

test('a budget that was overrun has nothing left, not less', () => {
  expect(describeBudgetRefusal(DAILY, -5, Date.UTC(2026, 4, 4, 22))).toContain('$0 of $20.00');
});

test('a limit per request never renews: the refusal says what to change', () => {
  const perRequest: BudgetLimit = { ...DAILY, scopeKind: 'global', period: 'request', limitNanoUsd: usdToNano(0.5) };
  expect(describeBudgetRefusal(perRequest, perRequest.limitNanoUsd)).toBe(
    'This call could cost more than the limit per request of everyone allows, which is $0.5000. ' +
      'Ask for fewer output tokens or a cheaper model, or raise the limit.',
  );
});
