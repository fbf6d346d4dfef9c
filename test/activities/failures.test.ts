/** What Temporal is told of an error: enough to decide on, and nothing that must not leave the process. */

import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { toTemporalFailure } from '../../activities/failures';
import { RoutingError } from '../../routing/errors';

const SECRET = 'sk-canary-0123456789';

function told(error: unknown): ApplicationFailure {
  const failure = toTemporalFailure(error);
  expect(failure).toBeInstanceOf(ApplicationFailure);
  return failure as ApplicationFailure;
}

test.each(['database_unreachable', 'database_full', 'engine_unreachable'] as const)(
  '%s passes by itself, so the step is tried again',
  (code) => {
    expect(told(new RoutingError(code, 'Gone for a moment.'))).toMatchObject({
      type: code,
      message: 'Gone for a moment.',
      nonRetryable: false,
    });
  },
);

test('a step that waits for its model says when it comes back, and is no trouble to report', () => {
  const failure = told(new RoutingError('provider_busy', 'Later.', { retryAfterMs: 7_000 }));
  expect(failure).toMatchObject({ type: 'provider_busy', nonRetryable: false, nextRetryDelay: 7_000, category: 'BENIGN' });
});

test.each(['unknown_task', 'no_active_policy', 'not_admissible', 'internal', 'bad_config'] as const)(
  '%s would come again, so the step is not',
  (code) => {
    expect(told(new RoutingError(code, 'As it is.'))).toMatchObject({ type: code, nonRetryable: true });
  },
);

test('an error of ours crosses with its code and message, and without its cause and stack', () => {
  const failure = told(new RoutingError('internal', 'Postgres refused.', { cause: new Error(`INSERT … ${SECRET}`) }));
  expect(failure.cause).toBeUndefined();
  expect(failure.stack).toBe('');
  expect(failure.details ?? []).toEqual([]);
  expect(JSON.stringify({ ...failure, message: failure.message })).not.toContain(SECRET);
});

test.each([
  ['an error of a library', new TypeError(`cannot read ${SECRET}`), 'TypeError'],
  ['something that is no error', `thrown ${SECRET}`, 'string'],
  ['nothing', undefined, 'undefined'],
])('%s crosses as its kind alone', (_, error, kind) => {
  const failure = told(error);
  expect(failure.message).toBe(`A step failed with an unexpected ${kind}.`);
  expect(failure).toMatchObject({ type: 'internal', nonRetryable: true });
});

test('an error of ours from another realm is recognised by its name and code', () => {
  const foreign = Object.assign(new Error('Gone for a moment.'), { name: 'RoutingError', code: 'database_unreachable' });
  expect(told(foreign)).toMatchObject({ type: 'database_unreachable', nonRetryable: false });
});

test('a cancellation stays one', () => {
  const cancelled = new CancelledFailure('cancelled');
  expect(toTemporalFailure(cancelled)).toBe(cancelled);
});
