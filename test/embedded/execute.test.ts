/** From a text to an answer: what is called, how often, what it costs, and what is learnt from it. */

import fc from 'fast-check';
import { CallFailed, type ModelRequest } from '../../embedded';
import { answering, HARD_TEXT, movedClock, SIMPLE_TEXT, statusError, testSystem } from '../support/routing-system';

test('calls the chosen model and gives back its answer, its cost and its decision', async () => {
  const executed = await testSystem().executeWithRouting(SIMPLE_TEXT, answering(1_000_000, 1_000_000));
  expect(executed).toMatchObject({ answer: 'acme/mini', model: 'acme/mini', isRecorded: true });
  expect(executed.decision.model).toBe('acme/mini');
  expect(executed.cost).toBeCloseTo(0.6, 9); // a million tokens each, at 0.1 and 0.5 dollars
  expect(executed.attempts).toEqual([{ model: 'acme/mini', outcome: 'answered', cost: executed.cost, latency: expect.any(Number) }]);
});

test('tells the call which model, what to send, how long the answer may be, and when to stop', async () => {
  const seen: ModelRequest[] = [];
  await testSystem().executeWithRouting(
    SIMPLE_TEXT,
    async (request) => {
      seen.push(request);
      return { answer: '' };
    },
    { maxOutputTokens: 300 },
  );
  expect(seen).toEqual([
    {
      model: 'acme/mini',
      provider: 'acme',
      providerModel: 'mini',
      prompt: SIMPLE_TEXT,
      maxOutputTokens: 300,
      attempt: 1,
      signal: expect.any(AbortSignal),
    },
  ]);
});

test('asks a model in the words that the catalogue has for it', async () => {
  const prompt_template = { prefix: '<task>', suffix: '</task>', system: 'Be brief.' };
  const system = testSystem({
    catalogue: {
      providers: {
        acme: {
          kind: 'openai-compatible',
          base_url: 'https://a.example',
          models: { m: { prices: { input: 1, output: 1 }, prompt_template } },
        },
      },
    },
  });
  const { answer } = await system.executeWithRouting(SIMPLE_TEXT, async ({ prompt, system: words }) => ({ answer: [words, prompt] }));
  expect(answer).toEqual(['Be brief.', `<task>${SIMPLE_TEXT}</task>`]);
});

describe('when a call fails', () => {
  test('tries again after a wait, and then the next model', async () => {
    const clock = movedClock();
    const asked: string[] = [];
    const executed = await testSystem({ clock }).executeWithRouting(SIMPLE_TEXT, async ({ model }) => {
      asked.push(model);
      if (model === 'acme/mini') throw statusError(529);
      return { answer: model, usage: { inputTokens: 10, outputTokens: 10 } };
    });
    expect(asked).toEqual(['acme/mini', 'acme/mini', 'acme/mini', 'other/small']);
    expect(executed).toMatchObject({ model: 'other/small', decision: { model: 'acme/mini' } });
    expect(executed.attempts.map(({ outcome }) => outcome)).toEqual(['overloaded', 'overloaded', 'overloaded', 'answered']);
    expect(clock.waits).toHaveLength(2);
  });

  test('waits as long as the provider asks', async () => {
    const clock = movedClock();
    let calls = 0;
    await testSystem({ clock }).executeWithRouting(SIMPLE_TEXT, async () => {
      calls += 1;
      if (calls === 1) throw statusError(429, { headers: new Headers({ 'retry-after': '7' }) });
      return { answer: '' };
    });
    expect(clock.waits).toEqual([7_000]);
  });

  test.each([
    ['a refused request ends the task at once', statusError(400), 1],
    ['a key that is not accepted goes on to the next model at once', statusError(401), 4],
    ['a spent quota goes on to the next model at once', statusError(429, { error: { code: 'insufficient_quota' } }), 4],
    ['a refused connection is tried again', Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } }), 8],
    ['a failure that the call names itself is taken at its word', new CallFailed('bad-request', 'The schema is wrong.'), 1],
  ])('%s', async (_, error, calls) => {
    let made = 0;
    const executing = testSystem({ clock: movedClock() }).executeWithRouting(SIMPLE_TEXT, async () => {
      made += 1;
      throw error;
    });
    await expect(executing).rejects.toMatchObject({ code: 'unanswered' });
    expect(made).toBe(calls);
  });

  test('an error of the calling function itself comes back as it is, and its call is charged in full', async () => {
    const system = testSystem({ budget: { dailyLimit: 1 } });
    const mine = new TypeError('cannot read properties of undefined');
    await expect(
      system.executeWithRouting(SIMPLE_TEXT, async () => {
        throw mine;
      }),
    ).rejects.toBe(mine);
    expect((await system.checkBudget()).day).toMatchObject({ spent: expect.any(Number), reserved: 0 });
    expect((await system.checkBudget()).day.spent).toBeGreaterThan(0);
  });

  test('a call that takes too long is left behind, whether or not it listens', async () => {
    let signalled = 0;
    const executing = testSystem({ fallback: { timeout: 20, maxAttempts: 2 }, clock: movedClock() }).executeWithRouting(
      SIMPLE_TEXT,
      ({ signal }) => {
        signal.addEventListener('abort', () => {
          signalled += 1;
        });
        return new Promise<never>(() => {});
      },
    );
    await expect(executing).rejects.toMatchObject({ code: 'unanswered', message: expect.stringContaining('timeout-total') });
    expect(signalled).toBe(2);
  });

  test('a task that is not wanted any more stops, during a call and during a wait', async () => {
    const system = testSystem({ budget: { dailyLimit: 10 } });
    const reason = new Error('the user went away');
    const during = new AbortController();
    const executing = system.executeWithRouting(SIMPLE_TEXT, () => new Promise<never>(() => during.abort(reason)), {
      signal: during.signal,
    });
    await expect(executing).rejects.toBe(reason);
    const waiting = new AbortController();
    const stopped = system.executeWithRouting(
      SIMPLE_TEXT,
      async () => {
        setImmediate(() => waiting.abort(reason));
        throw statusError(529, { headers: { 'retry-after': '30' } });
      },
      { signal: waiting.signal },
    );
    await expect(stopped).rejects.toThrow();
    expect((await system.checkBudget()).day.reserved).toBe(0);
  });

  test('a task that was not wanted from the beginning calls nothing and costs nothing', async () => {
    const system = testSystem();
    const executing = system.executeWithRouting(SIMPLE_TEXT, () => Promise.reject(new Error('was called')), {
      signal: AbortSignal.abort('no'),
    });
    await expect(executing).rejects.toBe('no');
    expect((await system.checkBudget()).day).toMatchObject({ spent: 0, reserved: 0 });
  });

  test('never makes more calls than maxAttempts, whatever fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.constantFrom(400, 401, 404, 408, 413, 429, 500, 503, 504), { minLength: 12, maxLength: 12 }),
        async (maxAttempts, statuses) => {
          let made = 0;
          const executing = testSystem({ clock: movedClock(), fallback: { maxAttempts } }).executeWithRouting(HARD_TEXT, async () => {
            made += 1;
            throw statusError(statuses[made - 1]!);
          });
          await expect(executing).rejects.toMatchObject({ code: 'unanswered' });
          expect(made).toBeGreaterThan(0);
          expect(made).toBeLessThanOrEqual(maxAttempts);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a model that keeps failing is left alone for a while, by other tasks too, and asked again after it', async () => {
    const clock = movedClock();
    const system = testSystem({ clock, enableLearning: false }); // so that nothing but its health speaks against it
    const failing = new Set(['acme/mini']);
    const run = () =>
      system.executeWithRouting(SIMPLE_TEXT, async ({ model }) => {
        if (failing.has(model)) throw statusError(500);
        return { answer: model };
      });
    await run();
    await run();
    expect(await system.routeTask(SIMPLE_TEXT)).toMatchObject({
      model: 'other/small',
      fallbackChain: expect.not.arrayContaining(['acme/mini']),
    });
    failing.clear();
    clock.advance(60_000);
    expect((await run()).attempts.map(({ model, outcome }) => [model, outcome])).toEqual([['acme/mini', 'answered']]);
  });
});

describe('what a call costs', () => {
  const priced = [1_000, 500] as const;

  test.each([
    ['by the price list', { usage: { inputTokens: priced[0], outputTokens: priced[1] } }, 0.00035],
    ['by what the provider reports, which wins', { usage: { inputTokens: 1, outputTokens: 1 }, cost: 0.25 }, 0.25],
    [
      'with cached tokens beside the input, where nobody says',
      { usage: { inputTokens: 1_000, cacheReadTokens: 1_000, outputTokens: 0 } },
      0.0002,
    ],
    [
      'with cached tokens inside the input, where that is said',
      { usage: { inputTokens: 1_000, cacheReadTokens: 1_000, outputTokens: 0, cacheConvention: 'inside' as const } },
      0.0001,
    ],
  ])('is counted %s', async (_, figures, cost) => {
    const executed = await testSystem().executeWithRouting(SIMPLE_TEXT, async () => ({ answer: '', ...figures }));
    expect(executed.cost).toBeCloseTo(cost, 9);
  });

  test('is the worst case when nobody says what was used', async () => {
    const system = testSystem();
    const { cost, decision } = await system.executeWithRouting(SIMPLE_TEXT, async () => ({ answer: '' }));
    expect(cost).toBeGreaterThan(decision.estimatedCost);
    expect((await system.checkBudget()).day.spent).toBeCloseTo(cost, 9);
  });

  test('is nothing for a request that was turned away, and the worst case for one that may have been worked on', async () => {
    const spent = async (status: number) => {
      const system = testSystem({ clock: movedClock(), fallback: { maxAttempts: 1 } });
      const executing = system.executeWithRouting(SIMPLE_TEXT, async () => {
        throw statusError(status);
      });
      await expect(executing).rejects.toThrow();
      return (await system.checkBudget()).day.spent;
    };
    expect(await Promise.all([400, 401, 404, 429, 503, 529].map(spent))).toEqual([0, 0, 0, 0, 0, 0]);
    for (const charged of await Promise.all([408, 500, 502, 504].map(spent))) expect(charged).toBeGreaterThan(0);
  });

  test('is not believed when it is no figure', async () => {
    const executing = testSystem().executeWithRouting(SIMPLE_TEXT, async () => ({
      answer: '',
      usage: { inputTokens: -1, outputTokens: Number.NaN },
    }));
    await expect(executing).rejects.toMatchObject({
      code: 'bad_input',
      message: expect.stringMatching(/usage\.inputTokens.*usage\.outputTokens/u),
    });
  });
});

describe('learning', () => {
  test('from answers that were graded badly, another model is chosen', async () => {
    const system = testSystem();
    for (let at = 0; at < 5; at++) {
      await system.executeWithRouting(SIMPLE_TEXT, async ({ model }) => ({
        answer: '',
        usage: { inputTokens: 10, outputTokens: 10 },
        quality: model === 'acme/mini' ? 0 : 1,
      }));
    }
    expect((await system.routeTask(SIMPLE_TEXT)).model).toBe('other/small');
  });

  test('from ratings of people, another model is chosen', async () => {
    const system = testSystem();
    const decision = await system.routeTask(SIMPLE_TEXT);
    for (let at = 0; at < 3; at++) expect(await system.rate(1, decision)).toEqual({ model: 'acme/mini', tier: decision.tier });
    expect((await system.routeTask(SIMPLE_TEXT)).model).toBe('other/small');
  });

  test('a rating without a call is of the model that answered last', async () => {
    const system = testSystem({ clock: movedClock() });
    await system.executeWithRouting(SIMPLE_TEXT, async ({ model }) => {
      if (model === 'acme/mini') throw statusError(401);
      return { answer: '' };
    });
    expect(await system.rate(4)).toMatchObject({ model: 'other/small' });
    await expect(testSystem().rate(4)).rejects.toMatchObject({ code: 'bad_input' });
    await expect(system.rate(6)).rejects.toMatchObject({ code: 'bad_input' });
    await expect(system.rate(Number.NaN)).rejects.toMatchObject({ code: 'bad_input' });
    await expect(system.rate(3, { model: 'acme/none' })).rejects.toMatchObject({ code: 'unknown_model' });
  });

  test('of how long answers are and take moves the estimates of their class', async () => {
    const clock = movedClock();
    const system = testSystem({ clock });
    const before = await system.routeTask(SIMPLE_TEXT);
    for (let at = 0; at < 10; at++) {
      await system.executeWithRouting(SIMPLE_TEXT, async () => {
        clock.advance(9_000);
        return { answer: '', usage: { inputTokens: 10, outputTokens: 3_000 } };
      });
    }
    const after = await system.routeTask(SIMPLE_TEXT, { model: before.model });
    expect(after.estimatedLatency).toBeGreaterThan(8_000);
    expect(after.estimatedCost).toBeGreaterThan(5 * before.estimatedCost);
  });

  test('can be switched off: ratings and outcomes then change no decision', async () => {
    const system = testSystem({ enableLearning: false });
    const before = await system.routeTask(SIMPLE_TEXT);
    for (let at = 0; at < 5; at++) await system.rate(1, before);
    await system.executeWithRouting(SIMPLE_TEXT, async () => ({ answer: '', usage: { inputTokens: 1, outputTokens: 4_000 }, quality: 0 }));
    expect(await system.routeTask(SIMPLE_TEXT)).toEqual(before);
  });
});
