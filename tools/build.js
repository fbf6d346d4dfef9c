/** What tsc does not do: the workflow bundle, and the mode of the command. */

const { chmodSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { bundleWorkflowCode } = require('@temporalio/worker');

const root = join(__dirname, '..');

async function build() {
  const silent = { trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error, log() {} };
  const { code } = await bundleWorkflowCode({ workflowsPath: join(root, 'dist', 'workflows', 'index.js'), logger: silent });
  writeFileSync(join(root, 'dist', 'workflow-bundle.js'), code);
  chmodSync(join(root, 'dist', 'client', 'cli', 'main.js'), 0o755);
}

build().catch((error) => {
  console.error(error);
  process.exit(1);
});
