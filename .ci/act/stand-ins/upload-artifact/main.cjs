const { cpSync } = require('node:fs');
const { join } = require('node:path');

cpSync(process.env.INPUT_PATH, join(process.env.ARTIFACTS, process.env.INPUT_NAME), { recursive: true });
