const { availableParallelism } = require('node:os');

/** Two even on two cores, for tests wait for servers more than they compute; no more than the servers of the tests can take. */
const maxWorkers = Math.min(4, Math.max(2, availableParallelism() - 1));

/** @type {import('jest').Config} */
module.exports = {
  maxWorkers,
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/cluster/'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' }, sourceMaps: 'inline' },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.signalbox'],
  testTimeout: 60_000,
};
