/** `npm run test:unit`: the suites that need no server, no database and no engine on the machine. */

const base = require('./jest.config.js');

/** @type {import('jest').Config} */
module.exports = {
  ...base,
  globalSetup: undefined,
  globalTeardown: undefined,
  testMatch: [
    '<rootDir>/test/routing/**/*.test.ts',
    '<rootDir>/test/documents/**/*.test.ts',
    '<rootDir>/test/report/**/*.test.ts',
    '<rootDir>/test/evaluations/**/*.test.ts',
    '<rootDir>/test/offline/**/*.test.ts',
    '<rootDir>/test/telemetry/**/*.test.ts',
    '<rootDir>/test/tools/**/*.test.ts',
    '<rootDir>/test/*.test.ts',
  ],
};
