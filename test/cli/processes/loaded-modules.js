/** Required before a command: writes the paths of all modules that it loaded to the file in LOADED_MODULES. */

const { writeFileSync } = require('node:fs');

process.once('exit', () => writeFileSync(process.env.LOADED_MODULES, Object.keys(require.cache).join('\n')));
