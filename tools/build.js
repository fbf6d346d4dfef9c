/**
 * What tsc does not do: the workflow bundle, and the command on the path of npx and of npm scripts. npm links the commands of
 * dependencies only, and runs a package's own by installing it elsewhere first.
 */

const { chmodSync, existsSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { bundleWorkflowCode } = require('@temporalio/worker');

const root = join(__dirname, '..');

async function build() {
  const silent = { trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error, log() {} };
  const { code } = await bundleWorkflowCode({ workflowsPath: join(root, 'dist', 'workflows', 'index.js'), logger: silent });
  writeFileSync(join(root, 'dist', 'workflow-bundle.js'), code);
  const command = join(root, 'dist', 'client', 'cli', 'main.js');
  chmodSync(command, 0o755);
  const bin = join(root, 'node_modules', '.bin');
  if (existsSync(bin) && process.platform !== 'win32') {
    rmSync(join(bin, 'signalbox'), { force: true });
    symlinkSync(command, join(bin, 'signalbox'));
  }
}

build().catch((error) => {
  console.error(error);
  process.exit(1);
});
