/** The environment variables in a program of one's own. */

import { configFromEnvironment, createRoutingSystem } from '../../embedded';

test('each variable stands for a key of the configuration', () => {
  expect(
    configFromEnvironment({
      ROUTING_DEFAULT_MODEL: 'openai/gpt-6-luna',
      ROUTING_ENABLE_CACHE: 'false',
      ROUTING_CACHE_TTL: '5m',
      ROUTING_ENABLE_LEARNING: 'no',
      ROUTING_DAILY_BUDGET: '5',
      ROUTING_MONTHLY_BUDGET: '50',
      ROUTING_PER_REQUEST_LIMIT: '0.5',
      ROUTING_FALLBACK_ENABLED: 'true',
      ROUTING_MAX_RETRIES: '2',
      ROUTING_TIMEOUT: '1500ms',
    }),
  ).toEqual({
    defaultModel: 'openai/gpt-6-luna',
    enableCache: false,
    cacheTTL: 300_000,
    enableLearning: false,
    budget: { dailyLimit: 5, monthlyLimit: 50, perRequestLimit: 0.5 },
    fallback: { enabled: true, maxAttempts: 3, timeout: 1_500 },
  });
});

test('an environment that says nothing changes nothing, and one that is wrong is refused', () => {
  expect(configFromEnvironment({ PATH: '/bin' })).toEqual({});
  expect(() => configFromEnvironment({ ROUTING_CACHE_TTL: 'soon' })).toThrow(expect.objectContaining({ code: 'bad_config' }));
});

test('without the cache, like tasks are decided anew', async () => {
  const figuresOf = async (env: Readonly<Record<string, string>>) => {
    const routing = createRoutingSystem(configFromEnvironment(env));
    await routing.routeTask('Fix the login bug');
    await routing.routeTask('Fix the login bug');
    const figures = routing.cacheFigures();
    await routing.close();
    return figures;
  };
  expect(await figuresOf({})).toMatchObject({ hits: 1 });
  expect(await figuresOf({ ROUTING_ENABLE_CACHE: 'off' })).not.toMatchObject({ hits: 1 });
});
