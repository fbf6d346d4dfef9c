/**
 * Lets a child process of a test run our TypeScript as it is: `node --require test/support/typescript.js file.ts`.
 *
 * Tests that kill processes then need no build, and never meet a stale one.
 */

const { readFileSync } = require('node:fs');
const { transformSync } = require('@swc/core');

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  });
  module._compile(code, filename);
};
